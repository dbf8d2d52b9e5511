#ifndef ISOSHAPE_SCALING_PREDICT_LAW_PREDICTOR_H_
#define ISOSHAPE_SCALING_PREDICT_LAW_PREDICTOR_H_

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status_macros.h"
#include "scaling/allocation/allocation.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/predict/predict_law.h"
#include "scaling/reports/report_parts.h"
#include "scaling/statistics/bootstrap.h"
#include "scaling/statistics/draws.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// What predictions by laws with a bootstrap need: the runs, the options and
// what was derived from both.
struct Basis {
  const Runs& runs;
  const PredictLawOptions& options;
  const Allocation& allocation;
  const Resampling& resampling;
};

// Fills in the figures of a prediction by a law that is fitted to every
// resample.
class LawPredictor {
 public:
  LawPredictor(const Basis& basis, LawPrediction& prediction)
      : options_(basis.options),
        allocation_(basis.allocation),
        prediction_(prediction) {}

  // `law_of` maps a law of the bootstrap to one of size and tokens, and
  // `log_loss_of` to its ln loss at ln size and ln tokens in the question's own
  // place (null: that of `law_of`).
  template <typename Fit, typename LawOf, typename LogLossOfLaw>
  void AddOptimum(const Bootstrap<Fit>& bootstrap, const LawOf& law_of,
                  const LogLossOfLaw& log_loss_of) {
    const auto allocate = [&](const std::vector<Fit>& fits) {
      std::vector<AllocatedFit> allocated(fits.size());
      ForEachDraw(fits.size(), [&](size_t i) {
        if (!fits[i].converged) return;
        allocated[i] = {.law = Allocate(law_of(fits[i].law), allocation_,
                                        log_loss_of(fits[i].law)),
                        .converged = true};
      });
      return allocated;
    };
    const auto& fit = bootstrap.fit;
    AddFigures({.fit = {.law = Allocate(law_of(fit.law), allocation_,
                                        log_loss_of(fit.law)),
                        .converged = fit.converged},
                .resamples = allocate(bootstrap.resamples),
                .jackknife = allocate(bootstrap.jackknife)});
    for (LawFigure& figure : prediction_.figures) {
      double Allocated::*const part = PartOf(figure.name);
      if (part == nullptr) continue;
      JudgeByPriorOf(
          fit, options_.fit,
          [&](const auto& one) {
            return Allocate(law_of(one), allocation_, log_loss_of(one)).*part;
          },
          figure);
    }
    const PowerSum law = law_of(fit.law);
    prediction_.floor = law.e;
    prediction_.best_size = [law, corpus = allocation_.corpus_tokens,
                             rule = allocation_.rule](double flops) {
      if (!corpus) return OptimumAt(law, flops, rule).size;
      return Allocate(law,
                      {.rule = rule, .flops = flops, .corpus_tokens = corpus})
          .size;
    };
    prediction_.log_loss_at_best = [law, corpus = allocation_.corpus_tokens](
                                       double ln_size, double ln_tokens) {
      return LogLossOn(corpus, law, ln_size, ln_tokens);
    };
    prediction_.compute_exponent = DecayExponent(law, allocation_.rule);
    if (allocation_.target_loss) {
      prediction_.allocation.flops =
          prediction_.Figure("compute").estimate.value;
      prediction_.allocation.target_loss.reset();
      prediction_.allocation.max_serve_flops.reset();
    }
    prediction_.converged = fit.converged;
    if (!fit.converged) {
      prediction_.warnings.push_back("the fit is not converged: " +
                                     fit.problem);
    }
    WarnOfFailures(prediction_.Figure("loss").estimate, prediction_.warnings);
  }

  // The best aspect ratio, depth and width, and the runners-up.
  absl::Status AddShapes(const Bootstrap<RatioLawFit>& bootstrap);

 private:
  struct AllocatedFit {
    Allocated law;
    bool converged = false;
  };
  void AddFigures(const Bootstrap<AllocatedFit>& bootstrap);
  // What the figure of that name is of, if it rests on the law.
  double Allocated::*PartOf(const std::string& name) const;

  const PredictLawOptions& options_;
  const Allocation& allocation_;
  LawPrediction& prediction_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_LAW_PREDICTOR_H_
