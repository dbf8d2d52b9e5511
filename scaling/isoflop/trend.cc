#include "scaling/isoflop/trend.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "scaling/statistics/draws.h"

namespace isoshape {
namespace {

// The line through the points that are not NaN; NaN if these are fewer than
// two.
Line FitLineWithoutNan(const std::vector<double>& x,
                       const std::vector<double>& y,
                       std::vector<double> weights) {
  std::vector<double> known = y;
  int count = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (!std::isnan(y[i])) {
      ++count;
      continue;
    }
    known[i] = 0;
    weights[i] = 0;
  }
  if (count < 2) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return {kNaN, kNaN};
  }
  return FitLine(x, known, weights);
}

// Variance of the values that are not NaN.
double Variance(const std::vector<double>& values) {
  double mean = 0;
  int count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    mean += (value - mean) / ++count;
  }
  double sum = 0;
  for (const double value : values) {
    if (!std::isnan(value)) sum += (value - mean) * (value - mean);
  }
  return count < 2 ? 0 : sum / (count - 1);
}

}  // namespace

double LogTrend::At(double flops) const {
  return std::exp(ln_coefficient + exponent.value * std::log(flops));
}

BootstrapEstimate TrendEstimateAt(const LogTrend& trend, double flops,
                                  double level) {
  const double ln_c = std::log(flops);
  const double centre = trend.ln_coefficient + trend.exponent.value * ln_c;
  const std::vector<double> values =
      OfEachDraw(trend.exponent_resamples.size(), [&](size_t r) {
        const double resample = trend.ln_coefficient_resamples[r] +
                                trend.exponent_resamples[r] * ln_c;
        return centre + trend.scatter * (resample - centre);
      });
  std::vector<double> jackknife;
  for (size_t u = 0; u < trend.exponent_jackknife.size(); ++u) {
    jackknife.push_back(trend.ln_coefficient_jackknife[u] +
                        trend.exponent_jackknife[u] * ln_c);
  }
  return Exp(Estimate(centre, values, jackknife, level));
}

LogTrend RatioTrend(const LogTrend& top, const LogTrend& bottom, double level) {
  const auto minus = [](std::vector<double> a, const std::vector<double>& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
    return a;
  };
  LogTrend ratio = top;
  ratio.ln_coefficient -= bottom.ln_coefficient;
  ratio.scatter = std::max(top.scatter, bottom.scatter);
  ratio.exponent_resamples =
      minus(top.exponent_resamples, bottom.exponent_resamples);
  ratio.ln_coefficient_resamples =
      minus(top.ln_coefficient_resamples, bottom.ln_coefficient_resamples);
  ratio.exponent_jackknife =
      minus(top.exponent_jackknife, bottom.exponent_jackknife);
  ratio.ln_coefficient_jackknife =
      minus(top.ln_coefficient_jackknife, bottom.ln_coefficient_jackknife);
  const double slope = top.exponent.value - bottom.exponent.value;
  std::vector<double> widened = ratio.exponent_resamples;
  for (double& one : widened) one = slope + ratio.scatter * (one - slope);
  ratio.exponent = Estimate(slope, widened, ratio.exponent_jackknife, level);
  return ratio;
}

namespace {

// 1 / variance of each list of draws, drawn towards their mean by a tenth of
// it; none if they vary by no more than rounding, as draws by the noise of
// losses without noise do: what scatters about the trend is then not a billion
// times what noise explains.
std::vector<double> InverseVariances(
    const std::vector<const std::vector<double>*>& draws) {
  std::vector<double> variances;
  constexpr double kRounding = 1e-18;
  double mean = 0;
  for (const std::vector<double>* one : draws) {
    variances.push_back(one->size() > 1 ? Variance(*one) : 0);
    mean += variances.back() / static_cast<double>(draws.size());
  }
  if (!(mean > kRounding)) return {};
  for (double& one : variances) one = 1 / (one + 0.1 * mean);
  return variances;
}

}  // namespace

LogTrend FitLogTrend(
    const std::vector<double>& ln_c, const std::vector<double>& ln_y,
    const std::vector<const std::vector<double>*>& resamples, double level,
    const std::vector<std::vector<double>>& jackknife,
    const std::vector<const std::vector<double>*>& weighed_by) {
  const size_t budgets = ln_c.size();
  const size_t draws = resamples.empty() ? 0 : resamples[0]->size();
  const std::vector<double> known =
      InverseVariances(weighed_by.empty() ? resamples : weighed_by);
  const std::vector<double> weights =
      known.empty() ? std::vector<double>(budgets, 1) : known;
  LogTrend trend;
  const Line line = FitLine(ln_c, ln_y, weights);
  trend.exponent.value = line.slope;
  trend.ln_coefficient = line.intercept;
  trend.budgets = static_cast<int>(budgets);
  trend.weights = weights;
  // If noise is not known, what it explains is seen in the resamples alone.
  const std::vector<double> explained =
      known.empty() ? InverseVariances(resamples) : known;
  if (!explained.empty() && budgets > 2) {
    double chi_square = 0;
    for (size_t i = 0; i < budgets; ++i) {
      const double residual = ln_y[i] - line.intercept - line.slope * ln_c[i];
      chi_square += explained[i] * residual * residual;
    }
    trend.scatter =
        std::max(1.0, std::sqrt(chi_square / static_cast<double>(budgets - 2)));
  }
  std::vector<double> y(budgets);
  std::vector<double>& intercepts = trend.ln_coefficient_resamples;
  intercepts.assign(draws, std::numeric_limits<double>::quiet_NaN());
  trend.exponent_resamples = OfEachDraw(draws, [&](size_t r) {
    for (size_t i = 0; i < budgets; ++i) y[i] = (*resamples[i])[r];
    const Line resampled = FitLineWithoutNan(ln_c, y, weights);
    intercepts[r] = resampled.intercept;
    return resampled.slope;
  });
  const std::vector<double> widened = OfEachDraw(draws, [&](size_t r) {
    return line.slope +
           trend.scatter * (trend.exponent_resamples[r] - line.slope);
  });
  const size_t units = jackknife.empty() ? 0 : jackknife[0].size();
  for (size_t u = 0; u < units; ++u) {
    for (size_t i = 0; i < budgets; ++i) y[i] = jackknife[i][u];
    const Line without = FitLineWithoutNan(ln_c, y, weights);
    trend.exponent_jackknife.push_back(without.slope);
    trend.ln_coefficient_jackknife.push_back(without.intercept);
  }
  trend.exponent =
      Estimate(line.slope, widened, trend.exponent_jackknife, level);
  return trend;
}

}  // namespace isoshape
