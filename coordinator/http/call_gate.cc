#include "coordinator/http/call_gate.h"

#include <utility>

namespace isoshape {

CallGate::CallGate(int places) : state_(std::make_shared<State>()) {
  absl::MutexLock lock(&state_->mutex);
  state_->free = places;
}

void CallGate::Enter(Begin begin) const {
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) return;
    if (state_->free == 0) {
      state_->waiting.push_back(std::move(begin));
      return;
    }
    --state_->free;
  }
  BeginWithPlace(state_, begin);
}

CallGate::Cancel CallGate::EnterCall(std::function<Cancel(const Place&)> call,
                                     std::function<void()> left) const {
  struct Turn {
    absl::Mutex mutex;
    bool left ABSL_GUARDED_BY(mutex) = false;
    Cancel cancel ABSL_GUARDED_BY(mutex);
  };
  auto turn = std::make_shared<Turn>();
  Enter([turn, call = std::move(call),
         left = std::move(left)](const Place& place) {
    {
      absl::MutexLock lock(&turn->mutex);
      if (!turn->left) {
        turn->cancel = call(place);
        return;
      }
    }
    left();
  });
  return [turn] {
    Cancel cancel;
    {
      absl::MutexLock lock(&turn->mutex);
      turn->left = true;
      cancel.swap(turn->cancel);
    }
    if (cancel) cancel();
  };
}

void CallGate::Close() {
  std::deque<Begin> dropped;
  absl::MutexLock lock(&state_->mutex);
  state_->closed = true;
  dropped.swap(state_->waiting);
}

void CallGate::BeginWithPlace(const std::shared_ptr<State>& state,
                              const Begin& begin) {
  begin(Place(state.get(), [state](const void*) { LetGo(state); }));
}

void CallGate::LetGo(const std::shared_ptr<State>& state) {
  Begin next;
  {
    absl::MutexLock lock(&state->mutex);
    if (state->waiting.empty()) {
      ++state->free;
      return;
    }
    next = std::move(state->waiting.front());
    state->waiting.pop_front();
  }
  BeginWithPlace(state, next);
}

}  // namespace isoshape
