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
  if (wait >= kLongWait && now - raised_ >= kStep) {
    // From where leases alone have it, else a step would change nothing.
    of_waits_ = std::min(std::max(of_leases_, of_waits_) + 1, MaxLevel());
    raised_ = now;
  } else if (of_waits_ > 0 && now - waited_ >= kRest) {
    --of_waits_;
    waited_ = now;
  }
}

void HeartbeatPace::Restore(absl::Duration longest_lease) {
  if (longest_lease <= longest_) return;
  longest_ = longest_lease;
  longest_until_ = clock_->Elapsed() + longest_lease;
}

absl::Duration HeartbeatPace::longest_lease() {
  const absl::Duration now = clock_->Elapsed();
  if (lease() >= longest_) {
    longest_ = lease();
    longest_until_ = now + longest_;
  } else if (now >= longest_until_) {
    longest_ = lease();
  }
  return longest_;
}

}  // namespace isoshape
