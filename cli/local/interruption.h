#ifndef ISOSHAPE_CLI_LOCAL_INTERRUPTION_H_
#define ISOSHAPE_CLI_LOCAL_INTERRUPTION_H_

#include <csignal>

namespace isoshape {

// Catches SIGINT and SIGTERM for as long as it lives, so that a command can
// stop its processes first. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // True if a signal has come since the newest was made.
  static bool Seen();

 private:
  struct sigaction old_interrupt_ = {};
  struct sigaction old_terminate_ = {};
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_LOCAL_INTERRUPTION_H_
