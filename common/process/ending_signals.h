#ifndef ISOSHAPE_COMMON_PROCESS_ENDING_SIGNALS_H_
#define ISOSHAPE_COMMON_PROCESS_ENDING_SIGNALS_H_

#include <signal.h>

#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/threads/cancellation.h"

namespace isoshape {

// The signals by which people and batch queues ask a program to end: SIGINT,
// SIGTERM, SIGUSR1, SIGUSR2, and SIGHUP, if it was not started to outlive its
// terminal (nohup).
std::vector<int> EndingSignals();

// Blocks them, and returns them for sigwait. Also has a pipe whose reader is
// gone fail the write (SIGPIPE). Call it before any thread starts.
sigset_t BlockEndingSignals();

// While it lives, a signal of the set that has come cancels the computation. It
// stays for the sigwait that follows.
class EndingSignalWatch {
 public:
  // Borrows the computation. The signals must be blocked.
  EndingSignalWatch(const sigset_t& signals, Cancellation* computation);
  ~EndingSignalWatch();
  EndingSignalWatch(const EndingSignalWatch&) = delete;
  EndingSignalWatch& operator=(const EndingSignalWatch&) = delete;

 private:
  absl::Notification over_;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_ENDING_SIGNALS_H_
