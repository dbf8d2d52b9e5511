#ifndef ISOSHAPE_SEARCH_LISTED_LISTED_H_
#define ISOSHAPE_SEARCH_LISTED_LISTED_H_

#include <utility>
#include <vector>

#include "search/interface.h"

namespace isoshape {

// The shapes that somebody named, each at every budget and seed; looks at no
// loss. Thread-safe.
class ListedSearch : public SearchAlgorithm {
 public:
  // Uses depth, width, heads and ffn_width of `sizes`; other options are those
  // of the space.
  explicit ListedSearch(std::vector<Shape> sizes) : sizes_(std::move(sizes)) {}

  // FAILED_PRECONDITION also if one of them is not feasible at a budget: who
  // names shapes to compare them wants them all.
  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const std::vector<Shape> sizes_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_LISTED_LISTED_H_
