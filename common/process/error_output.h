#ifndef ISOSHAPE_COMMON_PROCESS_ERROR_OUTPUT_H_
#define ISOSHAPE_COMMON_PROCESS_ERROR_OUTPUT_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/event.h"

namespace isoshape {

// Standard error, or another output, for a program that must go on whoever
// reads it: a pipe that is
// full, since its reader stands still, holds nobody up. What cannot be written
// at once is kept, up to kMaxKept bytes, and written by a thread when there is
// room; beyond that the oldest goes, and a line says how many lines did. As
// long as there is room, a text is written before Write returns. Thread-safe.
//
//   ErrorOutput::Get().Write("2026-11-28T03:36:42.273+01:00 info ready\n");
class ErrorOutput {
 public:
  static constexpr size_t kMaxKept = 1 << 20;

  // The one of this process, which lives as long as it does; at its end what
  // is kept gets half a second to be written.
  static ErrorOutput& Get();
  // Writes to `fd`, which must outlive it.
  explicit ErrorOutput(int fd) : fd_(fd) {}
  ~ErrorOutput();
  ErrorOutput(const ErrorOutput&) = delete;
  ErrorOutput& operator=(const ErrorOutput&) = delete;

  // Whole lines, as a rule: what is left out is left out by calls.
  void Write(absl::string_view text);
  // Waits until nothing is kept, at most `patience`; true if so.
  bool Flush(absl::Duration patience);

 private:
  // The thread's body: until nothing is kept.
  void KeepWriting();
  // Writes what is kept as far as there is room. False if there is none left.
  bool WriteKept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes without waiting; returns how many bytes, or -1 if nobody will ever
  // read them.
  ssize_t TryWrite(absl::string_view text)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Opens the file of fd_ anew, if it is another than before, so that it can be
  // made non-blocking for us alone: fd_ itself is shared with other processes.
  void Reopen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsEmpty() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return begun_.empty() && kept_.empty() && left_out_ == 0;
  }

  const int fd_;
  absl::Mutex mutex_;
  int own_ ABSL_GUARDED_BY(mutex_) = -1;  // non-blocking, or -1
  mode_t mode_ ABSL_GUARDED_BY(mutex_) = 0;
  dev_t device_ ABSL_GUARDED_BY(mutex_) = 0;
  ino_t inode_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string begun_ ABSL_GUARDED_BY(mutex_);  // the rest of one in writing
  std::deque<std::string> kept_ ABSL_GUARDED_BY(mutex_);
  size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;  // lines, not told of yet
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // the thread lives
  bool end_ ABSL_GUARDED_BY(mutex_) = false;
  TimedCondVar emptied_;  // the thread has ended: of IsEmpty
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_ERROR_OUTPUT_H_
