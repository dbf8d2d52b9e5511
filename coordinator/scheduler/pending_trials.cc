#include "coordinator/scheduler/pending_trials.h"

#include "coordinator/scheduler/eligibility.h"

namespace isoshape {

PendingTrials::Need PendingTrials::NeedOf(const v1::Trial& trial) {
  return {LeastMemory(trial), !trial.branches().empty(), trial.variant()};
}

void PendingTrials::Add(int64_t number, const v1::Trial& trial) {
  const Key key = {trial.budget_flops(), number};
  all_.insert(key);
  by_need_[NeedOf(trial)].insert(key);
}

void PendingTrials::Remove(int64_t number, const v1::Trial& trial) {
  const Key key = {trial.budget_flops(), number};
  all_.erase(key);
  const auto of_need = by_need_.find(NeedOf(trial));
  if (of_need == by_need_.end()) return;
  of_need->second.erase(key);
  if (of_need->second.empty()) by_need_.erase(of_need);
}

std::optional<int64_t> PendingTrials::First(
    const std::function<Verdict(int64_t number)>& judge) const {
  std::optional<Key> first;
  for (const auto& [need, keys] : by_need_) {
    for (const Key& key : keys) {
      if (first.has_value() && *first < key) break;
      const Verdict verdict = judge(key.second);
      if (verdict == Verdict::kTake) first = key;
      if (verdict != Verdict::kSkip) break;
    }
  }
  if (!first.has_value()) return std::nullopt;
  return first->second;
}

}  // namespace isoshape
