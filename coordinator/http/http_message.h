#ifndef ISOSHAPE_COORDINATOR_HTTP_HTTP_MESSAGE_H_
#define ISOSHAPE_COORDINATOR_HTTP_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace isoshape {

// A client's request, without the library that read it. Texts are the client's:
// none of them may go into a header, nor unescaped into a page.
struct HttpRequest {
  std::string method;  // `GET`
  std::string target;  // as it was sent: `/v1/campaigns/c1/table?columns=a,b`
  // Headers, empty if they were not sent.
  std::string host;
  std::string origin;
  std::string sec_fetch_site;
  std::string content_type;
  std::string accept_encoding;
  std::string if_none_match;
  std::string last_event_id;
  std::string authorization;
  std::string cookie;
  // The name of one of these headers if it was sent more than once.
  std::string repeated_header;
  std::string local_ip;   // that the client connected to, `127.0.0.1`
  bool loopback = false;  // whether the client is on this machine
  std::string peer_ip;    // of the client
  bool tls = false;
  // Of the certificate that the client showed (RFC 2253); empty: none.
  std::string certificate;

  std::string body;

  // ParseTarget fills in these: percent-decoded, the path from `/`.
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  // The router fills in who asks, as CallerName says it.
  std::string caller;

  bool read_only() const { return method == "GET" || method == "HEAD"; }
};

// A body without an end, in pieces. Thread-safe.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // Begins; `wake` may be called from any thread and says that Take has a
  // piece, or that the stream has ended.
  virtual void Start(std::function<void()> wake) = 0;
  // The next piece; null if there is none yet.
  virtual std::shared_ptr<const std::string> Take() = 0;
  // True if Take will give nothing more.
  virtual bool Ended() = 0;
  // Nobody reads it any more.
  virtual void Cancel() = 0;
};

// An answer. Whoever sends it adds length, connection and security headers.
struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  // Kept alive by `owner`, or a literal.
  absl::string_view body;
  std::shared_ptr<const void> owner;
  std::string content_encoding;  // empty: none
  std::string cache_control = "no-store";
  std::string etag;        // with its quotes; empty: none
  std::string allow;       // of 405
  std::string location;    // of 303
  std::string set_cookie;  // empty: none
  std::string policy;      // content security policy; empty: that of all pages
  bool vary_encoding = false;
  // The event that it is as of, if whoever asked said of which he has heard.
  std::optional<int64_t> as_of;
  // How long he is to wait before he asks for the same again.
  absl::Duration pace;
  bool close = false;                  // the connection, after this answer
  std::unique_ptr<HttpStream> stream;  // instead of a body
};

using HttpReply = std::function<void(HttpResponse)>;

// A response with a body of its own.
HttpResponse TextResponse(int status, std::string content_type,
                          std::string body);

// The percent-decoded path and query of request->target. False if it is not an
// absolute path of valid UTF-8 without control characters, or a `%` is not
// followed by two hexadecimal digits.
bool ParseTarget(HttpRequest* request);

// The last value of a parameter of the query.
std::optional<std::string> QueryValue(const HttpRequest& request,
                                      absl::string_view name);

// Returns true if the client takes a content encoding (`gzip`, `br`).
bool Accepts(absl::string_view accept_encoding, absl::string_view coding);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_HTTP_MESSAGE_H_
