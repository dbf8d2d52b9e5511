#include "scaling/laws/shape_laws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/laws/law_check.h"
#include "scaling/runs/fit_key.h"
#include "scaling/statistics/logs.h"

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> Pick(const std::vector<double>& values,
                         const std::vector<bool>& keep, bool wanted) {
  std::vector<double> picked;
  for (size_t i = 0; i < values.size(); ++i) {  // none stay none
    if (keep[i] == wanted) picked.push_back(values[i]);
  }
  return picked;
}

PowerSumData Pick(const PowerSumData& data, const std::vector<bool>& keep,
                  bool wanted) {
  PowerSumData picked;
  for (const auto& column : data.ln_x) {
    picked.ln_x.push_back(Pick(column, keep, wanted));
  }
  picked.ln_loss = Pick(data.ln_loss, keep, wanted);
  picked.weights = Pick(data.weights, keep, wanted);
  return picked;
}

double Rms(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return values.empty() ? kNaN
                        : std::sqrt(sum / static_cast<double>(values.size()));
}

// Scores a sum of powers; `fit` receives the fit on all rows.
absl::StatusOr<ShapeLawScore> Score(const std::string& name,
                                    const std::string& formula,
                                    const PowerSumData& data,
                                    const std::vector<bool>& keep, double delta,
                                    PowerSumFit* fit) {
  PowerSumOptions options;
  options.loss.huber_delta = delta;
  ISOSHAPE_ASSIGN_OR_RETURN(*fit, FitPowerSum(data, options));
  ShapeLawScore score{.name = name,
                      .formula = formula,
                      .parameters = options.Parameters(data.terms()),
                      .objective = fit->objective,
                      .in_sample_rmse = Rms(Residuals(fit->law, data)),
                      .held_out_rmse = kNaN,
                      .converged = fit->converged,
                      .problem = fit->problem};
  const auto part = FitPowerSum(Pick(data, keep, true), options);
  if (part.ok()) {
    score.held_out_rmse = Rms(Residuals(part->law, Pick(data, keep, false)));
  } else {
    score.problem = std::string(part.status().message());
  }
  return score;
}

// Counts the runs that laws are tried on, and finds the compute above which
// they lie.
absl::Status CountHeldOut(const Runs& runs, const std::vector<bool>& keep,
                          ShapeLawComparison& result) {
  const std::vector<double> flops = runs.TrainingFlops();
  for (size_t i = 0; i < keep.size(); ++i) {
    if (keep[i]) {
      result.held_out_above = std::max(result.held_out_above, flops[i]);
    } else {
      ++result.held_out;
    }
  }
  if (result.held_out == 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "all runs are of one compute, %s FLOPs: laws are chosen by the "
        "largest runs, so give runs of several budgets",
        FormatFlops(result.held_out_above)));
  }
  return absl::OkStatus();
}

// The score of the ratio law, which is fitted to all runs already.
ShapeLawScore ScoreRatio(const ShapeLawComparison& result,
                         const std::vector<bool>& keep, double huber_delta) {
  const RatioLawData& data = result.data;
  const RatioLawFit& full = result.ratio;
  ShapeLawScore score{
      .name = "ratio",
      .formula =
          "E + A N^-alpha + B D^-beta + G ln(r/r*)^2 N^-alpha, ln r* = "
          "c0 + c1 ln N",
      .parameters = RatioLaw::kParameters,
      .objective = full.objective,
      .in_sample_rmse = Rms(Residuals(full.law, data)),
      .held_out_rmse = kNaN,
      .converged = full.converged,
      .problem = full.problem};
  const auto pick = [&](bool wanted) {
    return RatioLawData{.ln_size = Pick(data.ln_size, keep, wanted),
                        .ln_tokens = Pick(data.ln_tokens, keep, wanted),
                        .ln_ratio = Pick(data.ln_ratio, keep, wanted),
                        .ln_loss = Pick(data.ln_loss, keep, wanted),
                        .weights = Pick(data.weights, keep, wanted)};
  };
  const auto part = FitRatioLaw(pick(true), huber_delta, result.prior);
  if (part.ok()) {
    score.held_out_rmse = Rms(Residuals(part->law, pick(false)));
  } else {
    score.problem = std::string(part.status().message());
  }
  return score;
}

// Adds the laws with terms in width and depth; one that cannot be fitted is
// left out with a warning.
void ScoreByWidthAndDepth(const Runs& runs, const std::vector<bool>& keep,
                          double huber_delta, ShapeLawComparison& result) {
  const RatioLawData& data = result.data;
  const std::vector<double> ln_width = Logs(runs.width);
  const std::vector<double> ln_depth = Logs(runs.depth);
  const auto add = [&](const char* name, const char* formula,
                       const PowerSumData& columns, PowerSumFit* fit) {
    const auto score = Score(name, formula, columns, keep, huber_delta, fit);
    if (score.ok()) {
      result.scores.push_back(*score);
    } else {
      result.warnings.push_back(absl::StrFormat(
          "the %s law is left out: %s", name, score.status().message()));
    }
  };
  if (!runs.params.empty()) {
    add("four-term", "E + a w^-a' + b d^-b' + c P^-c' + f D^-f'",
        {.ln_x = {ln_width, ln_depth, Logs(runs.params), data.ln_tokens},
         .ln_loss = data.ln_loss,
         .weights = data.weights},
        &result.four_term);
  }
  add("width-depth", "E + A w^-a + B d^-b + C D^-c",
      {.ln_x = {ln_width, ln_depth, data.ln_tokens},
       .ln_loss = data.ln_loss,
       .weights = data.weights},
      &result.width_depth);
}

// Chooses the law that misses the runs held out least, and says so.
void Choose(ShapeLawComparison& result) {
  for (size_t i = 0; i < result.scores.size(); ++i) {
    const double error = result.scores[i].held_out_rmse;
    const double best = result.scores[result.chosen].held_out_rmse;
    if (error < best || std::isnan(best)) result.chosen = static_cast<int>(i);
    if (!result.scores[i].converged) {
      result.warnings.push_back(
          absl::StrFormat("the %s law is not converged: %s",
                          result.scores[i].name, result.scores[i].problem));
    }
  }
  const ShapeLawScore& chosen = result.scores[result.chosen];
  result.explanation = absl::StrFormat(
      "%s: fitted without the %s above %s FLOPs it misses their loss by "
      "%.2f %% (root mean square), the law without shape by %.2f %%",
      chosen.name, Counted(result.held_out, "run"),
      FormatFlops(result.held_out_above), 100 * chosen.held_out_rmse,
      100 * result.scores[0].held_out_rmse);
}

absl::StatusOr<ShapeLawComparison> FitShapeLaws(
    const Runs& runs, const ShapeLawOptions& options) {
  ShapeLawComparison result;
  result.runs = static_cast<int>(runs.rows());
  result.data = RatioData(runs);
  const RatioLawData& data = result.data;
  const std::vector<bool> keep = SmallerRuns(runs);
  ISOSHAPE_RETURN_IF_ERROR(CountHeldOut(runs, keep, result));
  if (options.weak_prior) {
    result.prior = WeakPriorsOf(data.ln_size, data.ln_tokens, data.ln_loss);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      result.ratio, FitRatioLaw(data, options.huber_delta, result.prior));
  if (!options.scores) {
    PowerSumOptions plain;
    plain.loss.huber_delta = options.huber_delta;
    ISOSHAPE_ASSIGN_OR_RETURN(
        result.none, FitPowerSum({.ln_x = {data.ln_size, data.ln_tokens},
                                  .ln_loss = data.ln_loss,
                                  .weights = data.weights},
                                 plain));
    return result;
  }
  ISOSHAPE_ASSIGN_OR_RETURN(ShapeLawScore none,
                            Score("none", "E + A N^-alpha + B D^-beta",
                                  {.ln_x = {data.ln_size, data.ln_tokens},
                                   .ln_loss = data.ln_loss,
                                   .weights = data.weights},
                                  keep, options.huber_delta, &result.none));
  result.scores.push_back(std::move(none));
  result.scores.push_back(ScoreRatio(result, keep, options.huber_delta));
  ScoreByWidthAndDepth(runs, keep, options.huber_delta, result);
  Choose(result);
  return result;
}

}  // namespace

std::vector<double> Residuals(const RatioLaw& law, const RatioLawData& data) {
  std::vector<double> residuals(data.rows());
  for (size_t i = 0; i < data.rows(); ++i) {
    residuals[i] =
        law.LogLoss(data.ln_size[i], data.ln_tokens[i], data.ln_ratio[i]) -
        data.ln_loss[i];
  }
  return residuals;
}

RatioLawData RatioData(const Runs& runs) {
  RatioLawData data;
  data.ln_size = Logs(runs.size);
  data.ln_tokens = Logs(runs.tokens);
  data.ln_loss = Logs(runs.loss);
  data.weights = runs.weight;
  const std::vector<double> ln_width = Logs(runs.width);
  const std::vector<double> ln_depth = Logs(runs.depth);
  for (size_t i = 0; i < runs.rows(); ++i) {
    data.ln_ratio.push_back(ln_width[i] - ln_depth[i]);
  }
  return data;
}

absl::StatusOr<ShapeLawComparison> CompareShapeLaws(
    const Runs& runs, const ShapeLawOptions& options) {
  if (!runs.has_shapes()) {
    return absl::FailedPreconditionError(
        "shape laws need the columns width and depth; name the columns that "
        "hold them");
  }
  const auto key = [&] {
    FitKey key("shape laws");
    AddRuns(runs, key);
    key.Add(options.huber_delta).Add(options.level);
    return key.Add(options.weak_prior).Add(options.scores);
  };
  return Shared<ShapeLawComparison>(
      key, [&] { return FitShapeLaws(runs, options); });
}

Bootstrap<RatioLawFit> BootstrapRatioLaw(const ShapeLawComparison& comparison,
                                         const Resampling& resampling,
                                         const ShapeLawOptions& options,
                                         const Execution& execution) {
  const auto key = [&] {
    FitKey key("ratio law");
    const RatioLawData& data = comparison.data;
    for (const auto* column : {&data.ln_size, &data.ln_tokens, &data.ln_ratio,
                               &data.ln_loss, &data.weights}) {
      key.Add(*column);
    }
    key.Add(options.huber_delta).Add(comparison.prior);
    AddResampling(resampling, key);
    return key;
  };
  const auto compute = [&]() -> absl::StatusOr<Bootstrap<RatioLawFit>> {
    return RunBootstrap(
        comparison.ratio, resampling, execution,
        [&](const std::vector<double>& weights, std::optional<int> draw) {
          return RefitRatioLaw(comparison.data, weights, comparison.ratio,
                               options.huber_delta, comparison.prior, draw);
        });
  };
  // It fails if it is cancelled alone, and then its result is dropped.
  return Shared<Bootstrap<RatioLawFit>>(key, compute)
      .value_or(Bootstrap<RatioLawFit>{.fit = comparison.ratio});
}

ShapeHypotheses JudgeShape(const Runs& runs,
                           const ShapeLawComparison& comparison,
                           const Bootstrap<RatioLawFit>& bootstrap,
                           double level) {
  ShapeHypotheses judged;
  judged.test = TestShape(runs, comparison.none.law);
  const Interval c1 =
      bootstrap.Estimate([](const RatioLaw& law) { return law.c1; }, level)
          .percentile;
  const RatioLawFit& fit = bootstrap.fit;
  judged.shape_matters = fit.converged && comparison.none.converged &&
                         fit.law.g > 0 && judged.test.problem.empty() &&
                         judged.test.p_value < (1 - level) / 2;
  judged.ratio_drifts = judged.shape_matters &&
                        (c1.lower.value_or(0) > 0 || c1.upper.value_or(0) < 0);
  return judged;
}

}  // namespace isoshape
