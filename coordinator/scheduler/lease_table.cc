#include "coordinator/scheduler/lease_table.h"

#include <algorithm>

#include "messages/json/proto_time.h"

namespace isoshape {

bool LeaseTable::Extend(absl::Duration length, v1::Trial* trial) {
  const absl::Duration now = clock_->Elapsed();
  const auto [held, begun] = held_.try_emplace(
      trial->fencing_token(), Held{now, now + length, length, now + length});
  if (!begun) names_.erase({held->second.end, held->first});
  const absl::Duration end = std::max(held->second.end, now + length);
  held->second.end = end;
  held->second.length = length;
  names_[{end, trial->fencing_token()}] = trial->name();
  *trial->mutable_lease_expire_time() = ToProto(clock_->Now() + (end - now));
  if (!begun && end - held->second.told < length / 8) return false;
  held->second.told = end;
  return true;
}

void LeaseTable::ExtendAll(absl::Duration away) {
  const absl::Duration now = clock_->Elapsed();
  std::map<Key, std::string> names;
  for (auto& [key, name] : names_) {
    Held& held = held_.at(key.second);
    // What was missed is no time in which anybody trained, however long the
    // lease would have lasted.
    held.begin = std::min(now, held.begin + away);
    held.end = std::max(held.end, now + held.length);
    names[{held.end, key.second}] = std::move(name);
  }
  names_ = std::move(names);
}

void LeaseTable::Drop(v1::Trial* trial) {
  trial->clear_lease_expire_time();
  const auto held = held_.find(trial->fencing_token());
  if (held == held_.end()) return;
  names_.erase({held->second.end, held->first});
  held_.erase(held);
}

std::optional<std::string> LeaseTable::TakeEnded() {
  if (names_.empty() || NextDeadline() > clock_->Elapsed()) return std::nullopt;
  const auto first = names_.begin();
  std::string name = std::move(first->second);
  held_.erase(first->first.second);
  names_.erase(first);
  return name;
}

absl::Duration LeaseTable::NextDeadline() const {
  return names_.empty() ? absl::InfiniteDuration()
                        : names_.begin()->first.first;
}

absl::Duration LeaseTable::Age(const v1::Trial& trial) const {
  const auto held = held_.find(trial.fencing_token());
  return held == held_.end() ? absl::ZeroDuration()
                             : clock_->Elapsed() - held->second.begin;
}

}  // namespace isoshape
