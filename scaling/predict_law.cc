#include "scaling/predict_law.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "scaling/law_report_parts.h"
#include "scaling/repeated_data.h"
#include "scaling/shape_laws.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// The share of C that could have been saved: the loss of the best shape falls
// as (L - E) ~ C^-g, g = alpha beta / (alpha + p beta).
double WastedCompute(const PowerSum& law, const ComputeRule& rule, double best,
                     double loss) {
  const double g = law.alpha[0] * SizeExponent(law, rule);
  return 1 - std::pow((loss - law.e) / (best - law.e), -1 / g);
}

class Predictor {
 public:
  Predictor(const PredictLawOptions& options, const ComputeRule& rule,
            LawPrediction& prediction)
      : options_(options), rule_(rule), prediction_(prediction) {}

  // `law_of` maps a law of the bootstrap to one of size and tokens.
  template <typename Fit, typename LawOf>
  void AddOptimum(const Bootstrap<Fit>& bootstrap, const LawOf& law_of) {
    const auto add = [&](const char* name, const char* meaning,
                         double ComputeOptimum::*part) {
      Add(bootstrap, name, meaning, [&, part](const auto& law) {
        return OptimumAt(law_of(law), options_.flops, rule_).*part;
      });
    };
    add("size", "N* of least loss", &ComputeOptimum::size);
    add("tokens", "D* that the compute buys at N*", &ComputeOptimum::tokens);
    add("loss", "least loss by the law; one run scatters about it",
        &ComputeOptimum::loss);
    WarnOfFailures(bootstrap);
  }

  // The best aspect ratio, depth and width, and the runners-up.
  absl::Status AddShapes(const Bootstrap<RatioLawFit>& bootstrap) {
    const RatioLaw& law = bootstrap.fit.law;
    const auto choices = BestShapes(law, options_.family, options_.fit.size,
                                    rule_, options_.flops, options_.choices);
    if (!choices.ok()) return choices.status();
    const ShapeChoice& best = choices->front();
    for (const ShapeChoice& choice : *choices) {
      prediction_.shapes.push_back(
          {.choice = choice,
           .parameters =
               static_cast<double>(CountParameters(choice.shape).total()),
           .above_best = choice.loss - best.loss,
           .wasted_compute =
               WastedCompute(AtBestRatio(law), rule_, best.loss, choice.loss)});
    }
    const auto ratio = [&](const RatioLaw& one) {
      return std::exp(one.BestLogRatio(
          std::log(OptimumAt(AtBestRatio(one), options_.flops, rule_).size)));
    };
    const auto nearest = [&](const RatioLaw& one) {
      return NearestShape(
          options_.family, options_.fit.size,
          OptimumAt(AtBestRatio(one), options_.flops, rule_).size, ratio(one));
    };
    Add(bootstrap, "aspect_ratio", "best width / depth at N*", ratio);
    Add(bootstrap, "depth", "layers at N* and the best aspect ratio",
        [&](const RatioLaw& one) {
          return static_cast<double>(nearest(one).depth);
        });
    Add(bootstrap, "width", "d_model at N* and the best aspect ratio",
        [&](const RatioLaw& one) {
          return static_cast<double>(nearest(one).width);
        });
    return absl::OkStatus();
  }

 private:
  template <typename Fit, typename Figure>
  void Add(const Bootstrap<Fit>& bootstrap, const char* name,
           const char* meaning, const Figure& figure) {
    prediction_.figures.push_back(
        MakeFigure(bootstrap, options_.fit, name, meaning, figure));
  }

  template <typename Fit>
  void WarnOfFailures(const Bootstrap<Fit>& bootstrap) {
    prediction_.converged = bootstrap.fit.converged;
    if (!bootstrap.fit.converged) {
      prediction_.warnings.push_back("the fit is not converged: " +
                                     bootstrap.fit.problem);
    }
    isoshape::WarnOfFailures(prediction_.figures.front().estimate,
                             prediction_.warnings);
  }

  const PredictLawOptions& options_;
  const ComputeRule& rule_;
  LawPrediction& prediction_;
};

void WarnOfDistance(const std::pair<double, double>& range,
                    LawPrediction& prediction) {
  const double beyond = prediction.flops / range.second;
  if (beyond <= range.second / range.first) return;
  prediction.warnings.push_back(absl::StrFormat(
      "the compute is %.3g times that of the largest run, further than the "
      "runs themselves span (%.3g times): the law is assumed there, not seen",
      beyond, range.second / range.first));
}

// The predicted tokens are fresh ones; says what they are where they repeat.
absl::StatusOr<LawPrediction> WarnOfRepetition(const PowerSum& law,
                                               const ComputeOptimum& best,
                                               double corpus_tokens,
                                               LawPrediction prediction) {
  const auto repeated =
      PredictRepeated(law, best.size, best.tokens, corpus_tokens, {});
  if (!repeated.ok()) return repeated.status();
  if (repeated->epochs > 1) {
    prediction.warnings.push_back(absl::StrFormat(
        "%.4g tokens are %.3g times the corpus of %.4g: repeated, they are "
        "worth %.4g fresh ones, and the loss there is %.4f instead of %.4f "
        "(Muennighoff et al. 2023)",
        best.tokens, repeated->epochs, corpus_tokens,
        repeated->effective_tokens, repeated->loss, repeated->loss_if_fresh));
  }
  return prediction;
}

}  // namespace

absl::StatusOr<LawPrediction> PredictByLaw(const RunTable& table,
                                           const PredictLawOptions& options) {
  if (!(std::isfinite(options.flops) && options.flops > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "compute %g is not a finite number above 0", options.flops));
  }
  if (auto status = CheckRunTable(table); !status.ok()) return status;
  const LawOptions& fit = options.fit;
  if (fit.corpus_tokens && fit.law != Law::kParametric) {
    return absl::InvalidArgumentError(
        "a corpus counts for predictions by the law parametric only");
  }
  const auto sizes = Sizes(table, fit.size);
  if (!sizes.ok()) return sizes.status();
  if (auto status = CheckSizesAndTokensVary(table, *sizes); !status.ok()) {
    return status;
  }
  const auto rule = fit.constraint == ComputeConstraint::kSixNd
                        ? ComputeRule()
                        : FitComputeRule(table, *sizes);
  if (!rule.ok()) return rule.status();
  const auto resampling = ResamplingOf(table, fit);
  if (!resampling.ok()) return resampling.status();

  LawPrediction prediction;
  prediction.law = LawName(fit.law);
  prediction.flops = options.flops;
  prediction.level = fit.level;
  prediction.interval_method =
      BeginReport(table, fit, *resampling, "").interval_method;
  prediction.constraint =
      fit.constraint == ComputeConstraint::kSixNd
          ? "C = 6 N D"
          : absl::StrFormat("C = %.4g N^%.4f D, from the runs' FLOPs",
                            std::exp(rule->ln_coefficient), rule->exponent);
  const auto range = FlopsRange(table, *sizes);
  prediction.largest_flops = range.second;
  prediction.warnings = RunWarnings(table, *sizes);
  WarnOfDistance(range, prediction);
  Predictor predictor(options, *rule, prediction);

  if (fit.law == Law::kParametric) {
    const auto bootstrap = BootstrapPowerSum(
        ParametricData(fit.corpus_tokens
                           ? WithEffectiveTokens(table, *fit.corpus_tokens, {})
                           : table,
                       *sizes),
        {.loss = fit.loss, .fixed_e = fit.fixed_e}, *resampling, fit.execution);
    if (!bootstrap.ok()) return bootstrap.status();
    predictor.AddOptimum(*bootstrap, [](const PowerSum& law) { return law; });
    if (fit.corpus_tokens) {
      return WarnOfRepetition(
          bootstrap->fit.law,
          OptimumAt(bootstrap->fit.law, options.flops, *rule),
          *fit.corpus_tokens, std::move(prediction));
    }
    return prediction;
  }
  if (fit.law != Law::kShape) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the law %s predicts no loss; take parametric or shape",
                        prediction.law));
  }
  const ShapeLawOptions shape_options{.size = fit.size,
                                      .huber_delta = fit.loss.huber_delta,
                                      .level = fit.level};
  const auto comparison = CompareShapeLaws(table, shape_options);
  if (!comparison.ok()) return comparison.status();
  const Bootstrap<RatioLawFit> bootstrap =
      BootstrapRatioLaw(*comparison, *resampling, shape_options, fit.execution);
  predictor.AddOptimum(bootstrap, AtBestRatio);
  if (!JudgeShape(bootstrap, fit.level).shape_matters &&
      resampling->count() > 0) {
    prediction.warnings.push_back(
        "that shape matters at all is not shown: the interval of G holds 0; "
        "the aspect ratio is a guess");
  }
  if (auto status = predictor.AddShapes(bootstrap); !status.ok()) {
    return status;
  }
  return prediction;
}

}  // namespace isoshape
