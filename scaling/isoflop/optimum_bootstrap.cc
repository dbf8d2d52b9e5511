#include "scaling/isoflop/optimum_bootstrap.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One run of a shape, with what a resample needs of it.
struct CurveRun {
  int row = 0;
  double weight = 1, loss = 0, tokens = 0;
};

struct CurveShape {
  double ln_size = 0;
  size_t begin = 0, end = 0;  // of its runs
};

// One curve as resamples walk over it: its runs side by side in memory, by size
// and shape, since there may be very many of them and of resamples.
struct FlatCurve {
  std::vector<CurveRun> runs;
  std::vector<std::vector<CurveShape>> sizes;  // the shapes of each
};

FlatCurve Flatten(const Runs& runs, const SizeCurve& curve) {
  FlatCurve flat;
  for (const SizePoint& size : curve.points) {
    std::vector<CurveShape>& shapes = flat.sizes.emplace_back();
    for (const ShapeMean& shape : size.shapes) {
      CurveShape& one = shapes.emplace_back();
      one.ln_size = std::log(shape.size);
      one.begin = flat.runs.size();
      for (const int row : shape.rows) {
        flat.runs.push_back(
            {.row = row,
             .weight = runs.weight.empty() ? 1 : runs.weight[row],
             .loss = runs.loss[row],
             .tokens = runs.tokens[row]});
      }
      one.end = flat.runs.size();
    }
  }
  return flat;
}

// A curve under weights of its runs.
CurveColumns Weigh(const FlatCurve& curve, const std::vector<double>& weights) {
  CurveColumns columns;
  for (const std::vector<CurveShape>& shapes : curve.sizes) {
    double best_loss = std::numeric_limits<double>::infinity();
    double best_tokens = 0;
    double best_weight = 0;
    const CurveShape* best = nullptr;
    for (const CurveShape& shape : shapes) {
      double loss = 0;
      double tokens = 0;
      double total = 0;
      for (size_t i = shape.begin; i < shape.end; ++i) {
        const CurveRun& run = curve.runs[i];
        const double weight = weights[run.row] * run.weight;
        total += weight;
        loss += weight * run.loss;
        tokens += weight * run.tokens;
      }
      if (total <= 0 || loss / total >= best_loss) continue;
      best = &shape;
      best_loss = loss / total;
      best_tokens = tokens / total;
      best_weight = total;
    }
    if (best == nullptr) continue;
    columns.ln_size.push_back(best->ln_size);
    columns.ln_tokens.push_back(std::log(best_tokens));
    columns.loss.push_back(best_loss);
    columns.runs.push_back(best_weight);
  }
  return columns;
}

BudgetOptima FindOptima(const std::vector<FlatCurve>& curves,
                        const OptimumRule& rule,
                        const std::vector<double>& weights) {
  BudgetOptima optima;
  for (const FlatCurve& curve : curves) {
    const CurveColumns columns = Weigh(curve, weights);
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
  std::vector<FlatCurve> flat;
  flat.reserve(curves.size());
  for (const SizeCurve& curve : curves) flat.push_back(Flatten(runs, curve));
  const std::vector<double> all(runs.rows(), 1);
  return RunBootstrap(FindOptima(flat, rule, all), resampling, execution,
                      [&](const std::vector<double>& weights) {
                        return FindOptima(flat, rule, weights);
                      });
}

}  // namespace isoshape
