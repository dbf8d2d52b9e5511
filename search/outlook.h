#ifndef ISOSHAPE_SEARCH_OUTLOOK_H_
#define ISOSHAPE_SEARCH_OUTLOOK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "search/interface.h"

namespace isoshape {

// What a search would train in all, as far as that is known before any loss.
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

// FLOPs of the trials of an outlook that are neither in the history nor among
// those `proposed` now, for Proposals::later_flops of a search that is not
// done. None of an unknown outlook, and where all are there: it goes on beyond
// them, and nobody can tell how far.
std::optional<double> LaterFlops(const SearchProblem& problem,
                                 const Outlook& outlook,
                                 const std::vector<PastTrial>& history,
                                 const std::vector<Proposal>& proposed);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OUTLOOK_H_
