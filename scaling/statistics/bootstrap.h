#ifndef ISOSHAPE_SCALING_STATISTICS_BOOTSTRAP_H_
#define ISOSHAPE_SCALING_STATISTICS_BOOTSTRAP_H_

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "scaling/statistics/draws.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// A fit of all runs, and the same law fitted to every resample of them. Every
// figure that is derived from the law takes its interval from these, so that
// figures of one resample belong together. `Fit` has `law` and `converged`.
//
//   bootstrap.Estimate([](const PowerSum& law) { return law.alpha[0]; }, 0.95)
template <typename Fit>
struct Bootstrap {
  Fit fit;
  std::vector<Fit> resamples = {};
  // Without some of the runs each; for the acceleration of BCa.
  std::vector<Fit> jackknife = {};

  // `figure` maps a law to a number. Fits that did not converge count as
  // failed.
  template <typename Figure>
  BootstrapEstimate Estimate(const Figure& figure, double level) const {
    return isoshape::Estimate(figure(fit.law), Values(resamples, figure),
                              Values(jackknife, figure), level);
  }
  // The figure of each fit; NaN: it did not converge.
  template <typename Figure>
  static std::vector<double> Values(const std::vector<Fit>& fits,
                                    const Figure& figure) {
    return OfEachDraw(fits.size(), [&](size_t i) -> double {
      return fits[i].converged ? figure(fits[i].law)
                               : std::numeric_limits<double>::quiet_NaN();
    });
  }
};

// How many jackknife fits are made of so many units and rows: one for each
// unit, but kMaxJackknife at most, and of very many rows fewer, so that all
// fits together see 1e7 of them. With more units several are left out together,
// the grouped jackknife (Shao and Tu 1995, The Jackknife and Bootstrap). It is
// for the acceleration of BCa alone: of g groups chance moves that by .41 / g
// (the standard error of the skewness of g numbers over 6 sqrt(g)), and so an
// end of a 95 % interval by 1.6 / g standard errors, .05 at the fewest.
inline constexpr int kMaxJackknife = 256;
inline constexpr int kMinJackknife = 32;
inline int JackknifeFits(int units, size_t rows) {
  constexpr double kRowsInAll = 1e7;
  const double affordable =
      kRowsInAll / static_cast<double>(std::max<size_t>(rows, 1));
  return std::min(units, static_cast<int>(std::clamp<double>(
                             affordable, kMinJackknife, kMaxJackknife)));
}

// Fits each resample by `refit`, which maps weights by row (and, if it takes
// it, the number of the resample; none: a jackknife fit) to a Fit and is safe
// to call from several threads.
template <typename Fit, typename Refit>
Bootstrap<Fit> RunBootstrap(Fit fit, const Resampling& resampling,
                            const Execution& execution, const Refit& refit) {
  Bootstrap<Fit> result{.fit = std::move(fit)};
  const int count = resampling.count();
  if (count == 0) return result;
  const int left_out = JackknifeFits(resampling.units(), resampling.rows());
  result.resamples.resize(static_cast<size_t>(count));
  result.jackknife.resize(static_cast<size_t>(left_out));
  const auto fit_to = [&](const std::vector<double>& weights,
                          std::optional<int> draw) {
    if constexpr (std::is_invocable_v<const Refit&, const std::vector<double>&,
                                      std::optional<int>>) {
      return refit(weights, draw);
    } else {
      return refit(weights);
    }
  };
  ForEachIndex(count + left_out, execution, [&](int i) {
    if (i < count) {
      result.resamples[i] = fit_to(resampling.Weights(i), i);
      return;
    }
    const int group = i - count;
    std::vector<double> weights(resampling.rows(), 1);
    for (int u = group; u < resampling.units(); u += left_out) {
      for (const int row : resampling.unit(u)) weights[row] = 0;
    }
    result.jackknife[group] = fit_to(weights, std::nullopt);
  });
  return result;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_BOOTSTRAP_H_
