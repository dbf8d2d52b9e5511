// Trials that are read from the store: of every campaign that is not over when
// the scheduler is loaded, and of one that is over when a verb needs them.
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/token_check.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

constexpr char kDamaged[] = ": the database is damaged";

}  // namespace

absl::Status Scheduler::VisitStored(CampaignState& state,
                                    absl::FunctionRef<void(v1::Trial&)> visit) {
  const std::string& name = state.campaign.name();
  state.has_trials = true;
  Page<int64_t> page;
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        std::vector<v1::Trial> trials,
        options_.store->ListTrials(name, std::nullopt, page));
    if (trials.empty()) return absl::OkStatus();
    for (v1::Trial& loaded : trials) {
      const int64_t number = static_cast<int64_t>(state.trials.size()) + 1;
      page.after = number;
      if (loaded.name() != MakeTrialName(name, number)) {
        return absl::DataLossError(
            absl::StrCat("trial ", MakeTrialName(name, number), " is missing, ",
                         loaded.name(), " is in its place", kDamaged));
      }
      v1::Trial& trial = state.trials.emplace_back(std::move(loaded));
      state.history.Set(number, trial);
      if (!trial.avoided().empty()) state.avoided.insert(number);
      if (IsTrainedHere(trial)) {
        visit(trial);
      } else {
        state.imported.emplace(trial.source(), number);
      }
    }
  }
}

absl::Status Scheduler::LoadTrials(CampaignState& state) {
  state.campaign.clear_trial_counts();
  return VisitStored(state, [&](v1::Trial& trial) {
    AddToTrialCount(trial.state(), 1, state.campaign.mutable_trial_counts());
    if (trial.state() == v1::Trial::PENDING) {
      state.pending.Add(static_cast<int64_t>(state.trials.size()), trial);
      // Its lease ended since its worker was silent (Requeue).
      if (trial.fencing_token() != 0) {
        expired_[trial.name()] = trial.fencing_token();
      }
    } else if (trial.state() == v1::Trial::LEASED) {
      leases_.Extend(SilenceOf(trial.worker()), &trial);
      if (const auto it = workers_.find(trial.worker()); it != workers_.end()) {
        it->second.add_trials(trial.name());
      }
    }
  });
}

absl::Status Scheduler::ReadTrials(CampaignState& state) {
  if (state.has_trials && !IsOver(state.campaign)) return absl::OkStatus();
  ended_.NoteUse(state.campaign.name());
  if (state.has_trials) return absl::OkStatus();
  v1::TrialCounts counts;
  absl::Status status = VisitStored(state, [&](const v1::Trial& trial) {
    AddToTrialCount(trial.state(), 1, &counts);
  });
  const v1::TrialCounts& known = state.campaign.trial_counts();
  if (status.ok() && counts.SerializeAsString() != known.SerializeAsString()) {
    status = absl::DataLossError(absl::StrCat(
        state.campaign.name(), " has ", Counted(AllTrials(counts), "trial"),
        " where it should have ", AllTrials(known), ", or others", kDamaged));
  }
  if (!status.ok()) state.DropTrials();
  return status;
}

absl::StatusOr<Scheduler::TrialRef> Scheduler::FindTrial(
    const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  TrialRef ref;
  if (const auto it = campaigns_.find(parsed.campaign);
      it != campaigns_.end()) {
    ref.campaign = &it->second;
    ISOSHAPE_RETURN_IF_ERROR(ReadTrials(it->second));
    ref.trial = it->second.Find(parsed.number);
  }
  if (ref.trial == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no trial ", name));
  }
  return ref;
}

absl::StatusOr<Scheduler::TrialRef> Scheduler::FindLeased(
    const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(const TrialName parsed, ParseTrialName(name));
  const auto it = campaigns_.find(parsed.campaign);
  if (it == campaigns_.end() || it->second.has_trials) return FindTrial(name);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Trial trial,
                            options_.store->GetTrial(name));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckToken(trial, trial.worker(), trial.fencing_token()));
  return absl::DataLossError(absl::StrCat(
      "trial ", name, " is leased, and its campaign over", kDamaged));
}

}  // namespace isoshape
