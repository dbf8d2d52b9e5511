#include "worker/termination.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <ctime>

#include "common/text/time_text.h"
#include "common/threads/clock.h"

namespace isoshape {

void Termination::Await(Agent& agent, absl::Duration max_runtime) const {
  Clock* const clock = Clock::Real();
  const absl::Duration begin = clock->Elapsed();
  bool over = false;
  int taken = 0;
  while (!agent.WaitForEnd(absl::ZeroDuration())) {
    const timespec tick = {0, 50'000'000};
    const int number = sigtimedwait(&signals_, nullptr, &tick);
    if (number < 0) {
      if (taken == 0 && !over && clock->Elapsed() - begin >= max_runtime) {
        over = true;
        spdlog::info("{} are over (--max-runtime)",
                     WrittenDuration(max_runtime));
        agent.Drain();
      }
      continue;
    }
    if (++taken > 1) {
      if (number != SIGINT) continue;
      spdlog::warn("ended at once; leases run out by themselves");
      _exit(1);
    }
    agent.Drain();
  }
}

}  // namespace isoshape
