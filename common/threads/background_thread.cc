#include "common/threads/background_thread.h"

#include <sys/resource.h>

namespace isoshape {

void BecomeBackgroundThread() {
  // On Linux niceness is a thread's own. What is refused leaves it as it was.
  constexpr int kNiceness = 10;
  if (getpriority(PRIO_PROCESS, 0) < kNiceness) {
    setpriority(PRIO_PROCESS, 0, kNiceness);
  }
}

}  // namespace isoshape
