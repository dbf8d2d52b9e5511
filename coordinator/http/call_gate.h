#ifndef ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_
#define ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_

#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Lets so many pieces of work be under way at once, and the others wait in the
// order in which they came: for answers that take much memory while they are
// made, which nobody can tell before. Thread-safe. Work that has begun may
// outlive it.
//
//   gate.Enter([](CallGate::Place place) { …until the last has let go of it });
class CallGate {
 public:
  using Place = std::shared_ptr<const void>;  // lets the next one in as it goes
  using Begin = std::function<void(Place)>;

  explicit CallGate(int places);

  // Calls `begin` once: now, or on the thread that lets go of a place; never
  // after Close.
  void Enter(Begin begin) const;

  // Begins a call that can be cancelled, in its turn, or calls `left` if it was
  // cancelled before. `call` returns what cancels it, and this returns what
  // does so at any time.
  using Cancel = std::function<void()>;
  Cancel EnterCall(std::function<Cancel(const Place&)> call,
                   std::function<void()> left) const;

  // What waits is dropped, and nothing begins any more.
  void Close();

 private:
  struct State {
    absl::Mutex mutex;
    int free ABSL_GUARDED_BY(mutex) = 0;
    bool closed ABSL_GUARDED_BY(mutex) = false;
    std::deque<Begin> waiting ABSL_GUARDED_BY(mutex);
  };
  static void BeginWithPlace(const std::shared_ptr<State>& state,
                             const Begin& begin);
  static void LetGo(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_
