#include "coordinator/http/connection.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <new>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/await_error.h"
#include "common/status/out_of_memory.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/peer_watch.h"
#include "coordinator/http/response_head.h"

namespace isoshape {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using ErrorCode = boost::system::error_code;

// More than the longest head: bodies are read through it in pieces.
constexpr size_t kBufferBytes = 32 << 10;
// How long a client that ended its sending may wait for the answer.
constexpr absl::Duration kHalfClosedPatience = absl::Seconds(1);
// How long and how much of a refused request is read before it is closed.
constexpr absl::Duration kLingerPatience = absl::Seconds(1);
constexpr size_t kLingerBytes = 4 << 20;

std::chrono::steady_clock::duration Steady(absl::Duration duration) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      absl::ToChronoNanoseconds(duration));
}

// The answer to a request that could not be read; nothing if there is nobody
// to answer.
std::optional<HttpResponse> UnreadableResponse(const ErrorCode& error,
                                               const HttpLimits& limits) {
  const auto invalid = absl::StatusCode::kInvalidArgument;
  if (error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return ErrorResponse(
        431, invalid,
        absl::StrCat("the headers are longer than ", limits.header_bytes,
                     " bytes; send fewer or shorter ones"));
  }
  if (error == http::error::body_limit) {
    return ErrorResponse(
        413, invalid,
        absl::StrCat("the body is longer than ", limits.body_bytes,
                     " bytes; send a shorter one, or use the gRPC port"));
  }
  if (error == http::error::end_of_stream ||
      error == http::error::partial_message || error == beast::error::timeout ||
      error.category() !=
          http::make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  return ErrorResponse(400, invalid,
                       "the request is not HTTP/1.1; send it as RFC 9112 says");
}

}  // namespace

// An answer that is being made.
struct Connection::Pending {
  explicit Pending(const asio::any_io_executor& executor) : ready(executor) {
    ready.expires_at(asio::steady_timer::time_point::max());
  }
  asio::steady_timer ready;
  std::optional<HttpResponse> response;
};

Connection::Connection(Socket socket, ConnectionHost* host)
    : host_(host), stream_(std::move(socket)), buffer_(kBufferBytes) {
  ErrorCode error;
  const auto remote = stream_.socket().remote_endpoint(error);
  const asio::ip::address peer = PlainAddress(remote.address());
  loopback_ = !error && peer.is_loopback();
  peer_ = error ? "" : peer.to_string();
  const auto local = stream_.socket().local_endpoint(error);
  local_ip_ = error ? "" : PlainAddress(local.address()).to_string();
  error = stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
}

void Connection::Close() {
  ErrorCode ignored;
  ignored = stream_.socket().shutdown(Socket::shutdown_both, ignored);
  stream_.tcp().close();
}

asio::awaitable<void> Connection::Run() {
  const auto self = shared_from_this();
  const bool secured = host_->options.tls == nullptr || co_await Secure();
  if (!secured) co_return;
  while (!host_->draining && keep_alive_) {
    std::optional<HttpRequest> request = co_await Read();
    if (!request.has_value()) break;
    HttpResponse response = co_await Answer(*request);
    const bool written = co_await Write(*request, std::move(response));
    if (!written) break;
  }
  co_await Linger();
}

asio::awaitable<bool> Connection::Secure() {
  ErrorCode error;
  waiting_since_ = absl::Now();
  stream_.tcp().expires_after(Steady(host_->options.limits.handshake));
  const bool speaks_tls =
      co_await beast::async_detect_ssl(stream_.tcp(), buffer_, Until(error));
  if (!error && !speaks_tls) {
    const HttpRequest unread;
    HttpResponse response = ErrorResponse(
        400, absl::StatusCode::kInvalidArgument,
        "this port speaks TLS; ask it with https:// in place of http://");
    waiting_since_.reset();
    co_await RefuseUnread(unread, std::move(response));
    co_await Linger();
    co_return false;
  }
  if (!error) {
    const auto context = host_->options.tls->Context();
    const size_t used = co_await stream_.UseTls(*context).async_handshake(
        asio::ssl::stream_base::server, buffer_.data(), Until(error));
    buffer_.consume(used);
  }
  waiting_since_.reset();
  if (error) {
    // Also of a client that does not trust the certificate; not of a probe of
    // the port, which says nothing, nor of one that was closed to make room.
    const bool begun = speaks_tls || buffer_.size() > 0;
    if (begun && error != asio::error::operation_aborted) {
      host_->unfinished(peer_);
    }
    Close();
    co_return false;
  }
  certificate_ = stream_.PeerSubject();
  co_return true;
}

asio::awaitable<void> Connection::Refuse() {
  const auto self = shared_from_this();
  if (host_->options.tls != nullptr) {
    Close();
    co_return;
  }
  const HttpRequest unread;
  HttpResponse response = ErrorResponse(absl::UnavailableError(
      "all connections are taken; close some pages, or try again"));
  co_await RefuseUnread(unread, std::move(response));
  co_await Linger();
}

asio::awaitable<void> Connection::RefuseUnread(const HttpRequest& request,
                                               HttpResponse response) {
  response.close = true;
  co_await Write(request, std::move(response));
}

HttpRequest Connection::Head(const Parser& parser) {
  const auto& head = parser.get();
  HttpRequest request;
  request.method = std::string(head.method_string());
  request.target = std::string(head.target());
  request.local_ip = local_ip_;
  request.loopback = loopback_;
  request.peer_ip = peer_;
  request.tls = stream_.tls() != nullptr;
  request.certificate = certificate_;
  const std::array<std::pair<const char*, std::string*>, 9> wanted = {{
      {"Host", &request.host},
      {"Origin", &request.origin},
      {"Sec-Fetch-Site", &request.sec_fetch_site},
      {"Content-Type", &request.content_type},
      {"Accept-Encoding", &request.accept_encoding},
      {"If-None-Match", &request.if_none_match},
      {"Last-Event-ID", &request.last_event_id},
      {"Authorization", &request.authorization},
      {"Cookie", &request.cookie},
  }};
  for (const auto& [name, value] : wanted) {
    const auto [begin, end] = head.equal_range(name);
    if (begin == end) continue;
    if (std::next(begin) != end) request.repeated_header = name;
    *value = std::string(begin->value());
  }
  return request;
}

asio::awaitable<std::optional<HttpRequest>> Connection::Read() {
  Parser parser;
  parser.header_limit(
      static_cast<uint32_t>(host_->options.limits.header_bytes));
  parser.body_limit(host_->options.limits.body_bytes);
  ErrorCode error;
  waiting_since_ = absl::Now();
  stream_.tcp().expires_after(Steady(host_->options.limits.idle));
  co_await http::async_read_header(stream_, buffer_, parser, Until(error));
  std::optional<HttpRequest> request;
  if (!error) {
    request = Head(parser);
    keep_alive_ = parser.keep_alive();
    version_ = parser.get().version();
    if (std::optional<HttpResponse> refused =
            RefuseRequest(*request, host_->options.policy)) {
      waiting_since_.reset();
      co_await RefuseUnread(*request, *std::move(refused));
      co_return std::nullopt;
    }
    if (parser.get()[http::field::expect] == "100-continue") {
      http::response<http::empty_body> go_on(http::status::continue_, version_);
      co_await http::async_write(stream_, go_on, Until(error));
    }
  }
  if (!error) co_await http::async_read(stream_, buffer_, parser, Until(error));
  waiting_since_.reset();
  if (!error) {
    request->body = std::move(parser.get().body());
    co_return request;
  }
  if (parser.got_some() && error != http::error::body_limit) {
    host_->unfinished(peer_);
  }
  std::optional<HttpResponse> unreadable =
      UnreadableResponse(error, host_->options.limits);
  if (unreadable.has_value()) {
    const HttpRequest head = request.value_or(HttpRequest());
    co_await RefuseUnread(head, *std::move(unreadable));
  }
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> Connection::Answer(const HttpRequest& request) {
  const auto executor = stream_.get_executor();
  auto pending = std::make_shared<Pending>(executor);
  const HttpReply reply = [pending, executor](HttpResponse response) {
    asio::post(executor, [pending, response = std::move(response)]() mutable {
      pending->response = std::move(response);
      pending->ready.cancel();
    });
  };
  std::function<void()> cancel = [] {};
  try {
    cancel = host_->handler(request, reply);
  } catch (const std::bad_alloc&) {
    reply(ErrorResponse(OutOfMemoryError()));
  }
  auto patience = std::make_shared<asio::steady_timer>(executor);
  PeerWatch watch(
      &stream_.socket(), shared_from_this(), [cancel, patience](bool reset) {
        if (reset) return cancel();
        patience->expires_after(Steady(kHalfClosedPatience));
        patience->async_wait([cancel, patience](const ErrorCode& error) {
          if (!error) cancel();
        });
      });
  while (!pending->response.has_value()) {
    ErrorCode ignored;
    co_await pending->ready.async_wait(Until(ignored));
  }
  patience->cancel();
  watch.Stop();
  co_return *std::move(pending->response);
}

asio::awaitable<bool> Connection::Write(const HttpRequest& request,
                                        HttpResponse response) {
  if (response.stream != nullptr &&
      host_->streams >= host_->options.limits.streams) {
    response = ErrorResponse(absl::UnavailableError(
        "as many pages listen to events as may; close some"));
  }
  http::fields fields;
  SetHeaders(response, fields);
  if (response.stream != nullptr && request.method != "HEAD") {
    keep_alive_ = false;
    co_await WriteStream(std::move(fields), std::move(response.stream));
    co_return false;
  }
  keep_alive_ = keep_alive_ && !response.close && !host_->draining;
  const bool written = co_await WriteBody(std::move(fields), request, response);
  co_return written&& keep_alive_;
}

asio::awaitable<bool> Connection::WriteBody(http::fields fields,
                                            const HttpRequest& request,
                                            const HttpResponse& response) {
  const bool bodiless = request.method == "HEAD" || response.status == 304;
  http::response<http::span_body<const char>> message(
      http::response_header<>(std::move(fields)));
  message.version(version_);
  message.result(static_cast<unsigned>(response.status));
  message.keep_alive(keep_alive_);
  if (response.status != 304) message.content_length(response.body.size());
  if (!bodiless) {
    message.body() = {response.body.data(), response.body.size()};
  }
  http::response_serializer<http::span_body<const char>> serializer(message);
  ErrorCode error;
  if (bodiless) {
    stream_.tcp().expires_after(Steady(host_->options.limits.idle));
    co_await http::async_write_header(stream_, serializer, Until(error));
    co_return !error;
  }
  while (!error && !serializer.is_done()) {
    stream_.tcp().expires_after(Steady(host_->options.limits.idle));
    co_await http::async_write_some(stream_, serializer, Until(error));
  }
  co_return !error;
}

asio::awaitable<void> Connection::WriteStream(
    http::fields fields, std::unique_ptr<HttpStream> stream) {
  http::response<http::empty_body> head(
      http::response_header<>(std::move(fields)));
  head.version(version_);
  head.keep_alive(false);
  http::response_serializer<http::empty_body> serializer(head);
  ErrorCode error;
  stream_.tcp().expires_after(Steady(host_->options.limits.idle));
  co_await http::async_write_header(stream_, serializer, Until(error));
  auto woken = std::make_shared<asio::steady_timer>(stream_.get_executor());
  auto gone = std::make_shared<bool>(static_cast<bool>(error));
  PeerWatch watch(&stream_.socket(), shared_from_this(), [woken, gone](bool) {
    *gone = true;
    woken->cancel();
  });
  ++host_->streams;
  const absl::Cleanup end = [&] {
    --host_->streams;
    stream->Cancel();
    watch.Stop();
  };
  stream->Start([woken, executor = stream_.get_executor()] {
    asio::post(executor, [woken] { woken->cancel(); });
  });
  const auto heartbeat = std::make_shared<const std::string>(":\n\n");
  while (!*gone && !error) {
    std::shared_ptr<const std::string> piece = stream->Take();
    if (piece == nullptr) {
      if (stream->Ended()) break;
      ErrorCode waited;
      woken->expires_after(Steady(host_->options.limits.heartbeat));
      co_await woken->async_wait(Until(waited));
      if (waited) continue;
      piece = heartbeat;
    }
    stream_.tcp().expires_after(Steady(host_->options.limits.idle));
    co_await asio::async_write(stream_, asio::buffer(*piece), Until(error));
  }
}

asio::awaitable<void> Connection::Linger() {
  ErrorCode error;
  stream_.tcp().expires_after(Steady(kLingerPatience));
  if (Transport::Tls* const tls = stream_.tls()) {
    // Whether the client answers it does not matter: it has the whole answer.
    co_await tls->async_shutdown(Until(error));
    error = {};
  }
  error = stream_.socket().shutdown(Socket::shutdown_send, error);
  std::array<char, 4096> scratch;
  size_t total = 0;
  while (!error && total < kLingerBytes) {
    total += co_await stream_.tcp().async_read_some(asio::buffer(scratch),
                                                    Until(error));
  }
  Close();
}

}  // namespace isoshape
