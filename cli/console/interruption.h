#ifndef ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_
#define ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_

#include <csignal>

#include "common/cancellation.h"

namespace isoshape {

// Catches SIGINT, SIGTERM and, unless it is ignored (nohup), SIGHUP for as long
// as it lives, so that a command can stop its processes or remove its files
// first. Calls of a Client end at once by them. One at a time.
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
  struct sigaction old_interrupt_ = {};
  struct sigaction old_terminate_ = {};
  struct sigaction old_hangup_ = {};
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_INTERRUPTION_H_
