#ifndef ISOSHAPE_COORDINATOR_HTTP_CONNECTION_H_
#define ISOSHAPE_COORDINATOR_HTTP_CONNECTION_H_

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "coordinator/http/http_message.h"
#include "coordinator/http/http_server.h"
#include "coordinator/http/transport.h"

namespace isoshape {

// The parts of a server that its connections use. Used on its thread alone.
struct ConnectionHost {
  HttpServer::Options options;
  HttpServer::Handler handler;
  bool draining = false;
  size_t streams = 0;  // connections that carry one
  // A request of this address was begun and not finished.
  std::function<void(const std::string& address)> unfinished;
};

// One client's connection: its requests in their order, each checked, handed to
// the handler and answered. All of it runs on the server's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, ConnectionHost* host);

  // Serves until either side ends it.
  boost::asio::awaitable<void> Run();
  // Answers the first request with 503 and ends; under TLS ends at once, as an
  // answer would take a handshake.
  boost::asio::awaitable<void> Refuse();

  // Returns since when it has waited for a request; nothing if it is answering
  // one.
  std::optional<absl::Time> waiting_since() const { return waiting_since_; }
  // Closes it now.
  void Close();

 private:
  using Parser =
      boost::beast::http::request_parser<boost::beast::http::string_body>;
  struct Pending;

  // Makes the handshake of TLS. False if there is nobody to speak with.
  boost::asio::awaitable<bool> Secure();
  // A request, or nothing if the connection is to end.
  boost::asio::awaitable<std::optional<HttpRequest>> Read();
  // Answers a request of which not all was read, and ends the connection.
  boost::asio::awaitable<void> RefuseUnread(const HttpRequest& request,
                                            HttpResponse response);
  boost::asio::awaitable<HttpResponse> Answer(const HttpRequest& request);
  boost::asio::awaitable<bool> Write(const HttpRequest& request,
                                     HttpResponse response);
  boost::asio::awaitable<bool> WriteBody(boost::beast::http::fields fields,
                                         const HttpRequest& request,
                                         const HttpResponse& response);
  boost::asio::awaitable<void> WriteStream(boost::beast::http::fields fields,
                                           std::unique_ptr<HttpStream> stream);
  // Sends the end of what we say, and reads what the client still says, so that
  // the answer is not lost by a reset.
  boost::asio::awaitable<void> Linger();

  HttpRequest Head(const Parser& parser);

  ConnectionHost* const host_;
  Transport stream_;
  boost::beast::flat_buffer buffer_;
  std::string certificate_;  // HttpRequest::certificate
  std::string peer_;
  std::string local_ip_;
  bool loopback_ = false;
  bool keep_alive_ = true;
  unsigned version_ = 11;  // of the request being answered
  std::optional<absl::Time> waiting_since_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CONNECTION_H_
