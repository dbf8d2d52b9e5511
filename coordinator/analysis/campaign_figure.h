#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/analysis/campaign_results.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/figure.pb.h"
#include "isoshape/v1/figure_service.pb.h"

namespace isoshape {

// BuildFigure of a campaign's results, which share their fits with other
// questions about them. Errors of BuildFigure.
absl::StatusOr<v1::Figure> FigureOfResults(const CampaignResults& results,
                                           const v1::GetFigureRequest& request);

// PROGRESS, of all trials of a campaign, whether any has succeeded or not.
absl::StatusOr<v1::Figure> ProgressOfTrials(
    const v1::Campaign& campaign, const std::vector<v1::Trial>& trials,
    absl::Time now, const v1::GetFigureRequest& request);

// CURVES, of those that ListCurves gives.
absl::StatusOr<v1::Figure> FigureOfCurves(const v1::Campaign& campaign,
                                          const v1::ListCurvesResponse& curves,
                                          const v1::GetFigureRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_FIGURE_H_
