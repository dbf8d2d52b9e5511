#ifndef ISOSHAPE_ACCESS_ACCESS_POLICY_H_
#define ISOSHAPE_ACCESS_ACCESS_POLICY_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "access/role.h"
#include "access/token_file.h"
#include "common/threads/clock.h"

namespace isoshape {

// The one place that decides who may do what, for gRPC and for HTTP: by the
// tokens of a file, which is read again when it has changed, so that a token
// that is revoked is refused within a second. Thread-safe.
class AccessPolicy {
 public:
  struct Options {
    std::string tokens;  // ReadTokenFile
    Clock* clock = Clock::Real();
    // Called when the file has changed and was read again, or could be read at
    // last, or cannot be for another reason than before. If it could not be,
    // the tokens that were read before stay.
    std::function<void(const absl::Status&)> on_read{};
  };

  // Errors of ReadTokenFile; FAILED_PRECONDITION if it has no token.
  static absl::StatusOr<std::unique_ptr<AccessPolicy>> Make(Options options);

  // OK if who shows the token (empty: none) may do what takes that role;
  // UNAUTHENTICATED if the token is missing, unknown or expired;
  // PERMISSION_DENIED if its role is too small. `what` names the call.
  absl::Status Check(absl::string_view token, Role needed,
                     absl::string_view what);

  // The same Check later, as often as it is asked; must not outlive this.
  std::function<absl::Status()> Standing(absl::string_view token, Role needed,
                                         absl::string_view what);

  // The name of the token, which is no secret; empty if it is unknown.
  std::string NameOf(absl::string_view token);

 private:
  explicit AccessPolicy(Options options) : options_(std::move(options)) {}

  void Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The entry of that token; null if it is unknown.
  const TokenEntry* Find(absl::string_view token)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  std::vector<TokenEntry> entries_ ABSL_GUARDED_BY(mutex_);
  std::string state_ ABSL_GUARDED_BY(mutex_);     // FileStamp
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // to read it last
  absl::Duration next_look_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

// The token in `Bearer iso_…`, the value of an Authorization header; empty if
// it has another form.
absl::string_view BearerToken(absl::string_view authorization);

}  // namespace isoshape

#endif  // ISOSHAPE_ACCESS_ACCESS_POLICY_H_
