#ifndef ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_
#define ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_

#include <csignal>
#include <utility>
#include <vector>

#include "common/threads/cancellation.h"

namespace isoshape {

// Catches the signals that ask a program to end
// (common/process/ending_signals.h) for as long as it lives, so that a command
// can stop its processes or remove its files first. Calls of a Client end at
// once by them. One at a time.
class Interruption {
 public:
  // A signal also cancels `computation`, which outlives this, if it is given.
  explicit Interruption(Cancellation* computation = nullptr);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // True if a signal has come since the newest was made.
  static bool Seen();
  // Whether there is one; else a signal ends the process itself.
  static bool Installed();

 private:
  std::vector<std::pair<int, struct sigaction>> old_;  // by signal
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_
