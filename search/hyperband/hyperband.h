#ifndef ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_
#define ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/interface.h"
#include "search/spread/draw.h"

namespace isoshape {

// Fields as in campaign.proto, HyperbandAlgorithm.
struct HyperbandOptions {
  SpreadOptions draw = {};  // trials_per_budget is not used
  double eta = 3;
  int rounds = 1;  // how often all brackets are run
};

// Shapes that the bracket draws that begins `later` budgets below the largest
// of so many budgets: ceil(budgets / (later + 1) * eta^later) (Li et al. 2018,
// algorithm 1, with s = later and s_max + 1 = budgets).
int64_t BracketShapes(size_t budgets, size_t later, double eta);

// Hyperband (Li et al. 2018) over the budgets of the campaign: a bracket for
// each budget, which draws shapes there, more the smaller it is, and, when all
// of a rung have ended, takes the best 1 / eta of them to the next. Brackets
// run beside one another, and what two of them want is trained once. Trials of
// users' own shapes are left out. Thread-safe. docs/search.md.
class HyperbandSearch : public SearchAlgorithm {
 public:
  explicit HyperbandSearch(const HyperbandOptions& options)
      : options_(options) {}

  absl::StatusOr<Proposals> Propose(
      const SearchProblem& problem,
      const std::vector<PastTrial>& history) const override;

 private:
  const HyperbandOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_
