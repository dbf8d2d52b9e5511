#ifndef ISOSHAPE_SEARCH_OPTIMUM_FORECAST_H_
#define ISOSHAPE_SEARCH_OPTIMUM_FORECAST_H_

#include <limits>
#include <vector>

#include "search/optimum/question.h"

namespace isoshape {

// The expected regret after so many FLOPs more, if they are spent as Decide
// spends them, beginning with what waits.
struct OptimumForecast {
  double flops = 0;  // those that were spent; at most those asked for
  double regret = 0;
  bool enough = false;  // its bound is within the tolerance then
};
// Max runs that a forecast looks at: before any loss there is time for more
// than at each loss. And no limit of FLOPs.
inline constexpr int kForecastRuns = 200;
inline constexpr int kLaterForecastRuns = 40;
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
// the target itself, which would show its best shape without a law. One loss
// moves a forecast by a factor of three, and not only that of its moment. So no
// loss may decide it alone: it holds by this forecast, by those without each of
// the losses that are furthest from the surface, and by those before the last
// losses. `runs` in any order.
bool TooDear(const OptimumQuestion& question,
             const std::vector<OptimumRun>& runs,
             const OptimumDecision& decision, const OptimumForecast& forecast);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_OPTIMUM_FORECAST_H_
