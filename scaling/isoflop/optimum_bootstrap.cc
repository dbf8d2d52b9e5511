#include "scaling/isoflop/optimum_bootstrap.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A curve under weights of its runs.
struct WeightedCurve {
  CurveColumns columns;
  std::vector<double> ln_tokens;
};

WeightedCurve Weigh(const std::vector<ScalingPoint>& points,
                    const SizeCurve& curve,
                    const std::vector<double>& weights) {
  WeightedCurve weighted;
  for (const SizePoint& size : curve.points) {
    double best_loss = std::numeric_limits<double>::infinity();
    double best_tokens = 0;
    double best_weight = 0;
    const ShapeMean* best = nullptr;
    for (const ShapeMean& shape : size.shapes) {
      double loss = 0;
      double tokens = 0;
      double total = 0;
      for (const int row : shape.rows) {
        total += weights[row];
        loss += weights[row] * points[row].loss;
        tokens += weights[row] * points[row].tokens;
      }
      if (total <= 0 || loss / total >= best_loss) continue;
      best = &shape;
      best_loss = loss / total;
      best_tokens = tokens / total;
      best_weight = total;
    }
    if (best == nullptr) continue;
    weighted.columns.ln_size.push_back(std::log(best->size));
    weighted.columns.loss.push_back(best_loss);
    weighted.columns.runs.push_back(best_weight);
    weighted.ln_tokens.push_back(std::log(best_tokens));
  }
  return weighted;
}

// ln D at ln N between the sizes of a curve, two at least.
double LogTokensAt(const WeightedCurve& curve, double ln_size) {
  const std::vector<double>& sizes = curve.columns.ln_size;
  size_t i = 1;
  while (i + 1 < sizes.size() && sizes[i] < ln_size) ++i;
  const double tokens = curve.ln_tokens[i - 1];
  return tokens + (ln_size - sizes[i - 1]) / (sizes[i] - sizes[i - 1]) *
                      (curve.ln_tokens[i] - tokens);
}

BudgetOptima FindOptima(const std::vector<ScalingPoint>& points,
                        const std::vector<SizeCurve>& curves,
                        const OptimumRule& rule,
                        const std::vector<double>& weights) {
  BudgetOptima optima;
  for (const SizeCurve& curve : curves) {
    const WeightedCurve weighted = Weigh(points, curve, weights);
    const SizeOptimum optimum = FindSizeOptimum(weighted.columns, rule);
    const bool found = optimum.loss > 0;
    optima.law.ln_size.push_back(found ? optimum.ln_size : kNaN);
    optima.law.ln_tokens.push_back(
        found ? LogTokensAt(weighted, optimum.ln_size) : kNaN);
    optima.law.ln_loss.push_back(found ? std::log(optimum.loss) : kNaN);
  }
  return optima;
}

}  // namespace

std::vector<double> FiguresOf(const std::vector<BudgetOptima>& fits,
                              std::vector<double> BudgetOptima::Law::*figure,
                              size_t budget) {
  std::vector<double> values;
  values.reserve(fits.size());
  for (const BudgetOptima& fit : fits) {
    values.push_back((fit.law.*figure)[budget]);
  }
  return values;
}

Bootstrap<BudgetOptima> BootstrapOptima(const std::vector<ScalingPoint>& points,
                                        const std::vector<SizeCurve>& curves,
                                        const OptimumRule& rule,
                                        const Resampling& resampling,
                                        const Execution& execution) {
  const std::vector<double> all(points.size(), 1);
  return RunBootstrap(FindOptima(points, curves, rule, all), resampling,
                      execution, [&](const std::vector<double>& weights) {
                        return FindOptima(points, curves, rule, weights);
                      });
}

}  // namespace isoshape
