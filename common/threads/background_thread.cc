#include "common/threads/background_thread.h"

#include <sys/resource.h>

namespace isoshape {

namespace {

// On Linux niceness is a thread's own. What is refused leaves it as it was.
void LowerTo(int niceness) {
  if (getpriority(PRIO_PROCESS, 0) < niceness) {
    setpriority(PRIO_PROCESS, 0, niceness);
  }
}

}  // namespace

void BecomeBackgroundThread() { LowerTo(10); }

void BecomePatientThread() { LowerTo(15); }

}  // namespace isoshape
