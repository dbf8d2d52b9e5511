#ifndef ISOSHAPE_COMMON_ENDING_SIGNALS_H_
#define ISOSHAPE_COMMON_ENDING_SIGNALS_H_

#include <signal.h>

namespace isoshape {

// Blocks the signals by which people and batch queues ask a program to end, and
// returns them for sigwait: SIGINT, SIGTERM, SIGUSR1, SIGUSR2, and SIGHUP, if
// it was not started to outlive its terminal (nohup). Also has a pipe whose
// reader is gone fail the write (SIGPIPE). Call it before any thread starts.
sigset_t BlockEndingSignals();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_ENDING_SIGNALS_H_
