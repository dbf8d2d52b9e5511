#ifndef ISOSHAPE_COMMON_PROCESS_ERROR_RELAY_H_
#define ISOSHAPE_COMMON_PROCESS_ERROR_RELAY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/event.h"

namespace isoshape {

// Passes what a child writes to its standard error on to ours, unless it is to
// be quiet, and remembers the last line: of a program that ended by an
// exception it is the reason. Of a child that floods it kBytesASecond are
// passed on, and a line that says how much was left out. A thread of its own
// reads, so that a child that writes much never waits for who reads its
// standard output. Thread-safe.
class ErrorRelay {
 public:
  static constexpr size_t kBytesASecond = 64 << 10;

  // Takes the read end of the pipe, which it closes.
  explicit ErrorRelay(int pipe, bool quiet = false);
  // Returns at once, even if a process has the other end still open.
  ~ErrorRelay();
  ErrorRelay(const ErrorRelay&) = delete;
  ErrorRelay& operator=(const ErrorRelay&) = delete;

  // The last line that is not blank, or an empty text. Waits for the end of the
  // output, at most `patience`.
  std::string LastLine(absl::Duration patience);

 private:
  void Read();
  // Passes on what may be passed on now; the thread's only, as is TellLeftOut.
  void Relay(absl::string_view text);
  void TellLeftOut();

  const int pipe_;
  const bool quiet_;
  const int wake_;         // an eventfd: the relay is to end
  absl::Duration second_;  // when the present one began
  size_t relayed_ = 0;     // bytes in it
  uint64_t left_out_ = 0;  // bytes that nobody was told of yet
  absl::Mutex mutex_;
  std::string line_ ABSL_GUARDED_BY(mutex_);  // the one that is being written
  std::string last_ ABSL_GUARDED_BY(mutex_);  // the last that was complete
  Event ended_;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_ERROR_RELAY_H_
