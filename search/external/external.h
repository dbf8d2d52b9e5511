#ifndef ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_H_
#define ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_H_

#include <vector>

#include "search/interface.h"

namespace isoshape {

// Proposes nothing: an algorithm elsewhere creates the trials through the API
// (docs/search.md). It is done from the beginning, so that its campaign has
// ended whenever no trial waits or runs. Thread-safe.
class ExternalSearch : public SearchAlgorithm {
 public:
  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_EXTERNAL_EXTERNAL_H_
