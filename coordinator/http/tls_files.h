#ifndef ISOSHAPE_COORDINATOR_HTTP_TLS_FILES_H_
#define ISOSHAPE_COORDINATOR_HTTP_TLS_FILES_H_

#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// What a server shows and asks for when a connection of TLS is made, by files
// in PEM, which are looked at again once a second, so that a certificate that
// was renewed is shown without a restart. Thread-safe.
class TlsFiles {
 public:
  // What the files hold, in PEM.
  struct Texts {
    std::string cert;
    std::string key;
    std::string client_ca;
  };

  struct Options {
    std::string cert;       // with the certificates above it
    std::string key;        // its key
    std::string client_ca;  // that sign clients'; empty: none is asked for
    Clock* clock = Clock::Real();
    // Called when the files have changed and were read again. If they cannot be
    // used, what was read before stays.
    std::function<void(const absl::Status&)> on_read{};
  };

  // INVALID_ARGUMENT with the flag and the file if one holds nothing of the
  // kind, or if the key is another certificate's.
  static absl::StatusOr<std::unique_ptr<TlsFiles>> Make(Options options);

  // For the next connection: TLS 1.2 or 1.3. With `client_ca` a certificate is
  // asked for, and one that these do not sign ends the handshake; a client that
  // shows none is for the caller to refuse, so that probes are answered.
  std::shared_ptr<boost::asio::ssl::context> Context();

  // What Context rests on, after a look at the files.
  Texts Current();

  bool asks_for_certificates() const { return !options_.client_ca.empty(); }

 private:
  explicit TlsFiles(Options options) : options_(std::move(options)) {}

  std::string State() const;
  absl::StatusOr<Texts> ReadTexts() const;
  absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> MakeContext(
      const Texts& texts) const;
  absl::Status Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads the files again if they have changed, once a second at most.
  void Look() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  Texts texts_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<boost::asio::ssl::context> context_ ABSL_GUARDED_BY(mutex_);
  std::string state_ ABSL_GUARDED_BY(mutex_);    // of the files
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;  // to read them last
  absl::Duration next_look_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_TLS_FILES_H_
