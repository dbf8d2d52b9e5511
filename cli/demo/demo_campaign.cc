#include "cli/demo/demo_campaign.h"

#include <cstdint>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/console/campaign_reads.h"
#include "common/files/hash.h"
#include "common/status/status_macros.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

std::string DemoDataset(const std::string& data_path) {
  return absl::StrCat("data-", absl::Hex(Fnv1a32(data_path), absl::kZeroPad8));
}

std::string DemoCampaignId(const DemoOptions& options) {
  v1::Campaign campaign = DemoCampaign(options);
  return absl::StrCat("demo-", absl::Hex(Fnv1a32(campaign.SerializeAsString()),
                                         absl::kZeroPad8));
}

v1::Campaign DemoCampaign(const DemoOptions& options) {
  v1::Campaign campaign;
  campaign.set_display_name("isoFLOP demo");
  campaign.set_dataset(DemoDataset(options.data));
  if (options.budgets.empty()) {
    for (const double budget : {1e11, 3e11, 9e11}) {
      campaign.add_budgets(budget);
    }
  } else {
    campaign.mutable_budgets()->Add(options.budgets.begin(),
                                    options.budgets.end());
  }
  campaign.set_seeds(1);
  v1::GridAlgorithm& grid = *campaign.mutable_algorithm()->mutable_grid();
  grid.set_sizes(6);
  grid.set_aspect_ratios(3);
  // With so few FLOPs, many small steps reach a lower loss than few large ones.
  campaign.mutable_recipe()->set_tokens_per_step(512);
  campaign.mutable_recipe()->set_batch_exponent(0.3);
  return campaign;
}

absl::StatusOr<v1::Campaign> EnsureCampaign(Client& client,
                                            const DemoOptions& options) {
  const std::string id = DemoCampaignId(options);
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = DemoCampaign(options);
  request.set_campaign_id(id);
  request.set_request_id(absl::StrCat("create-", id));
  return CreateOrGetCampaign(client, request);
}

absl::Status EnsureVerification(Client& client, const std::string& campaign,
                                const v1::PredictShapeResponse& prediction) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                            ListTrials(client, campaign));
  std::set<int64_t> seeds;
  for (const v1::Trial& trial : trials) {
    if (trial.purpose() == v1::Trial::VERIFICATION) seeds.insert(trial.seed());
  }
  for (int64_t seed = 0; seed < kVerificationSeeds; ++seed) {
    if (seeds.contains(seed)) continue;
    v1::CreateTrialRequest request;
    request.set_parent(campaign);
    v1::Trial& trial = *request.mutable_trial();
    *trial.mutable_shape() = prediction.shape();
    trial.set_budget_flops(prediction.target_flops());
    trial.set_seed(seed);
    trial.set_purpose(v1::Trial::VERIFICATION);
    request.set_request_id(absl::StrCat("verify-", campaign, "-", seed));
    ISOSHAPE_RETURN_IF_ERROR(
        client.Call(&Client::CampaignStub::CreateTrial, request).status());
  }
  return absl::OkStatus();
}

}  // namespace isoshape
