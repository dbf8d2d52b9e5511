#ifndef ISOSHAPE_COORDINATOR_HTTP_SHARED_ANSWERS_H_
#define ISOSHAPE_COORDINATOR_HTTP_SHARED_ANSWERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// Answers that are being made, each once for all who ask the same meanwhile:
// when a batch of events reaches fifty pages, all ask for one figure. Whoever
// asks is given an answer that was begun no earlier than he allows, so that
// nobody is told less than he knows. Thread-safe.
class SharedAnswers {
 public:
  struct Made {
    std::shared_ptr<const std::string> body;
    bool newest = true;    // whether it rests on all that was there
    int64_t sequence = 0;  // of the newest event when it was begun
  };
  using Done = std::function<void(const absl::StatusOr<Made>&)>;
  // Begins to make an answer, and calls the argument once, from any thread; the
  // returned function says that nobody waits for it any more.
  using Start = std::function<std::function<void()>(Done)>;

  SharedAnswers();

  // Calls `done` once with the answer of `key` that is being made, if it was
  // begun when the newest event was `at_least` or a later one; else with that
  // of `start`, which begins now, when the newest is `sequence`. The returned
  // function says that this asker waits no more; `start`'s is called when
  // nobody does.
  std::function<void()> Ask(const std::string& key, int64_t at_least,
                            int64_t sequence, Done done, const Start& start);

 private:
  struct State;
  // What waits may outlive this.
  const std::shared_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_SHARED_ANSWERS_H_
