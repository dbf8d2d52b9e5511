#include "coordinator/scheduler/ended_campaigns.h"

#include <utility>

namespace isoshape {

void EndedCampaigns::Forget(const std::string& campaign) {
  const auto it = held_.find(campaign);
  if (it == held_.end()) return;
  trials_ -= it->second.trials;
  by_use_.erase(it->second.last_use);
  held_.erase(it);
}

void EndedCampaigns::LetGo(std::map<std::string, CampaignState>& campaigns) {
  std::string before;
  for (const std::string& name : std::exchange(used_, {})) {
    if (std::exchange(before, name) == name) continue;
    Forget(name);
    const auto it = campaigns.find(name);
    if (it == campaigns.end() || !it->second.MayRest()) continue;
    const Held held = {.trials = it->second.trials.size(), .last_use = ++uses_};
    trials_ += held.trials;
    held_.emplace(name, held);
    by_use_.emplace(held.last_use, name);
  }
  // The last one may be larger than all that may be held, and is in use.
  while (trials_ > max_trials_ && (by_use_.size() > 1 || max_trials_ == 0)) {
    const std::string oldest = by_use_.begin()->second;
    campaigns.at(oldest).DropTrials();
    Forget(oldest);
  }
}

}  // namespace isoshape
