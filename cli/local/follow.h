#ifndef ISOSHAPE_CLI_LOCAL_FOLLOW_H_
#define ISOSHAPE_CLI_LOCAL_FOLLOW_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/console/client.h"
#include "cli/local/local_processes.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// How campaigns are followed.
struct Following {
  // Kept running meanwhile; nullptr: others look after the processes.
  LocalProcesses* processes = nullptr;
  absl::Duration interval = absl::Seconds(1);
  // Gets a campaign with all its trials, anew each time; true: it needs no
  // more looks.
  std::function<bool(const v1::Campaign&, const std::vector<v1::Trial>&)> look;
  // After a look at all, if some need more; an error ends it. May be left out.
  std::function<absl::Status()> after = {};
};

// Looks at the campaigns (`campaigns/c1`) again and again, until none needs
// more. A coordinator that is not there is waited for. CANCELLED if a signal
// came (interruption.h).
absl::Status FollowCampaigns(Client& client, std::set<std::string> campaigns,
                             const Following& how);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_LOCAL_FOLLOW_H_
