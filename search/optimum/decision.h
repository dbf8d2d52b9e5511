#ifndef ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_
#define ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "scaling/surface/design.h"
#include "search/optimum/question.h"

namespace isoshape {

// Returns what the runs say of the best shape at the target, and which run to
// do next. A pure function of the question and of the runs, whose order does
// not matter.
//
// First the seven runs of StartPlaces. Then, as long as fewer than `in_flight`
// wait, the run that lowers the expected regret most for the root of its cost,
// runs that wait counting as done; or one that repeats another, if losses
// scatter so much that it matters whether that is by their seeds (repeats.h).
// Candidates lie within the window of the surface about the optimum of their
// budget, not where runs failed, and what is in flight costs at most half of
// what is spent. docs/search-optimum.md.
OptimumDecision Decide(const OptimumQuestion& question,
                       std::vector<OptimumRun> runs);

// Chooses candidates one after the other, each as if those before it were done.
// Refers to the question, which must outlive it.
class OptimumChooser {
 public:
  // `runs` in any order; `fit` of those that succeeded.
  OptimumChooser(const OptimumQuestion& question,
                 const std::vector<OptimumRun>& runs, const SurfaceFit& fit);

  double regret() const { return design_.Uncertainty(); }
  double ratio_part() const { return design_.RatioPart(); }

  // The candidate of most gain for the root of its cost, among those of at most
  // that many FLOPs; none if nothing is left. If none is within the window, the
  // nearest to it.
  std::optional<size_t> Best(double max_flops) const;
  // The same of some candidates, wherever they lie.
  std::optional<size_t> BestOf(const std::vector<size_t>& candidates,
                               double max_flops) const;
  // Returns the gain of a candidate for the root of its cost.
  double Score(size_t candidate) const;

  // Returns the figure that a run at the candidate tells most of.
  OptimumFigure Tells(size_t candidate) const;

  // Counts a run at the candidate as done from now on.
  void Take(size_t candidate);
  // Counts a run that waits as done, wherever it is.
  void Add(const SurfacePoint& point) { design_.Add(point); }

 private:
  double Flops(size_t candidate) const;

  const OptimumQuestion& question_;
  const Surface surface_;
  SurfaceDesign design_;
  double min_cost_ = 0;
  double cost_power_ = 0;
  std::vector<bool> open_;    // may be taken
  std::vector<bool> window_;  // and lies near the optimum
  std::vector<double> off_;   // squared distance from it
};

// FLOPs that may be in flight when so many are spent.
double MostInFlight(const OptimumQuestion& question, double spent);
// A run may take this much more than is allowed: rounding of FLOPs.
inline constexpr double kFlopsSlack = 1.01;

// The first seven runs: at the smallest budget the best size by the priors, a
// quarter of it and four times as large, and a quarter and four times the
// aspect ratio; at about 3.2 times that budget a quarter and four times the
// best size. Candidates, none twice; fewer if the space is small.
std::vector<size_t> StartPlaces(const OptimumQuestion& question);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_
