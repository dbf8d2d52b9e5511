// What the predictions of all laws share: scatter, judgement, prices and the
// loss of one run.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/report_parts.h"
#include "scaling/statistics/student_t.h"
#include "shape/accounting.h"

namespace isoshape {

void SetScatter(const std::vector<double>& residuals,
                const std::vector<double>& weights, int parameters,
                LawPrediction& prediction) {
  prediction.degrees_of_freedom =
      std::max(0, static_cast<int>(residuals.size()) - parameters);
  double squares = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    squares += (weights.empty() ? 1 : weights[i]) * residuals[i] * residuals[i];
  }
  prediction.scatter =
      std::sqrt(squares / std::max(1, prediction.degrees_of_freedom));
}

std::string ProblemOf(const LawFigure& figure) {
  return absl::StrFormat("%s is not identified: %s", figure.name,
                         figure.unidentified);
}

void Judge(LawPrediction& prediction, const RunGeometry& geometry,
           const std::string& fit_problem) {
  if (!geometry.one_line.empty()) {
    prediction.problems.push_back(geometry.one_line);
    for (LawFigure& figure : prediction.figures) {
      figure.unidentified = "the runs do not tell size from tokens";
    }
    return;
  }
  if (!prediction.converged) {
    prediction.problems.push_back("its fit is not converged: " + fit_problem);
    MarkFigures("its fit is not converged", prediction.figures);
  }
  JudgeWidths(prediction.figures);
  for (const LawFigure& figure : prediction.figures) {
    const bool of_the_optimum =
        figure.name == "compute" || figure.name == "size" ||
        figure.name == "tokens" || figure.name == "loss";
    if (of_the_optimum && !figure.unidentified.empty()) {
      prediction.problems.push_back(ProblemOf(figure));
    }
  }
  if (!prediction.check.problem.empty()) {
    prediction.problems.push_back(prediction.check.problem);
    prediction.warnings.push_back(
        "beyond its runs the law is not shown to hold: " +
        prediction.check.problem);
  }
}

double WastedCompute(const LawPrediction& prediction, double loss,
                     double best) {
  const double e = prediction.floor;
  return 1 -
         std::pow((loss - e) / (best - e), -1 / prediction.compute_exponent);
}

std::vector<PricedShape> Price(const LawPrediction& prediction,
                               const std::vector<ShapeChoice>& choices,
                               const ShapeCandidates& candidates) {
  const double best = choices.front().loss;
  std::vector<PricedShape> priced;
  for (const ShapeChoice& choice : choices) {
    PricedShape& one = priced.emplace_back();
    one.choice = choice;
    one.parameters = static_cast<double>(CountParameters(choice.shape).total());
    one.above_best = choice.loss - best;
    one.wasted_compute = WastedCompute(prediction, choice.loss, best);
    if (candidates.latency) {
      one.decode_seconds = candidates.latency->At(choice.shape);
    }
    one.beyond = candidates.tried.Beyond(choice.shape);
  }
  return priced;
}

const LawFigure& LawPrediction::Figure(absl::string_view name) const {
  return *std::find_if(
      figures.begin(), figures.end(),
      [&](const LawFigure& figure) { return figure.name == name; });
}

Interval LossOfRun(const LawPrediction& prediction, double size, double tokens,
                   double ratio) {
  const BootstrapEstimate law = prediction.log_loss_at(size, tokens, ratio);
  const double normal = NormalTwoSided(prediction.level);
  const double run =
      (prediction.degrees_of_freedom > 0
           ? StudentTTwoSided(prediction.level, prediction.degrees_of_freedom)
           : normal) *
      prediction.scatter;
  const double beyond =
      prediction.allocation.LnTrainingFlops(std::log(size), std::log(tokens)) -
      std::log(prediction.largest_flops);
  const double bend =
      normal *
      std::max(prediction.check.Growth(beyond) * prediction.check.Discrepancy(),
               prediction.discrepancy * std::max(0.0, beyond));
  const double rest = std::hypot(run, bend);
  Interval loss;
  loss.value = law.value;
  if (law.percentile.lower) {
    loss.lower =
        law.value - std::hypot(law.value - *law.percentile.lower, rest);
  }
  if (law.percentile.upper) {
    loss.upper =
        law.value + std::hypot(*law.percentile.upper - law.value, rest);
  }
  return Exp(loss);
}

}  // namespace isoshape
