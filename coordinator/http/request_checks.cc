#include "coordinator/http/request_checks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/net/host_port.h"
#include "common/text/one_line.h"
#include "coordinator/http/http_error.h"

namespace isoshape {
namespace {

bool IsHostCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
         c == '-' || c == '_' || c == ':';
}

bool IsDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// The name in `name:port`, `[::1]:port` or without a port, in lower case;
// nothing if the text is none of these.
std::optional<std::string> NameOf(absl::string_view authority) {
  absl::string_view name = authority;
  absl::string_view port;
  if (absl::ConsumePrefix(&name, "[")) {
    const size_t end = name.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    port = name.substr(end + 1);
    name = name.substr(0, end);
    if (!absl::StrContains(name, ':')) return std::nullopt;
  } else if (const size_t colon = name.find(':');
             colon != absl::string_view::npos) {
    port = name.substr(colon);
    name = name.substr(0, colon);
  }
  if (!port.empty() && (!absl::ConsumePrefix(&port, ":") || !IsDigits(port))) {
    return std::nullopt;
  }
  if (!CheckAllowedHost(name).ok()) return std::nullopt;
  return absl::AsciiStrToLower(name);
}

// How a client's text is quoted in a message.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", OneLine(text, 100), "'");
}

// Whether a page of this origin (`http://127.0.0.1:50580`) is one of ours: of
// the host that the request was sent to, or of one that --allow-host names.
bool IsOwnOrigin(const HttpRequest& request, const RequestPolicy& policy) {
  absl::string_view authority = request.origin;
  // Under TLS anybody on the way could have written a page of http.
  const bool plain = !request.tls && absl::ConsumePrefix(&authority, "http://");
  if (!plain && !absl::ConsumePrefix(&authority, "https://")) return false;
  if (absl::EqualsIgnoreCase(authority, request.host)) return true;
  const std::optional<std::string> name = NameOf(authority);
  return name.has_value() && policy.Allows(*name);
}

std::optional<HttpResponse> RefuseHost(const HttpRequest& request,
                                       const RequestPolicy& policy) {
  if (!request.repeated_header.empty()) {
    return ErrorResponse(400, absl::StatusCode::kInvalidArgument,
                         absl::StrCat("the header ", request.repeated_header,
                                      " was sent twice; send it once"));
  }
  if (request.host.empty()) {
    return ErrorResponse(
        400, absl::StatusCode::kInvalidArgument,
        "the request has no Host, or an empty one; send the name and port that "
        "it goes to");
  }
  const std::optional<std::string> name = NameOf(request.host);
  if (name.has_value() && (IsLoopbackHost(*name) || *name == request.local_ip ||
                           policy.Allows(*name))) {
    return std::nullopt;
  }
  return ErrorResponse(
      421, absl::StatusCode::kPermissionDenied,
      absl::StrCat("Host ", Quoted(request.host),
                   " is not a name of this coordinator; use its address, or "
                   "start it with --allow-host and that name"));
}

}  // namespace

bool RequestPolicy::Allows(const std::string& host) const {
  return std::find(allowed_hosts.begin(), allowed_hosts.end(), host) !=
             allowed_hosts.end() ||
         (certified && certified(host));
}

absl::Status CheckAllowedHost(absl::string_view host) {
  if (!host.empty() && host.size() <= 253 &&
      std::all_of(host.begin(), host.end(), IsHostCharacter)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--allow-host ", Quoted(host),
      " is not a host; give a name such as gpu1.example.org, without a port"));
}

std::optional<HttpResponse> RefuseRequest(const HttpRequest& request,
                                          const RequestPolicy& policy) {
  if (std::optional<HttpResponse> refused = RefuseHost(request, policy)) {
    return refused;
  }
  if (request.read_only()) return std::nullopt;
  if (!request.sec_fetch_site.empty() &&
      request.sec_fetch_site != "same-origin") {
    return ErrorResponse(
        403, absl::StatusCode::kPermissionDenied,
        "a page of another site sent this request; if it is a page of this "
        "coordinator, open it under the name that it sends requests to "
        "(--allow-host names further ones)");
  }
  if (!request.origin.empty() && !IsOwnOrigin(request, policy)) {
    return ErrorResponse(
        403, absl::StatusCode::kPermissionDenied,
        absl::StrCat("Origin ", Quoted(request.origin), " is not Host ",
                     Quoted(request.host),
                     "; if both are this coordinator, start it with "
                     "--allow-host and the origin's name"));
  }
  const absl::string_view type = absl::StripAsciiWhitespace(
      absl::string_view(request.content_type)
          .substr(0, request.content_type.find(';')));
  // The page that asks for a token has a form.
  if (request.target == "/sign-in" &&
      absl::EqualsIgnoreCase(type, "application/x-www-form-urlencoded")) {
    return std::nullopt;
  }
  if (!absl::EqualsIgnoreCase(type, "application/json") &&
      !absl::EqualsIgnoreCase(type, "application/proto")) {
    return ErrorResponse(
        415, absl::StatusCode::kInvalidArgument,
        absl::StrCat("Content-Type ", Quoted(request.content_type),
                     " is not taken; send application/json or "
                     "application/proto"));
  }
  return std::nullopt;
}

}  // namespace isoshape
