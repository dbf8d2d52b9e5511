#ifndef ISOSHAPE_SEARCH_GRID_GRID_H_
#define ISOSHAPE_SEARCH_GRID_GRID_H_

#include <vector>

#include "search/interface.h"
#include "search/outlook.h"

namespace isoshape {

// Fields as in campaign.proto, GridAlgorithm.
struct GridOptions {
  int sizes = 7;          // sizes of each budget, >= 3
  int aspect_ratios = 3;  // at the best size, counting that of the sizes, >= 1
  double center_aspect_ratio = 16;
  double aspect_ratio_step = 4;  // > 1
  double size_range = 5;         // > 1
  // Guess of the best size at the smallest budget; 0: PriorSize.
  double center_size = 0;
  // A shape proposed at several budgets at a time is trained once, at the
  // largest, with a cooldown at each of the others.
  bool share_trunks = false;
};

// An isoFLOP grid that follows what it measures. At each budget, ascending:
// sizes evenly spaced in log around a centre; if the min loss is at the
// edge of the sizes, more beyond that edge; then, at the best size, other
// aspect ratios at equal FLOPs per token (1 %). The centre of the next budget
// is extrapolated from the optima so far. If trunks are shared, the
// sizes of all budgets come from one ladder and are proposed together;
// docs/search.md.
//
// Everything is recomputed from the history at each call: the order in which
// trials end changes nothing. Trials of other shapes (a user's own) are left
// out of account. Thread-safe.
class GridSearch : public SearchAlgorithm {
 public:
  explicit GridSearch(const GridOptions& options) : options_(options) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

  // Trials at each budget, if no size has to be added beyond an edge; unknown
  // of shared trunks, which serve several budgets as the losses say.
  Outlook Expect(const SearchProblem& problem) const;

 private:
  const GridOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_GRID_GRID_H_
