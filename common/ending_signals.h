#ifndef ISOSHAPE_COMMON_ENDING_SIGNALS_H_
#define ISOSHAPE_COMMON_ENDING_SIGNALS_H_

#include <signal.h>

#include <vector>

namespace isoshape {

// The signals by which people and batch queues ask a program to end: SIGINT,
// SIGTERM, SIGUSR1, SIGUSR2, and SIGHUP, if it was not started to outlive its
// terminal (nohup).
std::vector<int> EndingSignals();

// Blocks them, and returns them for sigwait. Also has a pipe whose reader is
// gone fail the write (SIGPIPE). Call it before any thread starts.
sigset_t BlockEndingSignals();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_ENDING_SIGNALS_H_
