#include "coordinator/analysis/cached_answer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "messages/json/proto_time.h"

namespace isoshape {

v1::DataBasis CampaignReading::Basis(const CampaignVersions& versions,
                                     const AnalysisQuestion& question) const {
  v1::DataBasis basis;
  const auto add = [&](const CampaignResults& more) {
    basis.set_trials(basis.trials() + more.trials);
    basis.set_points(basis.points() + static_cast<int>(more.runs.rows()));
  };
  if (question.of_all) {
    add(results);
    for (const auto& [name, more] : results.variants) add(*more);
  } else if (const auto of_variant = ChosenResults(results, question.choice);
             of_variant.ok()) {
    add(**of_variant);
    basis.set_variant((*of_variant)->variant);
  }
  basis.set_newer_trials(versions.NewerTrials(version));
  *basis.mutable_read_time() = ToProto(time);
  return basis;
}

v1::DataBasis CachedAnswer::Basis(const CampaignVersions& versions) const {
  v1::DataBasis basis = basis_;
  basis.set_newer_trials(versions.NewerTrials(version_));
  return basis;
}

bool CachedAnswer::CanGive(const CampaignVersions& versions,
                           bool newest_only) const {
  const int64_t newest = versions.newest().number;
  if (newest_only || !answer_.ok()) return version() >= newest;
  return version() >= versions.oldest_valid();
}

void CachedAnswer::Wait(AnalysisDone done, const CampaignVersions& versions,
                        bool newest_only, const void* asker) {
  // A valid answer that cannot be given is a stale error.
  const bool for_newest = newest_only || version() >= versions.oldest_valid();
  waiters_.push_back({.done = std::move(done),
                      .asker = asker,
                      .min_version = for_newest ? versions.newest().number
                                                : versions.oldest_valid(),
                      .waits_on_if_stale_error = !for_newest});
}

bool CachedAnswer::IsAwaitedAt(int64_t version) const {
  return std::any_of(
      waiters_.begin(), waiters_.end(),
      [&](const Waiter& waiter) { return waiter.min_version <= version; });
}

bool CachedAnswer::IsAwaitedAfter(int64_t version) const {
  return std::any_of(
      waiters_.begin(), waiters_.end(),
      [&](const Waiter& waiter) { return waiter.min_version > version; });
}

std::vector<AnalysisDone> CachedAnswer::Set(const AnalysisAnswer& answer,
                                            const CampaignReading& reading,
                                            const CampaignVersions& versions,
                                            const AnalysisQuestion& question) {
  answer_ = answer;
  version_ = reading.version;
  basis_ = reading.Basis(versions, question);
  const int64_t newest = versions.newest().number;
  if (!answer.ok() && version() < newest) {
    for (Waiter& waiter : waiters_) {
      if (!waiter.waits_on_if_stale_error || waiter.min_version > version()) {
        continue;
      }
      waiter.min_version = newest;
      waiter.waits_on_if_stale_error = false;
    }
  }
  return TakeWaiters(version());
}

std::vector<AnalysisDone> CachedAnswer::TakeWaiters(int64_t version) {
  const auto satisfied = std::stable_partition(
      waiters_.begin(), waiters_.end(),
      [&](const Waiter& waiter) { return waiter.min_version > version; });
  std::vector<AnalysisDone> taken;
  for (auto it = satisfied; it != waiters_.end(); ++it) {
    taken.push_back(std::move(it->done));
  }
  waiters_.erase(satisfied, waiters_.end());
  return taken;
}

std::vector<AnalysisDone> CachedAnswer::TakeAllWaiters() {
  return TakeWaiters(std::numeric_limits<int64_t>::max());
}

std::optional<AnalysisDone> CachedAnswer::TakeWaiterOf(const void* asker) {
  const auto it =
      std::find_if(waiters_.begin(), waiters_.end(),
                   [&](const Waiter& waiter) { return waiter.asker == asker; });
  if (it == waiters_.end()) return std::nullopt;
  AnalysisDone done = std::move(it->done);
  waiters_.erase(it);
  return done;
}

}  // namespace isoshape
