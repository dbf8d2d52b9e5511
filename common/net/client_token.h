#ifndef ISOSHAPE_COMMON_NET_CLIENT_TOKEN_H_
#define ISOSHAPE_COMMON_NET_CLIENT_TOKEN_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace isoshape {

// The token that a client shows, from ISOSHAPE_TOKEN or the file that
// ISOSHAPE_TOKEN_FILE names; of the file as it is now, so that one that was
// replaced is used within a second. Thread-safe.
class ClientToken {
 public:
  // What the environment says; empty if it says nothing. INVALID_ARGUMENT if
  // the file cannot be read or holds no token.
  static absl::StatusOr<std::string> Read();

  // The newest that could be read.
  std::string Get();

 private:
  absl::Mutex mutex_;
  std::string token_ ABSL_GUARDED_BY(mutex_);
  absl::Duration next_read_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_CLIENT_TOKEN_H_
