#include "coordinator/http/tls_files.h"

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/files/file_stamp.h"
#include "common/files/small_file.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

constexpr absl::Duration kLookInterval = absl::Seconds(1);

absl::Status Unusable(absl::string_view flag, absl::string_view path,
                      absl::string_view what, const ErrorCode& error) {
  return absl::InvalidArgumentError(absl::StrCat(
      flag, " ", Printable(path), " ", what, " (", error.message(), ")"));
}

// Nothing of a session is kept for the next one: what a client showed is looked
// at again, by the files as they are then.
void KeepNoSessions(ssl::context& context) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(native, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Make(Options options) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(options)));
  absl::MutexLock lock(&files->mutex_);
  files->state_ = files->State();
  ISOSHAPE_ASSIGN_OR_RETURN(files->context_, files->Read());
  return files;
}

std::string TlsFiles::State() const {
  return absl::StrCat(FileStamp(options_.cert), "\n", FileStamp(options_.key),
                      "\n", FileStamp(options_.client_ca));
}

absl::StatusOr<std::shared_ptr<ssl::context>> TlsFiles::Read() const {
  constexpr int64_t kMaxBytes = int64_t{16} << 20;
  for (const auto& [flag, path] :
       {std::pair<const char*, const std::string&>("--tls-cert", options_.cert),
        {"--tls-key", options_.key},
        {"--tls-client-ca", options_.client_ca}}) {
    if (path.empty()) continue;
    if (const absl::Status small = CheckSmallFile(path, kMaxBytes);
        !small.ok()) {
      return absl::Status(small.code(),
                          absl::StrCat(flag, ": ", small.message()));
    }
  }
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  KeepNoSessions(*context);
  ErrorCode error;
  // A key with a passphrase would have OpenSSL ask the terminal for it.
  if (context->set_password_callback(
          [](size_t, ssl::context::password_purpose) { return ""; }, error)) {
    return absl::InternalError(error.message());
  }
  if (context->use_certificate_chain_file(options_.cert, error)) {
    return Unusable("--tls-cert", options_.cert,
                    "holds no certificate in PEM that can be used", error);
  }
  if (context->use_private_key_file(options_.key, ssl::context::pem, error)) {
    return Unusable("--tls-key", options_.key,
                    absl::StrCat("holds no key in PEM, without a passphrase, "
                                 "of the certificate in ",
                                 Printable(options_.cert)),
                    error);
  }
  if (!asks_for_certificates()) return context;
  if (context->load_verify_file(options_.client_ca, error)) {
    return Unusable("--tls-client-ca", options_.client_ca,
                    "holds no certificates in PEM", error);
  }
  // Browsers offer the certificates that these names sign.
  SSL_CTX_set_client_CA_list(
      context->native_handle(),
      SSL_load_client_CA_file(options_.client_ca.c_str()));
  if (context->set_verify_mode(ssl::verify_peer, error)) {
    return absl::InternalError(error.message());
  }
  return context;
}

std::shared_ptr<ssl::context> TlsFiles::Context() {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = options_.clock->Elapsed();
  if (now < next_look_) return context_;
  next_look_ = now + kLookInterval;
  std::string state = State();
  if (state == state_) return context_;
  state_ = std::move(state);
  auto read = Read();
  if (read.ok()) {
    context_ = *std::move(read);
  } else if (options_.on_error) {
    options_.on_error(read.status());
  }
  return context_;
}

}  // namespace isoshape
