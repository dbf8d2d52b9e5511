#include "coordinator/scheduler/heartbeat_pace.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

int HeartbeatPace::MaxLevel() const {
  int level = 0;
  while (configured_ * std::ldexp(1, level) < 3 * kMaxInterval) ++level;
  return level;
}

absl::Duration HeartbeatPace::lease() const {
  const int level = std::max(of_leases_, of_waits_);
  if (level == 0) return configured_;
  return std::min(configured_ * std::ldexp(1, level),
                  std::max(configured_, 3 * kMaxInterval));
}

void HeartbeatPace::SetLeases(size_t leases) {
  const double bearable =
      kMaxPerSecond * absl::ToDoubleSeconds(configured_ / 3);
  const int max = MaxLevel();
  of_leases_ = 0;
  while (of_leases_ < max &&
         std::ldexp(bearable, of_leases_) < static_cast<double>(leases)) {
    ++of_leases_;
  }
}

void HeartbeatPace::NoteWait(absl::Duration wait) {
  const absl::Duration now = clock_->Elapsed();
  if (wait >= kLongWait / 4) waited_ = now;
  // All steps of a time in which nothing was asked.
  while (of_waits_ > 0 && now - waited_ >= kRest) {
    --of_waits_;
    waited_ += kRest;
  }
  const bool again = long_wait_;
  long_wait_ = wait >= kLongWait;
  if (long_wait_ && again && now - raised_ >= kStep) {
    // Above what leases alone make it, or else a step would change nothing.
    of_waits_ = std::min(std::max(of_leases_, of_waits_) + 1, MaxLevel());
    raised_ = now;
  }
}

void HeartbeatPace::Restore(absl::Duration longest_lease) {
  if (longest_lease <= configured_) return;
  ends_[longest_lease] = clock_->Elapsed() + longest_lease;
}

void HeartbeatPace::ExtendAll() {
  for (auto& [length, end] : ends_) end = clock_->Elapsed() + length;
}

absl::Duration HeartbeatPace::longest_lease() {
  const absl::Duration now = clock_->Elapsed();
  std::erase_if(ends_, [now](const auto& end) { return end.second <= now; });
  return ends_.empty() ? configured_
                       : std::max(configured_, ends_.rbegin()->first);
}

}  // namespace isoshape
