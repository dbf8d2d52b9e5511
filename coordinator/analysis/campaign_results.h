#ifndef ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_
#define ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"
#include "scaling/runs/runs.h"
#include "storage/store.h"

namespace isoshape {

// The data of an analysis: the MeasuredPoints (messages/measured_points.h) of a
// campaign's trials of purpose SEARCH. They are kept in the forms that analyses
// need and not as trials, because there may be very many of these.
struct CampaignResults {
  v1::Campaign campaign;
  int trials = 0;                       // that have points
  Runs runs;                            // ToRuns of them
  std::vector<v1::RankedShape> shapes;  // SummarizeShapes of them
  // Warnings for the reader: trials left out, data repeated.
  std::vector<std::string> warnings;
};

// INVALID_ARGUMENT if the name is malformed; NOT_FOUND if the campaign is not
// there; FAILED_PRECONDITION if no trial remains.
absl::StatusOr<CampaignResults> ReadCampaignResults(Store& store,
                                                    const std::string& name);

// A row for each point of each trial, by trial, then budget: all columns but
// `line` and `decode_seconds`, and `run`, the trial, if one has several points.
// Size is FLOPs per token / 6.
Runs ToRuns(const std::vector<v1::Trial>& trials);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_ANALYSIS_CAMPAIGN_RESULTS_H_
