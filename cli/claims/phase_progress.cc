#include "cli/claims/phase_progress.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/local/follow.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

constexpr absl::Duration kPollInterval = absl::Seconds(1);
// Where no line can be drawn in place, one is printed so often.
constexpr absl::Duration kLineInterval = absl::Minutes(1);
// While nothing is under way, a worker may only be about to connect, or to try
// again what it gave back.
constexpr absl::Duration kMaxWaiting = absl::Minutes(2);

}  // namespace

absl::Status PhaseProgress::Follow(
    Client& client, const std::vector<PlannedClaimCampaign>& campaigns,
    LocalProcesses* processes) {
  std::set<std::string> names;
  for (const PlannedClaimCampaign& campaign : campaigns) {
    names.insert(MakeCampaignName(campaign.id));
  }
  const auto look = [this](const v1::Campaign& campaign,
                           const std::vector<v1::Trial>& trials) {
    Look(campaign, trials);
    return IsOver(campaign);
  };
  const auto after = [&] {
    const absl::Time now = absl::Now();
    Show(now);
    return CheckWaiting(processes != nullptr, now);
  };
  return FollowCampaigns(client, std::move(names),
                         {.processes = processes,
                          .interval = kPollInterval,
                          .look = look,
                          .after = after});
}

void PhaseProgress::Look(const v1::Campaign& campaign,
                         const std::vector<v1::Trial>& trials) {
  for (const v1::Trial& trial : trials) progress_.Update(trial);
  waiting_[campaign.name()] = campaign.waiting();
  under_way_[campaign.name()] = campaign.trial_counts().leased() > 0;
}

void PhaseProgress::Show(absl::Time now) {
  if (!started_) progress_.Start(now);
  started_ = true;
  if (ProgressLine::CanDraw()) {
    bar_.Draw(progress_.Line(now, ProgressLine::Columns()));
  } else if (now - printed_ >= kLineInterval) {
    printed_ = now;
    std::cerr << progress_.Line(now) << '\n' << std::flush;
  }
}

absl::Status PhaseProgress::CheckWaiting(bool own_worker, absl::Time now) {
  for (const auto& [name, why] : waiting_) {
    if (why.empty()) {
      waiting_since_.erase(name);
      continue;
    }
    const absl::Time since = waiting_since_.emplace(name, now).first->second;
    const std::string line = absl::StrCat(ShortName(name), ": ", why);
    // While trials of its own run, a campaign tells only what no time mends.
    if (own_worker && (under_way_[name] || now - since >= kMaxWaiting)) {
      return absl::FailedPreconditionError(absl::StrCat(
          line,
          ", and the worker of this command is the only one; leave them "
          "out, or name a coordinator that has such workers by --server"));
    }
    std::string& told = told_[name];
    if (!own_worker && told != line) {
      bar_.Clear();
      std::cerr << "isoshape: " << line << '\n' << std::flush;
      told = line;
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
