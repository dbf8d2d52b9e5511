#ifndef ISOSHAPE_CLI_DEMO_DEMO_SESSION_H_
#define ISOSHAPE_CLI_DEMO_DEMO_SESSION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"

namespace isoshape {

// The demo's calls to its coordinator. A call that finds the coordinator gone
// gets UNAVAILABLE; the demo starts it again and calls again. Not thread-safe.
class DemoSession {
 public:
  // `campaign_id` without the collection: `demo-0123abcd`.
  DemoSession(const std::string& address, const std::string& campaign_id);

  // Creates the campaign, or finds the one that an earlier call created.
  absl::StatusOr<v1::Campaign> EnsureCampaign(const v1::Campaign& campaign);
  absl::StatusOr<v1::Campaign> GetCampaign();
  // All trials by number.
  absl::StatusOr<std::vector<v1::Trial>> ListTrials();
  // Adds the verification trial of `seed`, or finds the one added earlier.
  absl::Status EnsureVerification(const v1::PredictShapeResponse& prediction,
                                  int64_t seed);

  absl::StatusOr<v1::ListBestShapesResponse> BestShapes();
  absl::StatusOr<v1::FitCampaignResponse> Fit();
  absl::StatusOr<v1::PredictShapeResponse> Predict();

  const std::string& campaign() const { return campaign_; }

 private:
  const std::string campaign_id_;
  const std::string campaign_;  // campaigns/{campaign_id}
  std::unique_ptr<v1::CampaignService::Stub> campaigns_;
  std::unique_ptr<v1::AnalysisService::Stub> analysis_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_DEMO_DEMO_SESSION_H_
