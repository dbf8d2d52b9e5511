#ifndef ISOSHAPE_SEARCH_RUNGS_RUNGS_H_
#define ISOSHAPE_SEARCH_RUNGS_RUNGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "search/interface.h"
#include "search/outlook.h"
#include "search/spread/draw.h"
#include "search/trial_index.h"

namespace isoshape {

// A ladder of successive halving: its rungs are the budgets of a campaign from
// one on, and the best 1 / eta of a rung are trained at the next, anew and with
// a whole schedule (docs/adr/0015).

// Where a ladder draws: one range of sizes for all budgets, as a shape goes
// from one to the next, from a third of the best by the priors at the smallest
// budget to three times that at the largest. A budget that is added later must
// not change it.
SpreadOptions RungSpread(double min_budget, double max_budget);

// Of so many shapes with a loss, or diverged, those that may go on:
// floor(ranked / eta).
int64_t WinnersOf(int64_t ranked, double eta);
// The least of which so many may go on.
int64_t LeastWithWinners(int64_t winners, double eta);
// Of `drawn` shapes on the first of so many rungs, those on the last one if all
// have a loss and each rung waits for the one below.
int64_t ReachingLast(int64_t drawn, double eta, int rungs);
// The least of which one reaches the last rung so; a number above `max` if that
// is more than `max`.
int64_t LeastToReach(double eta, int rungs, int64_t max);

// Adds to `outlook` the trials of a bracket of successive halving that begins
// with `drawn` shapes at the budget `first` and of which floor(n / eta) go on
// from each rung.
void AddHalving(const SearchProblem& problem, double eta, size_t first,
                int64_t drawn, Outlook& outlook);

// How the shapes of a rung stand.
struct Rung {
  size_t shapes = 0;  // that are there, ended or not
  // With a loss at all seeds, or diverged: of shapes that failed nothing is
  // known, and they count for nothing.
  size_t ranked = 0;
  size_t failed = 0;
  size_t excluded = 0;  // that a user left out, which are not known to fail
  int waiting = 0;      // trials that have not ended, or have not been proposed
  // Those with a loss, the least first.
  std::vector<Shape> best = {};

  // Those that failed or diverged.
  size_t without_loss() const { return ranked - best.size() + failed; }

  // Returns those that may go on: the first floor(ranked / eta) of `best`, as
  // far as there are so many. Diverged ones never do.
  std::vector<Shape> Winners(double eta) const;
};

// A rung of these shapes; equal losses stay in their order.
Rung RungOf(const TrialIndex& index, size_t budget,
            const std::vector<Shape>& shapes);

// Collects proposals, none twice, and none of a shape that is not feasible at
// its budget. Refers to problem and index, which must outlive it.
class RungProposals {
 public:
  RungProposals(const SearchProblem& problem, const TrialIndex& index)
      : problem_(problem), index_(index) {}

  // Adds the seeds of a shape that are not in the history yet; `reason` is
  // asked for if there are any. False if the shape is not feasible there.
  using Reason = absl::FunctionRef<std::string()>;
  bool Add(size_t budget, const Shape& shape, Reason reason);

  const std::vector<Proposal>& trials() const { return trials_; }
  std::vector<Proposal> Take() { return std::move(trials_); }

 private:
  const SearchProblem& problem_;
  const TrialIndex& index_;
  std::vector<Proposal> trials_;
  // By budget, depth, width and ffn_width.
  absl::flat_hash_set<std::tuple<size_t, int64_t, int64_t, int64_t>> added_;
};

// `4x128 at 3e+13 FLOPs, loss 3.21`; empty if no rung has a loss. Of the
// largest budget with one.
std::string BestOfRungs(const SearchProblem& problem, const TrialIndex& index,
                        const std::vector<Rung>& rungs);

// `27 at 1e+13 (2 failed, 1 left out by a user), 9 at 3e+13`: how many shapes
// are ranked on each rung, from the budget `first` on.
std::string EndedText(const SearchProblem& problem, size_t first,
                      const std::vector<Rung>& rungs);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_RUNGS_RUNGS_H_
