#ifndef ISOSHAPE_CLI_CLAIMS_CLAIMS_PLAN_H_
#define ISOSHAPE_CLI_CLAIMS_CLAIMS_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "claims/judge.h"
#include "cli/console/client.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/claim.pb.h"

namespace isoshape {

// A campaign that claims ask for.
struct PlannedClaimCampaign {
  // `claim-LABEL-` and a hash of what it trains: the same for two claims that
  // ask for the same, and of a second call.
  std::string id;
  std::string label;
  double setting = 0;
  v1::Campaign campaign;
  // A claim that depends on the machine rests on it: its runs are measured one
  // at a time, with nothing beside them.
  bool alone = false;
};

// A claim at one scale.
struct PlannedClaim {
  v1::Claim claim;
  std::vector<PlannedClaimCampaign> campaigns;
};

// Returns what the claims that have a design of `scale` ask for; NOT_FOUND if
// none has one. `seeds` above 0 replaces that of the designs.
absl::StatusOr<std::vector<PlannedClaim>> PlanClaims(
    const std::vector<v1::Claim>& claims, const std::string& scale, int seeds);

// The campaigns of all claims, each once: what several share is trained once.
std::vector<PlannedClaimCampaign> CampaignsOf(
    const std::vector<PlannedClaim>& plan);

// FLOPs and number of the trials of a campaign whose shapes are listed.
struct PlannedRuns {
  double flops = 0;
  int trials = 0;
};
PlannedRuns CountRuns(const v1::Campaign& campaign);

// Creates the campaigns that are not there; one with fewer seeds than planned
// is extended, one that was paused goes on. Of each at most `max_seeds` seeds,
// if that is above 0.
absl::Status EnsureCampaigns(Client& client,
                             const std::vector<PlannedClaimCampaign>& campaigns,
                             int max_seeds = 0);

// Whether all of them can be created, as EnsureCampaigns would: its errors.
absl::Status CheckCampaigns(Client& client,
                            const std::vector<PlannedClaimCampaign>& campaigns);

// Pauses all campaigns that are not among these.
absl::Status PauseOthers(Client& client,
                         const std::vector<PlannedClaimCampaign>& campaigns);

// The campaigns and their trials as they are now; a campaign that does not
// exist has none.
absl::StatusOr<std::vector<ClaimRecord>> ReadRecords(
    Client& client, const std::vector<PlannedClaim>& plan);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_CLAIMS_PLAN_H_
