#ifndef ISOSHAPE_COMMON_PROCESS_PIPE_SIGNAL_BLOCK_H_
#define ISOSHAPE_COMMON_PROCESS_PIPE_SIGNAL_BLOCK_H_

#include <csignal>
#include <ctime>

namespace isoshape {

// No SIGPIPE reaches this thread while it lives: a write to whatever
// reads no further fails instead.
class PipeSignalBlock {
 public:
  PipeSignalBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlock() {
    const timespec now = {};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlock(const PipeSignalBlock&) = delete;
  PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_PIPE_SIGNAL_BLOCK_H_
