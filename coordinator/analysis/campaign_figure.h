#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_

#include "absl/status/statusor.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/figure.pb.h"
#include "isoshape/v1/figure_service.pb.h"

namespace isoshape {

// BuildFigure of a campaign's results, which share their fits with other
// questions about them. Errors of BuildFigure.
absl::StatusOr<v1::Figure> FigureOfResults(const CampaignResults& results,
                                           const v1::GetFigureRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_
