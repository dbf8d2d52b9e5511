#include "coordinator/scheduler/campaign_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/planning/planner.h"
#include "messages/json/enum_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {

v1::Trial* CampaignState::Find(int64_t number) {
  return const_cast<v1::Trial*>(std::as_const(*this).Find(number));
}

const v1::Trial* CampaignState::Find(int64_t number) const {
  const bool known =
      number >= 1 && number <= static_cast<int64_t>(trials.size());
  return known ? &trials[static_cast<size_t>(number - 1)] : nullptr;
}

std::vector<int64_t> CampaignState::SameRuns(const v1::Trial& trial) const {
  std::vector<int64_t> same;
  for (const int64_t number : history.MayBeSameRun(trial)) {
    if (IsSameRun(*Find(number), trial)) same.push_back(number);
  }
  return same;
}

bool CampaignState::Leasable() const {
  return campaign.state() == v1::Campaign::RUNNING && !pending.empty();
}

bool CampaignState::AwaitsTrials() const {
  return IsLive(campaign) &&
         (plan_wanted || plan_under_way || !proposed.empty());
}

bool CampaignState::MayRest() const {
  const v1::TrialCounts& counts = campaign.trial_counts();
  return has_trials && IsOver(campaign) && counts.pending() == 0 &&
         counts.leased() == 0 && proposed.empty() && !plan_wanted &&
         !plan_under_way;
}

void CampaignState::DropTrials() {
  trials = {};
  history = {};
  avoided = {};
  imported = {};
  has_trials = false;
}

v1::Campaign CampaignState::AsPlanned() const {
  v1::Campaign planned = campaign;
  AddToTrialCount(v1::Trial::PENDING, static_cast<int32_t>(proposed.size()),
                  planned.mutable_trial_counts());
  return planned;
}

bool SetExpected(std::optional<double> flops, v1::Campaign& campaign) {
  if (flops.has_value() == campaign.has_expected_flops() &&
      flops.value_or(0) == campaign.expected_flops()) {
    return false;
  }
  campaign.clear_expected_flops();
  if (flops) campaign.set_expected_flops(*flops);
  return true;
}

int32_t TrialCount(const v1::TrialCounts& counts, v1::Trial::State state) {
  switch (state) {
    case v1::Trial::PENDING:
      return counts.pending();
    case v1::Trial::LEASED:
      return counts.leased();
    case v1::Trial::SUCCEEDED:
      return counts.succeeded();
    case v1::Trial::DIVERGED:
      return counts.diverged();
    case v1::Trial::STOPPED:
      return counts.stopped();
    case v1::Trial::FAILED:
      return counts.failed();
    case v1::Trial::CANCELLED:
      return counts.cancelled();
    default:
      return 0;
  }
}

void AddToTrialCount(v1::Trial::State state, int32_t difference,
                     v1::TrialCounts* counts) {
  const int32_t count = TrialCount(*counts, state) + difference;
  switch (state) {
    case v1::Trial::PENDING:
      return counts->set_pending(count);
    case v1::Trial::LEASED:
      return counts->set_leased(count);
    case v1::Trial::SUCCEEDED:
      return counts->set_succeeded(count);
    case v1::Trial::DIVERGED:
      return counts->set_diverged(count);
    case v1::Trial::STOPPED:
      return counts->set_stopped(count);
    case v1::Trial::FAILED:
      return counts->set_failed(count);
    case v1::Trial::CANCELLED:
      return counts->set_cancelled(count);
    default:
      return;
  }
}

absl::Status WrongState(const v1::Campaign& campaign, absl::string_view verb,
                        absl::string_view remedy) {
  return absl::FailedPreconditionError(absl::StrCat(
      "campaign ", campaign.name(), " is ", EnumName(campaign.state()),
      " and cannot be ", verb, "; ", remedy));
}

}  // namespace isoshape
