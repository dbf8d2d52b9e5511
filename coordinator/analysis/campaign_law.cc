#include "coordinator/analysis/campaign_law.h"

#include "common/status_macros.h"
#include "messages/law_proto.h"
#include "scaling/reports/fit_law.h"

namespace isoshape {

absl::StatusOr<v1::FitLawResponse> FitLawOfResults(
    const CampaignResults& results, const v1::FitLawRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options, ToLawOptions(request));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Runs runs, WithSize(results.runs, ToSizeMeasure(request.size())));
  ISOSHAPE_ASSIGN_OR_RETURN(LawReport report, FitLaw(runs, options));
  report.warnings.insert(report.warnings.begin(), results.warnings.begin(),
                         results.warnings.end());
  return ToProto(report);
}

}  // namespace isoshape
