#include "common/process/ending_signals.h"

#include "absl/time/time.h"

namespace isoshape {

std::vector<int> EndingSignals() {
  std::vector<int> signals = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
  // A signal that is blocked comes to sigwait though it is ignored.
  struct sigaction hangup;
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 &&
      hangup.sa_handler != SIG_IGN) {
    signals.push_back(SIGHUP);
  }
  return signals;
}

sigset_t BlockEndingSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : EndingSignals()) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

EndingSignalWatch::EndingSignalWatch(const sigset_t& signals,
                                     Cancellation* computation)
    : thread_([this, signals, computation] {
        constexpr absl::Duration kInterval = absl::Milliseconds(50);
        do {
          sigset_t pending;
          sigpending(&pending);
          sigandset(&pending, &pending, &signals);
          if (sigisemptyset(&pending) == 0) return computation->Cancel();
        } while (!over_.WaitForNotificationWithTimeout(kInterval));
      }) {}

EndingSignalWatch::~EndingSignalWatch() {
  over_.Notify();
  thread_.join();
}

}  // namespace isoshape
