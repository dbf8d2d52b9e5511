#include "cli/claims/phase_progress.h"

#include <algorithm>
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
    for (const v1::Trial& trial : trials) progress_.Update(trial);
    waiting_[campaign.name()] = campaign.waiting();
    under_way_[campaign.name()] =
        std::any_of(trials.begin(), trials.end(), [](const v1::Trial& trial) {
          return trial.state() == v1::Trial::LEASED;
        });
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

void PhaseProgress::Show(absl::Time now) {
  if (!started_) progress_.Start(now);
  started_ = true;
  if (ProgressLine::CanDraw()) {
    bar_.Draw(progress_.Line(now));
  } else if (now - printed_ >= kLineInterval) {
    printed_ = now;
    std::cerr << progress_.Line(now) << '\n' << std::flush;
  }
}

absl::Status PhaseProgress::CheckWaiting(bool own_worker, absl::Time now) {
  const auto waits =
      std::find_if(waiting_.begin(), waiting_.end(),
                   [](const auto& entry) { return !entry.second.empty(); });
  if (waits == waiting_.end()) {
    waiting_since_ = absl::InfiniteFuture();
    return absl::OkStatus();
  }
  waiting_since_ = std::min(waiting_since_, now);
  const std::string line =
      absl::StrCat(ShortName(waits->first), ": ", waits->second);
  // While others run, a campaign tells only what no time mends.
  const bool others_run =
      std::any_of(under_way_.begin(), under_way_.end(),
                  [](const auto& entry) { return entry.second; });
  if (own_worker && (others_run || now - waiting_since_ >= kMaxWaiting)) {
    return absl::FailedPreconditionError(absl::StrCat(
        line,
        ", and the worker of this command is the only one; leave them "
        "out, or name a coordinator that has such workers by --server"));
  }
  if (!own_worker && told_ != line) {
    bar_.Clear();
    std::cerr << "isoshape: " << line << '\n' << std::flush;
    told_ = line;
  }
  return absl::OkStatus();
}

}  // namespace isoshape
