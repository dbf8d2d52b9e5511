#include "cli/local/follow.h"

#include <iterator>

#include "absl/time/clock.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/interruption.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// Looks once at each of those that are open.
absl::Status LookAtAll(Client& client, const Following& how,
                       std::set<std::string>& open) {
  for (auto at = open.begin(); at != open.end();) {
    ISOSHAPE_ASSIGN_OR_RETURN(const v1::Campaign campaign,
                              GetCampaign(client, *at));
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Trial> trials,
                              ListTrials(client, *at));
    at = how.look(campaign, trials) ? open.erase(at) : std::next(at);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FollowCampaigns(Client& client, std::set<std::string> campaigns,
                             const Following& how) {
  while (!Interruption::Seen()) {
    if (how.processes != nullptr) {
      ISOSHAPE_RETURN_IF_ERROR(how.processes->Tend());
    }
    absl::Status looked = LookAtAll(client, how, campaigns);
    if (!looked.ok() && !absl::IsUnavailable(looked)) return looked;
    if (campaigns.empty()) return absl::OkStatus();
    if (looked.ok() && how.after) ISOSHAPE_RETURN_IF_ERROR(how.after());
    absl::SleepFor(how.interval);
  }
  return absl::CancelledError("interrupted");
}

}  // namespace isoshape
