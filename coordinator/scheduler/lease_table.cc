#include "coordinator/scheduler/lease_table.h"

#include "messages/proto_time.h"

namespace isoshape {

void LeaseTable::Extend(absl::Time end, v1::Trial* trial) {
  Drop(trial);
  names_[{end, trial->fencing_token()}] = trial->name();
  ends_[trial->fencing_token()] = end;
  *trial->mutable_lease_expire_time() = ToProto(end);
}

void LeaseTable::Drop(v1::Trial* trial) {
  trial->clear_lease_expire_time();
  const auto held = ends_.find(trial->fencing_token());
  if (held == ends_.end()) return;
  names_.erase({held->second, held->first});
  ends_.erase(held);
}

std::optional<std::string> LeaseTable::TakeEnded(absl::Time now) {
  if (names_.empty() || NextDeadline() > now) return std::nullopt;
  const auto first = names_.begin();
  std::string name = std::move(first->second);
  ends_.erase(first->first.second);
  names_.erase(first);
  return name;
}

absl::Time LeaseTable::NextDeadline() const {
  return names_.empty() ? absl::InfiniteFuture() : names_.begin()->first.first;
}

}  // namespace isoshape
