#ifndef ISOSHAPE_SEARCH_OUTLOOK_H_
#define ISOSHAPE_SEARCH_OUTLOOK_H_

#include <cstdint>
#include <vector>

#include "search/interface.h"

namespace isoshape {

// What a search would train in all, as far as that is known before any loss.
// The command line, which has no search, counts grid and what is proposed at
// once itself (FlopsToPropose in cli/console/progress.h), and must agree.
struct Outlook {
  enum class Kind {
    kUnknown,  // it follows from what the runs tell; the search's note says
    kExactly,
    kAbout,
    kAtMost,
  };
  Kind kind = Kind::kUnknown;
  // Trials at each budget of the problem, seeds included; empty if unknown.
  std::vector<int64_t> trials = {};
};

// Of a search that proposes all that it ever will at once.
Outlook OutlookOfFirst(const SearchProblem& problem, const Proposals& first);

// So many shapes at each budget, with all seeds, whether or not the space has
// so many.
Outlook OutlookOfEach(const SearchProblem& problem, Outlook::Kind kind,
                      int64_t shapes);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OUTLOOK_H_
