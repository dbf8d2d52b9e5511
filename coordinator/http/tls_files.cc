#include "coordinator/http/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/files/file_stamp.h"
#include "common/files/small_file.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
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

// Browsers offer the certificates that these names sign.
void OfferNames(const std::string& authorities, ssl::context& context) {
  BIO* const text =
      BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size()));
  while (X509* const one = PEM_read_bio_X509(text, nullptr, nullptr, nullptr)) {
    SSL_CTX_add_client_CA(context.native_handle(), one);
    X509_free(one);
  }
  ERR_clear_error();  // that there is no further one
  BIO_free(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Make(Options options) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(options)));
  absl::MutexLock lock(&files->mutex_);
  files->state_ = files->State();
  ISOSHAPE_RETURN_IF_ERROR(files->Read());
  return files;
}

std::string TlsFiles::State() const {
  return absl::StrCat(FileStamp(options_.cert), "\n", FileStamp(options_.key),
                      "\n", FileStamp(options_.client_ca));
}

absl::StatusOr<TlsFiles::Texts> TlsFiles::ReadTexts() const {
  constexpr int64_t kMaxBytes = int64_t{16} << 20;
  const auto read = [](absl::string_view flag,
                       const std::string& path) -> absl::StatusOr<std::string> {
    if (path.empty()) return std::string();
    auto text = ReadSmallFile(path, kMaxBytes);
    if (text.ok()) return text;
    return absl::Status(text.status().code(),
                        absl::StrCat(flag, ": ", text.status().message()));
  };
  Texts texts;
  ISOSHAPE_ASSIGN_OR_RETURN(texts.cert, read("--tls-cert", options_.cert));
  ISOSHAPE_ASSIGN_OR_RETURN(texts.key, read("--tls-key", options_.key));
  ISOSHAPE_ASSIGN_OR_RETURN(texts.client_ca,
                            read("--tls-client-ca", options_.client_ca));
  return texts;
}

absl::Status TlsFiles::Read() {
  ISOSHAPE_ASSIGN_OR_RETURN(Texts texts, ReadTexts());
  ISOSHAPE_ASSIGN_OR_RETURN(context_, MakeContext(texts));
  texts_ = std::move(texts);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<ssl::context>> TlsFiles::MakeContext(
    const Texts& texts) const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  KeepNoSessions(*context);
  ErrorCode error;
  // A key with a passphrase would have OpenSSL ask the terminal for it.
  if (context->set_password_callback(
          [](size_t, ssl::context::password_purpose) { return ""; }, error)) {
    return absl::InternalError(error.message());
  }
  if (context->use_certificate_chain(asio::buffer(texts.cert), error)) {
    return Unusable("--tls-cert", options_.cert,
                    "holds no certificate in PEM that can be used", error);
  }
  if (context->use_private_key(asio::buffer(texts.key), ssl::context::pem,
                               error)) {
    return Unusable("--tls-key", options_.key,
                    absl::StrCat("holds no key in PEM, without a passphrase, "
                                 "of the certificate in ",
                                 Printable(options_.cert)),
                    error);
  }
  if (!asks_for_certificates()) return context;
  if (context->add_certificate_authority(asio::buffer(texts.client_ca),
                                         error)) {
    return Unusable("--tls-client-ca", options_.client_ca,
                    "holds no certificates in PEM", error);
  }
  OfferNames(texts.client_ca, *context);
  if (context->set_verify_mode(ssl::verify_peer, error)) {
    return absl::InternalError(error.message());
  }
  return context;
}

void TlsFiles::Look() {
  const absl::Duration now = options_.clock->Elapsed();
  if (now < next_look_) return;
  next_look_ = now + kLookInterval;
  std::string state = State();
  const bool have_changed = state != state_;
  // What was wrong may be a folder's, or the machine's.
  if (!have_changed && !failed_) return;
  state_ = std::move(state);
  const absl::Status read = Read();
  failed_ = !read.ok();
  if (options_.on_read && (have_changed || read.ok())) options_.on_read(read);
}

std::shared_ptr<ssl::context> TlsFiles::Context() {
  absl::MutexLock lock(&mutex_);
  Look();
  return context_;
}

TlsFiles::Texts TlsFiles::Current() {
  absl::MutexLock lock(&mutex_);
  Look();
  return texts_;
}

}  // namespace isoshape
