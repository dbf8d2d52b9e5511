#ifndef ISOSHAPE_COORDINATOR_HTTP_TRANSPORT_H_
#define ISOSHAPE_COORDINATOR_HTTP_TRANSPORT_H_

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <string>
#include <utility>

namespace isoshape {

// The address of IPv4 that one of IPv6 stands for (RFC 4291, 2.5.5.2), as a
// socket of both families says it; others as they are.
boost::asio::ip::address PlainAddress(const boost::asio::ip::address& address);

// The bytes of a connection, as they are or under TLS: a stream for Beast and
// Asio either way. The time limits of tcp() hold for both.
class Transport {
 public:
  using Tcp = boost::beast::tcp_stream;
  using Tls = boost::asio::ssl::stream<Tcp&>;
  using executor_type = Tcp::executor_type;

  explicit Transport(boost::asio::ip::tcp::socket socket)
      : tcp_(std::move(socket)) {}

  executor_type get_executor() { return tcp_.get_executor(); }
  Tcp& tcp() { return tcp_; }
  Tcp::socket_type& socket() { return tcp_.socket(); }
  // Null as long as the bytes are as they are.
  Tls* tls() { return tls_.has_value() ? &*tls_ : nullptr; }
  // From here on what is read and written is under TLS, once its handshake has
  // been made.
  Tls& UseTls(boost::asio::ssl::context& context) {
    return tls_.emplace(tcp_, context);
  }

  // The subject of the certificate that the client showed and that was found
  // good, as RFC 2253 writes it; empty if it showed none.
  std::string PeerSubject();

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_.has_value()) {
      return tls_->async_read_some(buffers, std::forward<Token>(token));
    }
    return tcp_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_.has_value()) {
      return tls_->async_write_some(buffers, std::forward<Token>(token));
    }
    return tcp_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  Tcp tcp_;
  std::optional<Tls> tls_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_TRANSPORT_H_
