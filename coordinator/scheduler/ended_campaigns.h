#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_ENDED_CAMPAIGNS_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_ENDED_CAMPAIGNS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/scheduler/campaign_state.h"

namespace isoshape {

// Which campaigns' trials stay in memory: those of every campaign that is not
// over, and of the others those that a verb needed last, as many as have
// `max_trials` together, and if that is not 0 the last of them in any case. The
// trials of the rest are in the store alone; what else is known of a campaign
// stays. Not thread-safe.
//
//   ended.NoteUse("campaigns/c1");     // whenever it changes, or is read
//   ended.LetGo(campaigns);            // once all changes are to be stored
class EndedCampaigns {
 public:
  explicit EndedCampaigns(size_t max_trials) : max_trials_(max_trials) {}

  void NoteUse(const std::string& campaign) { used_.push_back(campaign); }
  // Drops the trials of campaigns that are over until no more are held than
  // may be, those that were used longest ago first. Nothing of them may be
  // noted as changed that is not stored.
  void LetGo(std::map<std::string, CampaignState>& campaigns);

 private:
  struct Held {
    size_t trials = 0;
    int64_t last_use = 0;
  };

  void Forget(const std::string& campaign);

  const size_t max_trials_;
  std::vector<std::string> used_;  // since the last LetGo
  std::map<std::string, Held> held_;
  std::map<int64_t, std::string> by_use_;  // of held_, the oldest first
  size_t trials_ = 0;                      // of held_
  int64_t uses_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_ENDED_CAMPAIGNS_H_
