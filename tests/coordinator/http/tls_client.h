#ifndef ISOSHAPE_TESTS_COORDINATOR_HTTP_TLS_CLIENT_H_
#define ISOSHAPE_TESTS_COORDINATOR_HTTP_TLS_CLIENT_H_

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// A client of TLS on loopback. Nothing waits longer than 30 s.
class TlsClient {
 public:
  struct Options {
    std::string ca = {};              // certificates that it trusts
    std::string cert = {}, key = {};  // its own, or none
    int newest = 0;                   // version that it speaks; 0: any
  };

  TlsClient(uint16_t port, const Options& options) {
    if (!options.ca.empty()) context_.load_verify_file(options.ca);
    context_.set_verify_mode(boost::asio::ssl::verify_peer);
    if (!options.cert.empty()) {
      context_.use_certificate_chain_file(options.cert);
      context_.use_private_key_file(options.key,
                                    boost::asio::ssl::context::pem);
    }
    if (options.newest != 0) {
      SSL_CTX* const native = context_.native_handle();
      SSL_CTX_set_min_proto_version(native, 0);
      SSL_CTX_set_max_proto_version(native, options.newest);
      // TLS 1.1 has no signatures that stronger levels take.
      SSL_CTX_set_security_level(native, 0);
    }
    stream_.emplace(io_, context_);
    auto& socket = stream_->next_layer();
    try {
      socket.connect({boost::asio::ip::address_v4::loopback(), port});
      const timeval limit = {30, 0};
      setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit,
                 sizeof(limit));
      stream_->handshake(boost::asio::ssl::stream_base::client);
    } catch (const boost::system::system_error& error) {
      error_ = error.code();
    }
  }

  // Whether the handshake was made and nothing failed since.
  bool ok() const { return !error_; }
  // `CN=localhost` of the server's certificate.
  std::string ServerSubject() {
    X509* const certificate =
        SSL_get1_peer_certificate(stream_->native_handle());
    std::array<char, 200> text = {};
    X509_NAME_oneline(X509_get_subject_name(certificate), text.data(),
                      static_cast<int>(text.size()));
    X509_free(certificate);
    return text.data();
  }
  void Send(absl::string_view text) {
    boost::asio::write(*stream_, boost::asio::buffer(text.data(), text.size()),
                       error_);
  }
  // Until the server ends, or the first that has come behind `end`.
  std::string ReadUntil(absl::string_view end = "") {
    std::string text;
    std::array<char, 4096> bytes;
    while (!error_ &&
           (end.empty() || text.find(std::string(end)) == std::string::npos)) {
      const size_t got = stream_->read_some(boost::asio::buffer(bytes), error_);
      text.append(bytes.data(), got);
    }
    return text;
  }
  // Says good-bye, as a client does that goes away.
  void Close() {
    SSL_shutdown(stream_->native_handle());
    boost::system::error_code ignored;
    ignored = stream_->next_layer().close(ignored);
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket>> stream_;
  boost::system::error_code error_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_HTTP_TLS_CLIENT_H_
