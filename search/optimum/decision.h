#ifndef ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_
#define ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_

#include <cstddef>
#include <limits>
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

// The expected regret after so many FLOPs more, if they are spent as Decide
// spends them, beginning with what waits.
struct OptimumForecast {
  double flops = 0;  // those that were spent; at most those asked for
  double regret = 0;
  bool enough = false;  // its bound is within the tolerance then
};
// Defaults of a forecast: max runs to look at, and no limit of FLOPs.
inline constexpr int kForecastRuns = 200;
inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();
// Forecasts until the FLOPs are spent, or the bound of the regret is within the
// tolerance, or `max_runs` are added.
OptimumForecast Forecast(const OptimumQuestion& question,
                         const std::vector<OptimumRun>& runs,
                         const OptimumDecision& decision, double max_flops,
                         int max_runs);

// The forecast before any run, if losses will turn out to scatter by `noise`
// and not by what is usual, and that by their seeds.
OptimumForecast ForecastAtNoise(const OptimumQuestion& question,
                                const OptimumDecision& decision, double noise);
// The FLOPs, beside what is spent, that the tolerance takes at least if a
// forecast does not reach it: from there on the regret falls with the inverse
// of the FLOPs at best.
double AtLeast(const OptimumQuestion& question, const OptimumDecision& decision,
               const OptimumForecast& forecast);
// True if runs have shown that the tolerance takes as many FLOPs as ten runs at
// the target itself, which would show its best shape without a law.
bool TooDear(const OptimumQuestion& question, const OptimumDecision& decision,
             const OptimumForecast& forecast);

// The first seven runs: at the smallest budget the best size by the priors, a
// quarter of it and four times as large, and a quarter and four times the
// aspect ratio; at about 3.2 times that budget a quarter and four times the
// best size. Candidates, none twice; fewer if the space is small.
std::vector<size_t> StartPlaces(const OptimumQuestion& question);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_DECISION_H_
