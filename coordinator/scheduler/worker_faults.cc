#include "coordinator/scheduler/worker_faults.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

constexpr absl::Duration kFirstPause = absl::Minutes(1);
constexpr int kMaxDoublings = 6;  // a minute doubled six times is over an hour

// The pause after the n-th time, n from 0.
absl::Duration Pause(int n) {
  return std::min(kMaxPause,
                  kFirstPause * (1 << std::clamp(n, 0, kMaxDoublings)));
}

bool Lasts(const google::protobuf::Timestamp& until, absl::Time now) {
  const absl::Duration left = FromProto(until) - now;
  return left > absl::ZeroDuration() && left <= kMaxPause;
}

}  // namespace

bool IsSetAside(const v1::SetAside& faults, absl::Time now) {
  return faults.has_until() && Lasts(faults.until(), now);
}

const v1::SetAside* FaultsOf(const v1::Campaign& campaign,
                             absl::string_view worker) {
  const auto& all = campaign.set_aside();
  const auto it = std::find_if(
      all.begin(), all.end(),
      [&](const v1::SetAside& one) { return one.worker() == worker; });
  return it == all.end() ? nullptr : &*it;
}

absl::Time NoteFault(absl::string_view worker, absl::string_view reason,
                     bool certain, absl::Time now, v1::Campaign* campaign) {
  auto* all = campaign->mutable_set_aside();
  auto it = std::find_if(
      all->begin(), all->end(),
      [&](const v1::SetAside& one) { return one.worker() == worker; });
  v1::SetAside& faults = it == all->end() ? *all->Add() : *it;
  faults.set_worker(std::string(worker));
  faults.set_campaign(campaign->name());
  faults.set_reason(std::string(reason));
  faults.set_faults(certain ? std::max<int32_t>(kMaxFaults, faults.faults() + 1)
                            : faults.faults() + 1);
  if (faults.faults() < kMaxFaults) return now;
  const absl::Time until = now + Pause(faults.faults() - kMaxFaults);
  *faults.mutable_until() = ToProto(until);
  return until;
}

bool ForgiveFaults(absl::string_view worker, v1::Campaign* campaign) {
  const v1::SetAside* const faults = FaultsOf(*campaign, worker);
  if (faults == nullptr) return false;
  const bool aside = faults->has_until();
  auto* all = campaign->mutable_set_aside();
  all->erase(std::remove_if(all->begin(), all->end(),
                            [&](const v1::SetAside& one) {
                              return one.worker() == worker;
                            }),
             all->end());
  return aside;
}

absl::Time AvoidWorker(absl::string_view worker, absl::Time now, int times,
                       v1::Trial* trial) {
  auto* all = trial->mutable_avoided();
  auto it = std::find_if(
      all->begin(), all->end(),
      [&](const v1::Avoidance& one) { return one.worker() == worker; });
  v1::Avoidance& avoided = it == all->end() ? *all->Add() : *it;
  avoided.set_worker(std::string(worker));
  const absl::Time until = now + Pause(times - 1);
  *avoided.mutable_until() = ToProto(until);
  return until;
}

bool Avoids(const v1::Trial& trial, absl::string_view worker, absl::Time now) {
  return std::any_of(trial.avoided().begin(), trial.avoided().end(),
                     [&](const v1::Avoidance& one) {
                       return one.worker() == worker && Lasts(one.until(), now);
                     });
}

bool PauseEnds::MustBeginAnew(absl::Time now) {
  if (now >= dropped_) return false;
  ends_.clear();
  dropped_ = absl::InfinitePast();
  return true;
}

bool PauseEnds::TakeEnded(absl::Time now) {
  const absl::Time before = std::exchange(seen_, now);
  // Those in (after, until] have ended.
  const absl::Time after = now < before ? now + kMaxPause : before;
  const absl::Time until = now < before ? before + kMaxPause : now;
  const auto first = ends_.upper_bound(after);
  const bool ended = first != ends_.end() && *first <= until;
  const auto kept = ends_.upper_bound(now - kMaxPause);
  if (kept != ends_.begin()) {
    dropped_ = std::max(dropped_, *std::prev(kept));
    ends_.erase(ends_.begin(), kept);
  }
  return ended;
}

}  // namespace isoshape
