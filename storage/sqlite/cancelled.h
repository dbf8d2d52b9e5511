#ifndef ISOSHAPE_STORAGE_SQLITE_CANCELLED_H_
#define ISOSHAPE_STORAGE_SQLITE_CANCELLED_H_

#include "absl/status/status.h"
#include "common/threads/cancellation.h"

namespace isoshape {

// CANCELLED if the computation of this thread is to end (Cancelled()).
inline absl::Status CheckNotCancelled() {
  if (!Cancelled()) return absl::OkStatus();
  return absl::CancelledError("stopped; nothing was changed");
}

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_CANCELLED_H_
