#include "coordinator/freed_memory.h"

#ifndef ISOSHAPE_SANITIZED
#include <jemalloc/jemalloc.h>
#include <spdlog/spdlog.h>
#include <string.h>

#include <cstddef>

// Read by jemalloc before main. By default it keeps addresses for ever whose
// memory it gave back, so that a process with 'ulimit -v' runs out of these.
extern "C" {
const char* malloc_conf = "retain:false";
}
#endif

namespace isoshape {

void GiveBackFreedMemory() {
#ifndef ISOSHAPE_SANITIZED
  bool on = true;
  const int error =
      mallctl("background_thread", nullptr, nullptr, &on, sizeof(on));
  if (error == 0) return;
  spdlog::warn(
      "memory that is freed goes back to the system late: jemalloc has no "
      "thread for it ({})",
      strerrordesc_np(error));
#endif
}

}  // namespace isoshape
