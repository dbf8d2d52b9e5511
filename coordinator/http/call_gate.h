#ifndef ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_
#define ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_

#include <functional>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Lets so many calls be under way at once, and the others wait in the order in
// which they came: for answers that take much memory while they are made, which
// nobody can tell before. Thread-safe. Calls that have begun may outlive it.
//
//   gate.EnterCall([](const CallGate::Place& place) { …until the last has let
//                                                     go of it }, …);
class CallGate {
 public:
  using Place = std::shared_ptr<const void>;  // lets the next one in as it goes
  using Cancel = std::function<void()>;
  using Call = std::function<Cancel(const Place&)>;
  using Left = std::function<void(const absl::Status&)>;

  explicit CallGate(int places);

  // Begins the call once, in its turn: now, or on a thread that lets go of a
  // place; never after Close. `call` returns what cancels it, and this returns
  // what does so at any time. Calls `left` instead, at once, with CANCELLED if
  // the call was cancelled while it waited; and with OutOfMemoryError if `call`
  // throws std::bad_alloc.
  Cancel EnterCall(Call call, Left left) const;

  // What waits is dropped, and nothing begins any more.
  void Close();

 private:
  struct Turn;
  using Line = std::list<std::shared_ptr<Turn>>;
  struct State {
    absl::Mutex mutex;
    int free ABSL_GUARDED_BY(mutex) = 0;
    bool closed ABSL_GUARDED_BY(mutex) = false;
    bool letting_in ABSL_GUARDED_BY(mutex) = false;  // on some thread
    Line waiting ABSL_GUARDED_BY(mutex);
  };

  // Begins those who wait, as long as there are places. One thread does so at a
  // time, as a loop: a call that ends as it begins would else begin the next
  // one within itself, and a thousand of these end the stack.
  static void LetIn(const std::shared_ptr<State>& state);
  static void Begin(const std::shared_ptr<State>& state, Turn& turn);
  static void Leave(const std::shared_ptr<State>& state, Turn& turn);

  const std::shared_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CALL_GATE_H_
