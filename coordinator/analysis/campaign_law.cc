#include "coordinator/analysis/campaign_law.h"

#include "common/status/status_macros.h"
#include "messages/analysis/law_proto.h"
#include "messages/analysis/prediction_proto.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {
absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options, ToLawOptions(request));
  const SizeMeasure measure =
      request.size() == v1::FitLawRequest::SIZE_UNSPECIFIED
          ? results.runs.measure
          : ToSizeMeasure(request.size());
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs runs, WithSize(results.runs, measure));
  ISOSHAPE_ASSIGN_OR_RETURN(LawReport report, FitLaw(runs, options));
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
