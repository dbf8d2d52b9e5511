#ifndef ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_
#define ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/interface.h"
#include "search/outlook.h"
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

  // If all have a loss and no two brackets want the same shape, which is then
  // trained once.
  Outlook Expect(const SearchProblem& problem) const;

 private:
  // What the bracket draws that begins at the budget `first`, and how many it
  // asks for. Errors of DrawShapes.
  struct Draw {
    int64_t asked = 0;
    absl::StatusOr<std::vector<Shape>> shapes;
  };
  Draw DrawOf(const SearchProblem& problem, int round, size_t first) const;

  const HyperbandOptions options_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_HYPERBAND_HYPERBAND_H_
