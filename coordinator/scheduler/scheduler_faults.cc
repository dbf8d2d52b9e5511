// Workers that are blamed, set aside, and given trials again.
#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"

namespace isoshape {

void Scheduler::BlameWorker(const TrialRef& ref, Loss loss, bool certain,
                            absl::string_view reason) {
  v1::Trial& trial = *ref.trial;
  CampaignState& state = *ref.campaign;
  const std::string worker = trial.worker();
  const absl::Time now = Now();
  const v1::SetAside* const faults = FaultsOf(state.campaign, worker);
  if (faults != nullptr && faults->has_until() && AnotherWorks(ref)) {
    // What a worker loses that loses everything says nothing of the trial.
    loss = Loss::kNone;
  }
  if (loss == Loss::kNone) trial.set_worker_faults(trial.worker_faults() + 1);
  const int times = trial.worker_faults() + trial.lost_trainers() +
                    (loss == Loss::kNone ? 0 : 1);
  pauses_.Add(AvoidWorker(worker, now, times, &trial));
  state.avoided.insert(TrialNumber(trial.name()));
  const absl::Time until =
      NoteFault(worker, reason, certain, now, &state.campaign);
  Requeue(ref, loss,
          loss == Loss::kNone
              ? absl::StrCat("given back by ", worker,
                             " by its own fault: ", reason)
              : absl::StrCat("its trainer was lost by ", worker, ": ", reason));
  if (until <= now) return;
  pauses_.Add(until);
  NoteCampaign(state, absl::StrCat(worker, " is set aside for ",
                                   absl::FormatDuration(until - now), " after ",
                                   FaultsOf(state.campaign, worker)->faults(),
                                   " faults in a row: ", reason));
}

bool Scheduler::AnotherWorks(const TrialRef& ref) {
  if (!ref.trial->reserved_worker().empty()) return false;
  const v1::Campaign& campaign = ref.campaign->campaign;
  const std::string& worker = ref.trial->worker();
  return std::any_of(workers_.begin(), workers_.end(), [&](const auto& entry) {
    const auto& [name, other] = entry;
    if (name == worker || !IsConnected(other, Now(), SilenceOf(name)) ||
        ObstacleToCampaign(other, campaign, Now()) != Obstacle::kNone) {
      return false;
    }
    const v1::SetAside* const faults = FaultsOf(campaign, name);
    return faults == nullptr || !faults->has_until();
  });
}

void Scheduler::Forgive(CampaignState& state, const std::string& worker,
                        absl::string_view why) {
  if (FaultsOf(state.campaign, worker) == nullptr) return;
  if (ForgiveFaults(worker, &state.campaign)) {
    NoteCampaign(state, absl::StrCat(worker, " is given trials again: ", why));
  } else {
    MarkChanged(state);
  }
}

void Scheduler::NoteData(const std::string& worker, const std::string& dataset,
                         const std::string& fingerprint) {
  const auto it = workers_.find(worker);
  if (it == workers_.end() || fingerprint.empty()) return;
  auto* all = it->second.mutable_data();
  auto known = std::find_if(
      all->begin(), all->end(),
      [&](const v1::DataContent& data) { return data.dataset() == dataset; });
  v1::DataContent& data = known == all->end() ? *all->Add() : *known;
  if (data.fingerprint() == fingerprint) return;
  data.set_dataset(dataset);
  data.set_fingerprint(OneLine(fingerprint));
  offers_.Add({.worker = worker});
  changes_.WorkerChanged(worker);
}

void Scheduler::EndPauses() {
  const absl::Time now = Now();
  if (pauses_.MustBeginAnew(now)) {
    for (const auto& [name, state] : campaigns_) {
      for (const v1::SetAside& faults : state.campaign.set_aside()) {
        if (faults.has_until()) pauses_.Add(FromProto(faults.until()));
      }
      for (const int64_t number : state.avoided) {
        for (const v1::Avoidance& avoided : state.Find(number)->avoided()) {
          pauses_.Add(FromProto(avoided.until()));
        }
      }
    }
  }
  if (pauses_.TakeEnded(now)) offers_.Add({});
}

void Scheduler::Readmit(CampaignState& state, const std::string& worker) {
  Forgive(state, worker, "by hand");
  for (auto it = state.avoided.begin(); it != state.avoided.end();) {
    const int64_t number = *it;
    auto* const workers = state.Find(number)->mutable_avoided();
    const auto end = std::remove_if(
        workers->begin(), workers->end(),
        [&](const v1::Avoidance& one) { return one.worker() == worker; });
    if (end != workers->end()) {
      workers->erase(end, workers->end());
      changes_.TrialChanged(state.campaign.name(), number);
    }
    it = workers->empty() ? state.avoided.erase(it) : std::next(it);
  }
}

}  // namespace isoshape
