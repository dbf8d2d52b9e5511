#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_POINTS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_POINTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "scaling/runs/point.h"
#include "scaling/runs/run_table.h"
#include "storage/store.h"

namespace isoshape {

// What an analysis rests on: the MeasuredPoints (messages/measured_points.h) of
// a campaign's trials of purpose SEARCH; in the two forms that analyses need,
// not as trials, of which there may be very many.
struct CampaignResults {
  v1::Campaign campaign;
  int trials = 0;                       // that have points
  std::vector<ScalingPoint> points;     // by trial, then budget
  RunTable runs;                        // the same points
  std::vector<v1::RankedShape> shapes;  // SummarizeShapes of them
  // What a reader must know: trials left out, data repeated.
  std::vector<std::string> warnings;
};

// INVALID_ARGUMENT where the name is not one; NOT_FOUND where the campaign is
// not there; FAILED_PRECONDITION where no trial remains.
absl::StatusOr<CampaignResults> ReadCampaignResults(Store& store,
                                                    const std::string& name);

// The points of each trial, in their order.
std::vector<ScalingPoint> ToScalingPoints(const std::vector<v1::Trial>& trials);

// A row for each point of each trial, in their order: all columns but `line`,
// and `run`, the trial, where one has several points.
RunTable ToRunTable(const std::vector<v1::Trial>& trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_POINTS_H_
