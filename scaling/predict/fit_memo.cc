#include "scaling/predict/fit_memo.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/laws/law_check.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {
namespace {

// Tells options apart by all that changes a fit. Who gives a resampling of his
// own, or a corpus, is not served from a memo.
std::string KeyOf(const char* what, const LawOptions& options,
                  double flops = 0) {
  return absl::StrFormat(
      "%s %d %d %.17g %d %.17g %d %d %d %d %d %.17g %d %d %.17g %.17g", what,
      options.law, options.rule, options.loss.huber_delta,
      options.loss.least_absolute, options.fixed_e.value_or(-1),
      options.tie_exponents, options.free_gamma, options.weak_prior,
      options.constraint, options.corpus_tokens.has_value(), options.max_budget,
      options.resamples, options.seed, options.level, flops);
}

}  // namespace

FitMemo::Made<IsoflopFit> FitMemo::Isoflop(const Runs& runs,
                                           const LawOptions& options) {
  const Scope scope(this);
  LawOptions plain = options;
  plain.law = Law::kIsoflop;
  return Once<IsoflopFit>(
      KeyOf("isoflop", plain), [&]() -> absl::StatusOr<IsoflopFit> {
        ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                                  ResamplingOf(runs, options));
        return FitIsoflop(runs, resampling,
                          {.rule = {.method = options.rule},
                           .level = options.level,
                           .seed = options.seed},
                          options.execution);
      });
}

FitMemo::Made<Bootstrap<EnvelopeFit>> FitMemo::Envelope(
    const Runs& runs, const LawOptions& options) {
  const Scope scope(this);
  LawOptions plain = options;
  plain.law = Law::kEnvelope;
  return Once<Bootstrap<EnvelopeFit>>(
      KeyOf("envelope", plain),
      [&]() -> absl::StatusOr<Bootstrap<EnvelopeFit>> {
        ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                                  ResamplingOf(runs, options));
        return BootstrapEnvelope(runs, resampling, options.execution);
      });
}

FitMemo::Made<LawReport> FitMemo::Report(const Runs& runs,
                                         const LawOptions& options) {
  const Scope scope(this);
  return Once<LawReport>(KeyOf("report", options),
                         [&] { return FitLaw(runs, options); });
}

FitMemo::Made<LawPrediction> FitMemo::ByLaw(const Runs& runs,
                                            const LawOptions& options,
                                            double flops) {
  const Scope scope(this);
  return Once<LawPrediction>(
      KeyOf("law", options, flops), [&]() -> absl::StatusOr<LawPrediction> {
        ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                                  RunsUpTo(runs, options.max_budget));
        return PredictByLaw(used,
                            {.fit = options, .allocation = {.flops = flops}});
      });
}

FitMemo::Made<LawPrediction> FitMemo::FromWellBelow(const Runs& runs,
                                                    const LawOptions& options) {
  const Scope scope(this);
  return Once<LawPrediction>(
      KeyOf("below", options), [&]() -> absl::StatusOr<LawPrediction> {
        const std::vector<bool> keep = WellBelowLargest(runs);
        const Runs below = SelectRows(runs, keep);
        if (below.rows() == 0) {
          return absl::FailedPreconditionError(
              "no run has a quarter of the largest compute or less; run "
              "smaller budgets");
        }
        return PredictByLaw(
            below, {.fit = options,
                    .allocation = {.flops = runs.FlopsRange().second}});
      });
}

}  // namespace isoshape
