#include "coordinator/http/sign_in.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "access/caller.h"
#include "common/files/sha256.h"
#include "coordinator/http/http_error.h"

namespace isoshape {
namespace {

constexpr absl::string_view kPath = "/sign-in";
constexpr absl::string_view kHome = "/";
constexpr absl::string_view kCookie = "isoshape_token=";
// A session's: the browser forgets it when it is closed.
constexpr char kCookieRules[] = "; Path=/; HttpOnly; SameSite=Strict";

// The dashboard's colours and type, which are not given to strangers.
constexpr char kStyle[] =
    ":root{color-scheme:light dark;--ink:light-dark(#1c1d21,#ececf0);"
    "--soft:light-dark(#5d6068,#a3a6af);--line:light-dark(#8a8d95,#7c808a);"
    "--accent:light-dark(#c2410c,#fb923c)}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "background:light-dark(#fff,#17181c);color:var(--ink);"
    "font:16px/1.55 system-ui,sans-serif}"
    "main{box-sizing:border-box;width:min(26rem,100vw);padding:1.5rem}"
    "h1{margin:0 0 1rem;font-size:1.6rem;letter-spacing:-.02em}"
    "h1::after{content:'';display:inline-block;width:.5rem;height:.5rem;"
    "margin-left:.2rem;border-radius:50%;background:var(--accent)}"
    "label,input,button{display:block;width:100%;box-sizing:border-box}"
    "input,button{font:inherit;padding:.5rem .75rem;border-radius:7px;"
    "border:1px solid var(--line)}"
    "input{margin:.25rem 0 .75rem;color:inherit;background:transparent}"
    "button{border-color:var(--accent);background:var(--accent);"
    "color:light-dark(#fff,#1c1d21);font-weight:600;cursor:pointer}"
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}"
    "form+p{color:var(--soft);font-size:.9rem}";

// A piece of the request.
absl::string_view TokenOf(const HttpRequest& request) {
  if (!request.authorization.empty()) {
    return BearerToken(request.authorization);
  }
  for (absl::string_view cookie : absl::StrSplit(request.cookie, "; ")) {
    if (absl::ConsumePrefix(&cookie, kCookie)) return cookie;
  }
  return "";
}

Role RoleForPath(const std::string& path) {
  if (absl::StartsWith(path, "/isoshape.")) return RoleFor(path);
  return IsOpenToAll(path) ? Role::kNobody : Role::kViewer;
}

bool IsPage(const std::string& path) {
  return path == "/" || path == "/index.html" || path == kPath ||
         absl::StartsWith(path, "/plain/");
}

// The messages are our own and hold names of tokens alone.
HttpResponse AskForToken(int status, absl::string_view why) {
  HttpResponse response = TextResponse(
      status, "text/html; charset=utf-8",
      absl::StrCat(
          "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width\">"
          "<title>isoshape: sign in</title><style>",
          kStyle, "</style></head><body><main><h1>isoshape</h1><p>", why,
          "</p><form method=\"post\" action=\"/sign-in\"><label>Token"
          "<input name=\"token\" type=\"password\" required autofocus "
          "autocomplete=\"current-password\"></label>"
          "<button>Sign in</button></form><p>Whoever runs this coordinator "
          "makes one by <code>isoshape token create</code>.</p></main></body>"
          "</html>\n"));
  response.policy = absl::StrCat(
      "default-src 'none'; style-src 'sha256-",
      absl::Base64Escape(Sha256(kStyle)),
      "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
  return response;
}

HttpResponse SignIn(AccessPolicy* access, const HttpRequest& request) {
  if (request.read_only()) {
    return AskForToken(200, "This coordinator wants a token.");
  }
  absl::string_view token = request.body;
  absl::ConsumePrefix(&token, "token=");
  const absl::Status status = access->Check(token, Role::kViewer, "this page");
  if (!status.ok()) {
    return AskForToken(HttpStatus(status.code()), status.message());
  }
  // It is one of ours, and so has nothing in it that ends a header.
  HttpResponse response = TextResponse(303, "text/plain", "signed in\n");
  response.location = std::string(kHome);
  response.set_cookie =
      absl::StrCat(kCookie, token, kCookieRules, request.tls ? "; Secure" : "");
  return response;
}

}  // namespace

std::optional<HttpResponse> AnswerCaller(AccessPolicy* access,
                                         const HttpRequest& request) {
  if (request.path == kPath) return SignIn(access, request);
  const absl::Status status = StandingOf(access, request)();
  if (status.ok()) return std::nullopt;
  if (request.read_only() && IsPage(request.path)) {
    return AskForToken(HttpStatus(status.code()),
                       absl::IsUnauthenticated(status)
                           ? "This coordinator wants a token."
                           : status.message());
  }
  if (absl::IsUnauthenticated(status) && TokenOf(request).empty()) {
    // curl and the like read none of the variables of our own clients.
    return ErrorResponse(absl::UnauthenticatedError(
        "this coordinator wants a token: send 'Authorization: Bearer TOKEN', "
        "or open /sign-in in a browser; isoshape's own clients read "
        "ISOSHAPE_TOKEN_FILE or ISOSHAPE_TOKEN, and 'isoshape token create' "
        "makes tokens"));
  }
  return ErrorResponse(status);
}

std::function<absl::Status()> StandingOf(AccessPolicy* access,
                                         const HttpRequest& request) {
  if (access == nullptr) return [] { return absl::OkStatus(); };
  const absl::string_view what = request.path;
  return access->Standing(TokenOf(request), RoleForPath(request.path),
                          what.substr(what.rfind('/') + 1));
}

bool IsOpenToAll(absl::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/v1/version";
}

std::string CallerOf(AccessPolicy* access, const HttpRequest& request) {
  Caller caller = {.subject = request.certificate, .address = request.peer_ip};
  if (access != nullptr) caller.token = access->NameOf(TokenOf(request));
  return CallerName(caller);
}

}  // namespace isoshape
