#ifndef ISOSHAPE_WORKER_TERMINATION_H_
#define ISOSHAPE_WORKER_TERMINATION_H_

#include <signal.h>

#include "absl/time/time.h"
#include "common/process/ending_signals.h"
#include "worker/agent.h"

namespace isoshape {

// The signals that end a worker (common/process/ending_signals.h): SIGINT,
// SIGTERM, SIGHUP, and SIGUSR1 and SIGUSR2, by which batch queues warn before
// they end a job. Make it before any thread, so that they come to Await alone.
class Termination {
 public:
  // Returns when the agent has ended. Drains it at the first signal, or after
  // `max_runtime`. A SIGINT after that, a person's second Ctrl-C, ends the
  // process at once. Others may come again without meaning more: Slurm sends
  // SIGTERM when a preemption begins and when its grace is over, and a shell
  // that waits for the worker passes on what the whole group has got.
  void Await(Agent& agent, absl::Duration max_runtime) const;

 private:
  const sigset_t signals_ = BlockEndingSignals();
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TERMINATION_H_
