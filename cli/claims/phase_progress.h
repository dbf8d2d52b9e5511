#ifndef ISOSHAPE_CLI_CLAIMS_PHASE_PROGRESS_H_
#define ISOSHAPE_CLI_CLAIMS_PHASE_PROGRESS_H_

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/claims/claims_plan.h"
#include "cli/console/client.h"
#include "cli/local/local_processes.h"
#include "cli/output/progress.h"
#include "isoshape/v1/campaign.pb.h"
#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// How far campaigns are that are trained together, on a line of its own.
class PhaseProgress {
 public:
  // `flops` of runs that are not there yet.
  void Expect(double flops) { progress_.Expect(flops); }

  // Follows campaigns until all have ended, and says once why trials wait if no
  // worker can train them. CANCELLED if a signal came. `processes` are those of
  // this command, nullptr if others look after them: its own worker stays as it
  // is, so that what it cannot train is FAILED_PRECONDITION, in one line.
  absl::Status Follow(Client& client,
                      const std::vector<PlannedClaimCampaign>& campaigns,
                      LocalProcesses* processes);

  // What a look at a campaign told.
  void Look(const v1::Campaign& campaign, const std::vector<v1::Trial>& trials);
  // Why trials wait that nothing will train, if they do by the last looks:
  // FAILED_PRECONDITION if only the worker of this command could, else a line.
  absl::Status CheckWaiting(bool own_worker, absl::Time now);

 private:
  void Show(absl::Time now);

  CampaignProgress progress_;
  ProgressLine bar_{std::cerr};
  bool started_ = false;
  absl::Time printed_ = absl::InfinitePast();
  // By the name of the campaign, of one answer each: Campaign.waiting, and
  // whether trials of it were under way.
  std::map<std::string, std::string> waiting_;
  std::map<std::string, bool> under_way_;
  std::map<std::string, absl::Time> waiting_since_;
  std::map<std::string, std::string> told_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CLAIMS_PHASE_PROGRESS_H_
