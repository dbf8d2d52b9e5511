#include "scaling/predict/predict_law.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "common/threads/cancellation.h"
#include "scaling/allocation/best_aspect_ratio.h"
#include "scaling/laws/diagnosis.h"
#include "scaling/laws/power_sum_check.h"
#include "scaling/laws/repeated_data.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/predict/law_predictor.h"
#include "scaling/predict/predict_ladder.h"
#include "scaling/predict/predict_surface.h"
#include "scaling/reports/report_parts.h"

namespace isoshape {
namespace {

void WarnOfDistance(const std::pair<double, double>& range,
                    LawPrediction& prediction) {
  const Allocation& allocation = prediction.allocation;
  const double flops =
      allocation.serve_tokens == 0
          ? allocation.flops
          : std::exp(allocation.LnTrainingFlops(
                std::log(prediction.Figure("size").estimate.value),
                std::log(prediction.Figure("tokens").estimate.value)));
  const double span = range.second / range.first;
  const double beyond = flops / range.second;
  const double below = range.first / flops;
  if (!(std::max(beyond, below) > span)) return;
  prediction.warnings.push_back(absl::StrFormat(
      "the compute is %s times %s run, further than the runs themselves span "
      "(%s times): the law is assumed there, not seen",
      FormatRatio(std::max(beyond, below)),
      beyond > below ? "that of the largest" : "below that of the smallest",
      FormatRatio(span)));
}

// Says how often the corpus is repeated, what that is worth, and what fresh
// text would give.
absl::Status WarnOfRepetition(const PowerSum& law, const Allocation& allocation,
                              LawPrediction& prediction) {
  const double size = prediction.Figure("size").estimate.value;
  const double tokens = prediction.Figure("tokens").estimate.value;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const RepeatedLoss repeated,
      PredictRepeated(law, size, tokens, *allocation.corpus_tokens, {}));
  if (repeated.epochs <= 1) return absl::OkStatus();
  Allocation fresh = allocation;
  fresh.corpus_tokens.reset();
  const Allocated best = Allocate(law, fresh);
  prediction.warnings.push_back(absl::StrFormat(
      "%s tokens are %s epochs of the corpus, worth %s fresh ones; with "
      "fresh text the law says size %s on %s tokens and loss %.4f "
      "(the decay of repeated text is Muennighoff et al.'s, 2023, not fitted)",
      FormatCount(tokens), FormatRatio(repeated.epochs),
      FormatCount(repeated.effective_tokens), FormatCount(best.size),
      FormatCount(best.tokens), best.loss));
  return absl::OkStatus();
}

// FAILED_PRECONDITION if no compute reaches the loss that is asked for.
absl::Status CheckReached(const PowerSum& law, const Allocation& allocation) {
  if (std::isfinite(AllocateForLoss(law, allocation).flops)) {
    return absl::OkStatus();
  }
  if (*allocation.target_loss <= law.e) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "a loss of %.4g is not above E = %.4g, which nothing removes by the "
        "law parametric: no compute reaches it; ask for a higher one",
        *allocation.target_loss, law.e));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "no size of at most %s FLOPs for a served token reaches a loss of %.4g "
      "by the law parametric; allow more, or ask for a higher loss",
      FormatFlops(allocation.max_serve_flops.value_or(INFINITY)),
      *allocation.target_loss));
}

// Sets the scatter of runs about the law, and names those that it does not
// explain.
void SetScatterAndWarn(const Basis& basis, const std::vector<double>& residuals,
                       const std::vector<double>& weights, int parameters,
                       LawPrediction& prediction) {
  SetScatter(residuals, weights, parameters, prediction);
  for (std::string& warning :
       OutlierWarnings(basis.runs, residuals, basis.options.fit.loss)) {
    prediction.warnings.push_back(std::move(warning));
  }
}

absl::StatusOr<LawPrediction> ByParametricLaw(const Basis& basis,
                                              LawPrediction prediction) {
  const LawOptions& options = basis.options.fit;
  const std::optional<double> corpus = options.corpus_tokens;
  const PowerSumData data = ParametricData(
      corpus ? WithEffectiveTokens(basis.runs, *corpus, {}) : basis.runs);
  const PowerSumOptions how = ParametricOptions(options, data);
  ISOSHAPE_ASSIGN_OR_RETURN(
      Bootstrap<PowerSumFit> fitted,
      BootstrapPowerSum(data, how, basis.resampling, options.execution));
  const auto bootstrap =
      std::make_shared<const Bootstrap<PowerSumFit>>(std::move(fitted));
  const PowerSum& law = bootstrap->fit.law;
  if (basis.allocation.target_loss) {
    ISOSHAPE_RETURN_IF_ERROR(CheckReached(law, basis.allocation));
  }
  LawPredictor(basis, prediction)
      .AddOptimum(
          *bootstrap, [](const PowerSum& one) { return one; },
          [](const PowerSum&) { return LogLossOf(); });
  prediction.log_loss_at = [bootstrap, corpus, level = options.level](
                               double size, double tokens, double) {
    const double n = std::log(size);
    const double d = std::log(tokens);
    return bootstrap->Estimate(
        [&](const PowerSum& one) { return LogLossOn(corpus, one, n, d); },
        level);
  };
  prediction.best_size_at = [bootstrap, rule = basis.allocation.rule,
                             level = options.level](double flops) {
    return Exp(bootstrap->Estimate(
        [&](const PowerSum& one) {
          return std::log(OptimumAt(one, flops, rule).size);
        },
        level));
  };
  prediction.exact = bootstrap->fit.exact;
  SetScatterAndWarn(basis, Residuals(law, data), data.weights,
                    how.Parameters(law.terms()), prediction);
  const PowerSumRefitter refitter(data, how, bootstrap->fit);
  prediction.check = CheckOnLargest(
      basis.runs, basis.resampling, prediction.scatter,
      [&](const std::vector<double>& weights) {
        const PowerSumFit one = refitter.Fit(weights);
        return one.converged ? Residuals(one.law, data) : std::vector<double>();
      },
      options.execution);
  if (!options.fixed_e && AtLowerBound(law, data)) {
    MarkFigures(kFloorAtBound, prediction.figures);
  }
  if (GammaAtBound(law)) MarkFigures(kGammaAtBound, prediction.figures);
  Judge(prediction, MeasureGeometry(basis.runs), bootstrap->fit.problem);
  if (corpus) {
    ISOSHAPE_RETURN_IF_ERROR(
        WarnOfRepetition(law, basis.allocation, prediction));
  }
  return prediction;
}

// Says so if the runs do not show that shape matters at all.
void WarnIfShapeMayNotMatter(const ShapeHypotheses& judged,
                             LawPrediction& prediction) {
  if (judged.shape_matters) return;
  prediction.problems.push_back(
      absl::StrFormat("that shape matters at all is not shown: %s",
                      judged.test.problem.empty()
                          ? absl::StrFormat("G = 0 is not rejected, p = %.2g",
                                            judged.test.p_value)
                          : judged.test.problem));
  prediction.warnings.push_back(prediction.problems.back() +
                                "; the law names no aspect ratio");
}

// Takes the shapes back if the best aspect ratio is not identified.
void DropShapesOfNoRatio(LawPrediction& prediction) {
  const LawFigure& ratio = prediction.Figure("aspect_ratio");
  const std::string wide = ratio.unidentified.empty()
                               ? WideInterval(ratio.name, ratio.estimate)
                               : ratio.unidentified;
  if (wide.empty()) return;
  prediction.shapes.clear();
  for (LawFigure& figure : prediction.figures) {
    if (figure.name == "aspect_ratio" || figure.name == "depth" ||
        figure.name == "width") {
      figure.unidentified = wide;
    }
  }
  prediction.problems.push_back("the aspect ratio is not identified: " + wide);
  prediction.warnings.push_back(prediction.problems.back());
}

// Loss and best size elsewhere, as every resample of the shape law has them.
void SetEstimates(std::shared_ptr<const Bootstrap<RatioLawFit>> bootstrap,
                  const ComputeRule& rule, double level,
                  LawPrediction& prediction) {
  prediction.log_loss_at = [bootstrap, level](double size, double tokens,
                                              double ratio) {
    return bootstrap->Estimate(
        [&](const RatioLaw& one) {
          const double n = std::log(size);
          const double d = std::log(tokens);
          return ratio > 0 ? one.LogLoss(n, d, std::log(ratio))
                           : AtBestRatio(one).LogLoss({n, d});
        },
        level);
  };
  prediction.best_size_at = [bootstrap = std::move(bootstrap), rule,
                             level](double flops) {
    return Exp(bootstrap->Estimate(
        [&](const RatioLaw& one) {
          return std::log(OptimumAt(AtBestRatio(one), flops, rule).size);
        },
        level));
  };
}

absl::StatusOr<LawPrediction> ByShapeLaw(const Basis& basis,
                                         LawPrediction prediction) {
  const LawOptions& options = basis.options.fit;
  const ShapeLawOptions how{.huber_delta = options.loss.huber_delta,
                            .level = options.level,
                            .weak_prior = options.weak_prior,
                            .scores = false};
  ISOSHAPE_ASSIGN_OR_RETURN(const ShapeLawComparison comparison,
                            CompareShapeLaws(basis.runs, how));
  const auto bootstrap = std::make_shared<const Bootstrap<RatioLawFit>>(
      BootstrapRatioLaw(comparison, basis.resampling, how, options.execution));
  const RatioLawData& data = comparison.data;
  LawPredictor predictor(basis, prediction);
  const std::optional<Place>& place = basis.allocation.place;
  predictor.AddOptimum(*bootstrap, AtBestRatio, [&](const RatioLaw& one) {
    if (!place || !place->aspect_ratio) return LogLossOf();
    const double ln_ratio = std::log(*place->aspect_ratio);
    return LogLossOf([one, ln_ratio](double ln_size, double ln_tokens) {
      return one.LogLoss(ln_size, ln_tokens, ln_ratio);
    });
  });
  SetEstimates(bootstrap, basis.allocation.rule, options.level, prediction);
  const std::vector<double> residuals = Residuals(bootstrap->fit.law, data);
  prediction.exact = GoesThroughLosses(residuals, data.weights);
  SetScatterAndWarn(basis, residuals, data.weights, RatioLaw::kParameters,
                    prediction);
  prediction.check = CheckOnLargest(
      basis.runs, basis.resampling, prediction.scatter,
      [&](const std::vector<double>& weights) {
        const RatioLawFit one = RefitRatioLaw(
            data, weights, bootstrap->fit, how.huber_delta, comparison.prior);
        return one.converged ? Residuals(one.law, data) : std::vector<double>();
      },
      options.execution);
  const ShapeHypotheses judged =
      JudgeShape(basis.runs, comparison, *bootstrap, options.level);
  WarnIfShapeMayNotMatter(judged, prediction);
  // No shape is ranked by a ratio that the runs do not show.
  if (!place && judged.shape_matters && bootstrap->fit.converged) {
    ISOSHAPE_RETURN_IF_ERROR(predictor.AddShapes(*bootstrap));
    DropShapesOfNoRatio(prediction);
  }
  Judge(prediction, MeasureGeometry(basis.runs), bootstrap->fit.problem);
  return prediction;
}

absl::Status CheckOptions(const PredictLawOptions& options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckLawOptions(options.fit));
  ISOSHAPE_RETURN_IF_ERROR(CheckAllocation(options.allocation));
  const Law law = options.fit.law;
  if (law != Law::kSurface && law != Law::kParametric && law != Law::kShape &&
      law != Law::kLadder) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "law %s predicts no loss; set law surface, parametric, shape or ladder",
        LawName(law)));
  }
  if (options.allocation.target_loss && options.fit.law != Law::kParametric) {
    return absl::InvalidArgumentError(
        "a loss to reach is asked of the law parametric only");
  }
  if (options.fit.corpus_tokens && options.fit.law != Law::kParametric) {
    return absl::InvalidArgumentError(
        "a corpus counts for predictions by the law parametric only");
  }
  return absl::OkStatus();
}

// Whether the runs can tell the parameters of the law.
absl::Status CheckRunsTell(const Runs& runs, const LawOptions& fit) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRuns(runs));
  if (fit.law == Law::kParametric) {
    const PowerSumOptions how = ParametricOptions(fit, ParametricData(runs));
    ISOSHAPE_RETURN_IF_ERROR(CheckSizesAndTokensVary(runs, how.Parameters(2)));
    return CheckFixedE(runs, fit.fixed_e);
  }
  if (fit.law == Law::kShape) {
    return CheckSizesAndTokensVary(runs, RatioLaw::kParameters);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LawPrediction> PredictByLaw(const Runs& runs,
                                           const PredictLawOptions& options) {
  // A ladder of laws, each of which looks at all runs, asks one after another.
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  const LawOptions& fit = options.fit;
  ISOSHAPE_RETURN_IF_ERROR(CheckOptions(options));
  ISOSHAPE_RETURN_IF_ERROR(CheckRunsTell(runs, fit));
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(runs, fit));
  LawPrediction prediction;
  prediction.law = LawName(fit.law);
  prediction.measure = runs.measure;
  prediction.level = fit.level;
  prediction.interval_method = IntervalMethod(runs, fit, resampling);
  Allocation allocation = options.allocation;
  allocation.corpus_tokens = fit.corpus_tokens;
  ISOSHAPE_ASSIGN_OR_RETURN(allocation.rule, RuleOf(runs, fit));
  prediction.constraint = "C = 6 N D";
  if (fit.constraint == ComputeConstraint::kFlops) {
    prediction.constraint = absl::StrFormat(
        "C = %.4g N^%.4f D, from the runs' FLOPs",
        std::exp(allocation.rule.ln_coefficient), allocation.rule.exponent);
  }
  prediction.constraint = allocation.Describe(prediction.constraint);
  prediction.allocation = allocation;
  prediction.largest_flops = runs.FlopsRange().second;
  prediction.warnings = RunWarnings(runs);

  const Basis basis{runs, options, allocation, resampling};
  const auto by_law = [&]() -> absl::StatusOr<LawPrediction> {
    switch (fit.law) {
      case Law::kSurface:
        return PredictBySurface(runs, options, std::move(prediction));
      case Law::kLadder:
        return PredictByLadder(runs, options, resampling,
                               std::move(prediction));
      case Law::kParametric:
        return ByParametricLaw(basis, std::move(prediction));
      default:
        return ByShapeLaw(basis, std::move(prediction));
    }
  };
  ISOSHAPE_ASSIGN_OR_RETURN(LawPrediction made, by_law());
  // The levels by which an answer says how far it extrapolates.
  const std::vector<double> levels = runs.ComputeLevels();
  const auto [least, most] = std::minmax_element(levels.begin(), levels.end());
  WarnOfDistance({*least, *most}, made);
  if (!allocation.plain()) {
    for (std::string& warning :
         WarnOfUnseen(runs, made.Figure("size").estimate.value,
                      made.Figure("tokens").estimate.value)) {
      made.warnings.push_back(std::move(warning));
    }
  }
  return made;
}

}  // namespace isoshape
