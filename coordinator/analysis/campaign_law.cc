#include "coordinator/analysis/campaign_law.h"

#include "common/status_macros.h"
#include "messages/law_proto.h"
#include "messages/prediction_proto.h"
#include "scaling/reports/fit_law.h"
#include "scaling/reports/isoflop_report.h"

namespace isoshape {
namespace {

// The isoFLOP fit of all results is that of their figures.
absl::StatusOr<LawReport> FitShared(const CampaignResults& results,
                                    const Runs& runs,
                                    const LawOptions& options) {
  if (options.law != Law::kIsoflop || options.max_budget > 0 ||
      runs.measure != results.runs.measure || options.weak_prior ||
      options.tie_exponents || !CheckLawOptions(options).ok()) {
    return FitLaw(runs, options);
  }
  const auto fit = results.memo->Isoflop(results.runs, options);
  if (!fit.ok()) return fit.status();
  ISOSHAPE_ASSIGN_OR_RETURN(const Resampling resampling,
                            ResamplingOf(results.runs, options));
  return ReportOf(results.runs, options, resampling, **fit);
}

}  // namespace

absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options, ToLawOptions(request));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Runs runs, WithSize(results.runs, ToSizeMeasure(request.size())));
  ISOSHAPE_ASSIGN_OR_RETURN(LawReport report,
                            FitShared(results, runs, options));
  report.warnings.insert(report.warnings.begin(), results.warnings.begin(),
                         results.warnings.end());
  v1::FitLawResponse response = ToProto(report);
  if (request.advise_flops() != 0) {
    ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                              RunsUpTo(runs, options.max_budget));
    ISOSHAPE_RETURN_IF_ERROR(AddAdvice(used, request.advise_flops(), response));
  }
  return response;
}

}  // namespace isoshape
