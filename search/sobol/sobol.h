#ifndef ISOSHAPE_SEARCH_SOBOL_SOBOL_H_
#define ISOSHAPE_SEARCH_SOBOL_SOBOL_H_

#include <cstdint>
#include <vector>

#include "search/interface.h"

namespace isoshape {

// Fields as in campaign.proto, SobolAlgorithm.
struct SobolOptions {
  int trials_per_budget = 16;
  uint64_t seed = 0;  // of the scrambling
  // Sizes are drawn from centre / size_range .. centre * size_range, aspect
  // ratios from center / range .. center * range, both evenly in log. The
  // centre grows with the square root of the budget.
  double center_aspect_ratio = 16;
  double aspect_ratio_range = 4;  // > 1
  double size_range = 5;          // > 1
  // Centre at the smallest budget; 0: PriorSize.
  double center_size = 0;
};

// Scrambled Sobol points over (log size, log aspect ratio), each at the nearest
// feasible shape, all distinct; proposes everything at once and looks at no
// loss. A budget gets fewer trials if it has too few distinct shapes.
// Thread-safe.
class SobolSearch : public SearchAlgorithm {
 public:
  explicit SobolSearch(const SobolOptions& options) : options_(options) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const SobolOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SOBOL_SOBOL_H_
