#include "coordinator/services/changes/watch_places.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"

namespace isoshape {
namespace {

// When a stream that is refused is to come again.
constexpr absl::Duration kLater = absl::Seconds(10);

absl::Status TooMany(size_t taken, size_t own) {
  absl::Status refusal = absl::ResourceExhaustedError(absl::StrCat(
      "the coordinator has ", taken, " streams that watch, ", own,
      " of them yours, and no room for more of yours; end some, or watch all "
      "campaigns by one WatchChanges"));
  SetRetryAfter(kLater, refusal);
  return refusal;
}

}  // namespace

absl::StatusOr<WatchPlaces::Place> WatchPlaces::Take(const std::string& who) {
  {
    absl::MutexLock lock(&state_->mutex);
    const auto found = state_->of.find(who);
    const size_t own = found == state_->of.end() ? 0 : found->second;
    if (own >= state_->places - state_->taken) {
      return TooMany(state_->taken, own);
    }
    ++state_->taken;
    ++state_->of[who];
  }
  return Place(state_.get(), [state = state_, who](const void*) {
    absl::MutexLock lock(&state->mutex);
    --state->taken;
    const auto own = state->of.find(who);
    if (--own->second == 0) state->of.erase(own);
  });
}

}  // namespace isoshape
