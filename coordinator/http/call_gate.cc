#include "coordinator/http/call_gate.h"

#include <new>
#include <utility>

#include "common/status/out_of_memory.h"

namespace isoshape {

// Guarded by the mutex of the gate's state.
struct CallGate::Turn {
  Call call;
  Left left;
  Line::iterator place_in_line{};
  bool waiting = false;
  bool cancelled = false;  // since it began
  Cancel cancel{};         // of the call, from when it has begun
};

CallGate::CallGate(int places) : state_(std::make_shared<State>()) {
  OutOfMemoryError().IgnoreError();  // so that it is there when it is needed
  absl::MutexLock lock(&state_->mutex);
  state_->free = places;
}

CallGate::Cancel CallGate::EnterCall(Call call, Left left) const {
  auto turn = std::make_shared<Turn>(
      Turn{.call = std::move(call), .left = std::move(left)});
  Cancel cancel = [state = state_, turn] { Leave(state, *turn); };
  {
    absl::MutexLock lock(&state_->mutex);
    if (state_->closed) return cancel;
    turn->place_in_line = state_->waiting.insert(state_->waiting.end(), turn);
    turn->waiting = true;
  }
  LetIn(state_);
  return cancel;
}

void CallGate::Leave(const std::shared_ptr<State>& state, Turn& turn) {
  Call call;  // what it holds does not go under the lock
  Left left;
  Cancel cancel;
  {
    absl::MutexLock lock(&state->mutex);
    if (turn.waiting) {
      turn.waiting = false;
      state->waiting.erase(turn.place_in_line);
      call.swap(turn.call);
      left.swap(turn.left);
    } else {
      turn.cancelled = true;
      cancel.swap(turn.cancel);
    }
  }
  if (left) left(absl::CancelledError("nobody waits for the answer"));
  if (cancel) cancel();
}

void CallGate::Close() {
  Line dropped;
  absl::MutexLock lock(&state_->mutex);
  state_->closed = true;
  dropped.swap(state_->waiting);
  for (const auto& turn : dropped) turn->waiting = false;
}

void CallGate::LetIn(const std::shared_ptr<State>& state) {
  {
    absl::MutexLock lock(&state->mutex);
    if (state->letting_in) return;  // that thread sees to it
    state->letting_in = true;
  }
  while (true) {
    std::shared_ptr<Turn> next;
    {
      absl::MutexLock lock(&state->mutex);
      if (state->waiting.empty() || state->free == 0) {
        state->letting_in = false;
        return;
      }
      next = std::move(state->waiting.front());
      state->waiting.pop_front();
      next->waiting = false;
      --state->free;
    }
    Begin(state, *next);
  }
}

// What frees a place cannot throw: it is called as a pointer goes.
void CallGate::Begin(const std::shared_ptr<State>& state, Turn& turn) {
  Call call;
  Left left;
  {
    absl::MutexLock lock(&state->mutex);
    call.swap(turn.call);
    left.swap(turn.left);
  }
  try {
    // Where there is no memory for the pointer, the place is free again.
    Cancel cancel = call(Place(state.get(), [state](const void*) {
      {
        absl::MutexLock lock(&state->mutex);
        ++state->free;
      }
      LetIn(state);
    }));
    absl::ReleasableMutexLock lock(&state->mutex);
    if (!turn.cancelled) {
      turn.cancel = std::move(cancel);
      return;
    }
    lock.Release();
    if (cancel) cancel();
  } catch (const std::bad_alloc&) {
    TellDespiteOutOfMemory(left, OutOfMemoryError());
  }
}

}  // namespace isoshape
