#include "coordinator/scheduler/pending_trials.h"

#include <algorithm>

#include "coordinator/scheduler/eligibility.h"

namespace isoshape {

PendingTrials::Need PendingTrials::NeedOf(const v1::Trial& trial) {
  return {LeastMemory(trial), !trial.branches().empty(), trial.variant()};
}

void PendingTrials::Add(int64_t number, const v1::Trial& trial) {
  const Key key = {trial.budget_flops(), number};
  all_.insert(key);
  by_worker_[trial.reserved_worker()][NeedOf(trial)].insert(key);
}

void PendingTrials::Remove(int64_t number, const v1::Trial& trial) {
  const Key key = {trial.budget_flops(), number};
  all_.erase(key);
  const auto of_worker = by_worker_.find(trial.reserved_worker());
  if (of_worker == by_worker_.end()) return;
  ByNeed& by_need = of_worker->second;
  const auto of_need = by_need.find(NeedOf(trial));
  if (of_need == by_need.end()) return;
  of_need->second.erase(key);
  if (of_need->second.empty()) by_need.erase(of_need);
  if (by_need.empty()) by_worker_.erase(of_worker);
}

std::optional<PendingTrials::Key> PendingTrials::FirstOf(
    const ByNeed& by_need,
    const std::function<Verdict(int64_t number)>& judge) {
  std::optional<Key> first;
  for (const auto& [need, keys] : by_need) {
    for (const Key& key : keys) {
      if (first.has_value() && *first < key) break;
      const Verdict verdict = judge(key.second);
      if (verdict == Verdict::kTake) first = key;
      if (verdict != Verdict::kSkip) break;
    }
  }
  return first;
}

std::optional<int64_t> PendingTrials::First(
    const std::string& worker,
    const std::function<Verdict(int64_t number)>& judge) const {
  for (const std::string& reserved : {worker, std::string()}) {
    const auto of_worker = by_worker_.find(reserved);
    if (of_worker == by_worker_.end()) continue;
    const std::optional<Key> first = FirstOf(of_worker->second, judge);
    if (first.has_value()) return first->second;
  }
  return std::nullopt;
}

std::vector<int64_t> PendingTrials::ReservedFor(
    const std::string& worker) const {
  std::vector<int64_t> numbers;
  if (!ReservesFor(worker)) return numbers;
  for (const auto& [need, keys] : by_worker_.at(worker)) {
    for (const Key& key : keys) numbers.push_back(key.second);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace isoshape
