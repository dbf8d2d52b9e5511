#include "scaling/isoflop/isoflop_bias.h"

#include <cmath>
#include <cstddef>

#include "scaling/isoflop/trend.h"
#include "scaling/laws/power_sum_fit.h"

namespace isoshape {

std::optional<ExtrapolationBias> EstimateBias(
    const std::vector<SizeCurve>& curves, const std::vector<double>& weights,
    const OptimumRule& rule, double target_flops) {
  if (curves.size() < 2) return std::nullopt;
  PowerSumData data;
  data.ln_x.resize(2);
  double ln_flops_per_product = 0;  // mean of ln(C / (N D)), ln 6 about
  for (const SizeCurve& curve : curves) {
    for (const SizePoint& point : curve.points) {
      data.ln_x[0].push_back(std::log(point.best.size));
      data.ln_x[1].push_back(std::log(point.best.tokens));
      data.ln_loss.push_back(std::log(point.best.loss));
      ln_flops_per_product +=
          std::log(curve.budget) - data.ln_x[0].back() - data.ln_x[1].back();
    }
  }
  ln_flops_per_product /= static_cast<double>(data.rows());
  const auto fit = FitPowerSum(data, {});
  if (!fit.ok() || !fit->converged) return std::nullopt;
  const PowerSum& law = fit->law;

  std::vector<double> ln_c, ln_size;
  for (const SizeCurve& curve : curves) {
    CurveColumns columns = Columns(curve);
    for (size_t i = 0; i < columns.loss.size(); ++i) {
      columns.loss[i] = std::exp(law.LogLoss(
          {columns.ln_size[i], std::log(curve.points[i].best.tokens)}));
    }
    const SizeOptimum optimum = FindSizeOptimum(columns, rule);
    if (std::isnan(optimum.ln_size)) return std::nullopt;
    ln_c.push_back(std::log(curve.budget));
    ln_size.push_back(optimum.ln_size);
  }
  const Line found = FitLine(ln_c, ln_size, weights);
  // Least loss at C = k N D (Hoffmann et al. 2022, equation 4).
  const double sum = law.alpha[0] + law.alpha[1];
  const double exponent = law.alpha[1] / sum;
  const double ln_true =
      (std::log(law.alpha[0] / law.alpha[1]) + law.ln_a[0] - law.ln_a[1]) /
          sum +
      exponent * (std::log(target_flops) - ln_flops_per_product);
  ExtrapolationBias bias;
  bias.target_flops = target_flops;
  bias.size_factor = std::exp(found.intercept +
                              found.slope * std::log(target_flops) - ln_true);
  bias.token_factor = 1 / bias.size_factor;
  bias.exponent_shift = found.slope - exponent;
  return bias;
}

}  // namespace isoshape
