#ifndef ISOSHAPE_COORDINATOR_HTTP_HTTP_SERVER_H_
#define ISOSHAPE_COORDINATOR_HTTP_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "coordinator/http/http_message.h"
#include "coordinator/http/request_checks.h"
#include "coordinator/http/tls_files.h"

namespace isoshape {

// Limits of what a client may take of the server; docs/http.md, "Limits".
struct HttpLimits {
  size_t header_bytes = 16 << 10;
  size_t body_bytes = 1 << 20;
  // For sending a request, reading an answer on, and between two requests.
  absl::Duration idle = absl::Seconds(30);
  absl::Duration handshake = absl::Seconds(10);  // of TLS
  // If all are taken, the one that has waited longest for a request gives way.
  size_t connections = 256;
  size_t streams = 192;  // of these, so that requests find room beside them
  // Requests that an address may leave unfinished in a second; with more its
  // next connections of that second are closed.
  int unfinished = 10;
  absl::Duration heartbeat = absl::Seconds(15);  // of a stream without news
};

// Speaks HTTP/1.1 over connections that are handed to it. One thread reads,
// checks (request_checks.h) and writes; the handler must not block it and may
// reply from any thread.
class HttpServer {
 public:
  // Answers a request by one call of the reply. Returns what is called, on the
  // server's thread, if the client goes away before the reply.
  using Handler =
      std::function<std::function<void()>(const HttpRequest&, HttpReply)>;

  struct Options {
    RequestPolicy policy{};
    HttpLimits limits{};
    TlsFiles* tls = nullptr;  // borrowed; null: the bytes as they are
  };

  HttpServer(Options options, Handler handler);
  // Requests that the handler was given may be replied to until then.
  ~HttpServer();

  // Takes over the descriptor of a connection of TCP.
  void Accept(int descriptor);

  // Takes no connection more and ends those that wait for requests.
  void Drain();
  // Drains, lets what is under way finish, for `patience` at most, then closes
  // every connection. Returns when the thread has ended.
  void Stop(absl::Duration patience);

 private:
  class Connections;

  const std::unique_ptr<Connections> connections_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_HTTP_SERVER_H_
