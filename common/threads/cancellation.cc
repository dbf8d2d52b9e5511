#include "common/threads/cancellation.h"

namespace isoshape {

Cancellation::Cancellation(absl::Duration limit, Clock* clock)
    : clock_(clock), end_(clock->Elapsed() + limit) {}

bool Cancellation::PastLimit() const {
  return end_ != absl::InfiniteDuration() && clock_->Elapsed() >= end_;
}

bool Cancelled() {
  const Cancellation* const cancellation = Cancellation::Scope::Current();
  return cancellation != nullptr && cancellation->cancelled();
}

}  // namespace isoshape
