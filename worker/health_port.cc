#include "worker/health_port.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/net/host_port.h"
#include "common/status/await_error.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// For a request, or until the next one; and for an answer to be taken.
constexpr std::chrono::seconds kPatience(5);
constexpr int kHeadBytes = 8 << 10;
constexpr int kConnections = 32;  // those beyond are closed at once

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response Answer(const Request& request,
                const std::function<absl::Status()>& ready) {
  Response response(http::status::ok, request.version());
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(request.keep_alive());
  const auto say = [&](http::status status, std::string body) {
    response.result(status);
    response.body() = std::move(body);
  };
  if (request.method() != http::verb::get &&
      request.method() != http::verb::head) {
    response.set(http::field::allow, "GET, HEAD");
    say(http::status::method_not_allowed, "send GET\n");
  } else if (request.target() == "/healthz") {
    say(http::status::ok, "live\n");
  } else if (request.target() == "/readyz") {
    const absl::Status status = ready();
    say(status.ok() ? http::status::ok : http::status::service_unavailable,
        status.ok() ? "ready\n"
                    : absl::StrCat(OneLine(status.message()), "\n"));
  } else {
    say(http::status::not_found,
        "a worker has /healthz and /readyz and nothing else\n");
  }
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

}  // namespace

class HealthPort::Server {
 public:
  Server(std::function<absl::Status()> ready) : ready_(std::move(ready)) {}
  ~Server() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // Binds and starts the thread. Returns the port.
  absl::StatusOr<int> Listen(const HostPort& address) {
    ErrorCode error;
    const auto found =
        tcp::resolver(io_).resolve(address.host, std::to_string(address.port),
                                   tcp::resolver::passive, error);
    if (!error) {
      const tcp::endpoint endpoint = found.begin()->endpoint();
      error = acceptor_.open(endpoint.protocol(), error);
      const asio::socket_base::reuse_address reuse(true);
      if (!error) error = acceptor_.set_option(reuse, error);
      if (!error) error = acceptor_.bind(endpoint, error);
      if (!error) error = acceptor_.listen(kConnections, error);
    }
    if (error) return absl::UnavailableError(error.message());
    const int port = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return port;
  }

 private:
  asio::awaitable<void> Accept() {
    asio::steady_timer pause(io_);
    while (true) {
      ErrorCode error;
      tcp::socket socket = co_await acceptor_.async_accept(Until(error));
      if (error) {
        // The process has no descriptor left, which may pass.
        pause.expires_after(kPatience);
        co_await pause.async_wait(Until(error));
      } else if (open_ < kConnections) {
        asio::co_spawn(io_, Serve(std::move(socket)), asio::detached);
      }
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    ++open_;
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(kHeadBytes);
    ErrorCode error;
    bool go_on = true;
    while (go_on) {
      http::request_parser<http::empty_body> parser;
      stream.expires_after(kPatience);
      co_await http::async_read(stream, buffer, parser, Until(error));
      if (error) break;
      const Response response = Answer(parser.get(), ready_);
      stream.expires_after(kPatience);
      co_await http::async_write(stream, response, Until(error));
      go_on = !error && response.keep_alive();
    }
    error = stream.socket().shutdown(tcp::socket::shutdown_send, error);
    --open_;
  }

  const std::function<absl::Status()> ready_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  int open_ = 0;  // the thread's alone
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<HealthPort>> HealthPort::Start(
    const std::string& address, std::function<absl::Status()> ready) {
  const std::optional<HostPort> parsed = ParseHostPort(address);
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http '", OneLine(address),
                     "' is not HOST:PORT; give for example 127.0.0.1:50581"));
  }
  auto server = std::make_unique<Server>(std::move(ready));
  const absl::StatusOr<int> port = server->Listen(*parsed);
  if (!port.ok()) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address, ": ", port.status().message(),
        "; choose another address with --http"));
  }
  const bool v6 = absl::StrContains(parsed->host, ':');
  return std::unique_ptr<HealthPort>(new HealthPort(
      std::move(server),
      absl::StrCat(v6 ? "[" : "", parsed->host, v6 ? "]" : "", ":", *port)));
}

HealthPort::HealthPort(std::unique_ptr<Server> server, std::string address)
    : server_(std::move(server)), address_(std::move(address)) {}

HealthPort::~HealthPort() = default;

}  // namespace isoshape
