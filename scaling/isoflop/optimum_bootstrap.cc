#include "scaling/isoflop/optimum_bootstrap.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A curve under weights of its runs.
CurveColumns Weigh(const Runs& runs, const SizeCurve& curve,
                   const std::vector<double>& weights) {
  CurveColumns columns;
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
        const double weight =
            weights[row] * (runs.weight.empty() ? 1 : runs.weight[row]);
        total += weight;
        loss += weight * runs.loss[row];
        tokens += weight * runs.tokens[row];
      }
      if (total <= 0 || loss / total >= best_loss) continue;
      best = &shape;
      best_loss = loss / total;
      best_tokens = tokens / total;
      best_weight = total;
    }
    if (best == nullptr) continue;
    columns.ln_size.push_back(std::log(best->size));
    columns.ln_tokens.push_back(std::log(best_tokens));
    columns.loss.push_back(best_loss);
    columns.runs.push_back(best_weight);
  }
  return columns;
}

BudgetOptima FindOptima(const Runs& runs, const std::vector<SizeCurve>& curves,
                        const OptimumRule& rule,
                        const std::vector<double>& weights) {
  BudgetOptima optima;
  for (const SizeCurve& curve : curves) {
    const CurveColumns columns = Weigh(runs, curve, weights);
    const SizeOptimum optimum = FindSizeOptimum(columns, rule);
    const bool found = optimum.loss > 0;
    optima.law.ln_size.push_back(found ? optimum.ln_size : kNaN);
    optima.law.ln_tokens.push_back(found ? LogTokensAt(columns, optimum.ln_size)
                                         : kNaN);
    optima.law.ln_loss.push_back(found ? std::log(optimum.loss) : kNaN);
    optima.law.parabola.push_back(CoefficientsOf(optimum));
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

Bootstrap<BudgetOptima> BootstrapOptima(const Runs& runs,
                                        const std::vector<SizeCurve>& curves,
                                        const OptimumRule& rule,
                                        const Resampling& resampling,
                                        const Execution& execution) {
  const std::vector<double> all(runs.rows(), 1);
  return RunBootstrap(FindOptima(runs, curves, rule, all), resampling,
                      execution, [&](const std::vector<double>& weights) {
                        return FindOptima(runs, curves, rule, weights);
                      });
}

}  // namespace isoshape
