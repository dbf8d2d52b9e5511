#include "coordinator/http/router.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "coordinator/http/http_error.h"
#include "coordinator/http/rpc_route.h"

namespace isoshape {
namespace {

HttpResponse WrongMethod(absl::string_view path, std::string allowed) {
  HttpResponse response =
      ErrorResponse(405, absl::StatusCode::kUnimplemented,
                    absl::StrCat(path, " takes ", allowed, " only"));
  response.allow = std::move(allowed);
  return response;
}

HttpResponse VersionResponse(bool read_only, bool dashboard) {
  const nlohmann::ordered_json body = {{"version", ISOSHAPE_VERSION},
                                       {"read_only", read_only},
                                       {"dashboard", dashboard}};
  return TextResponse(200, "application/json", body.dump());
}

}  // namespace

Router::Router(Options options)
    : options_(std::move(options)),
      assets_(options_.assets),
      bridge_(options_.channel) {}

std::function<void()> Router::Handle(const HttpRequest& received,
                                     HttpReply reply) {
  HttpRequest request = received;
  if (!ParseTarget(&request)) {
    reply(ErrorResponse(absl::InvalidArgumentError(
        absl::StrCat("the request's path ", request.target,
                     " is not a path of percent-encoded UTF-8 from / on"))));
    return [] {};
  }
  const bool rpc = absl::StartsWith(request.path, "/isoshape.");
  if (rpc && request.method == "POST") {
    return AnswerRpc(bridge_, options_.read_only, request, std::move(reply));
  }
  if (rpc || !request.read_only()) {
    reply(WrongMethod(request.path, rpc ? "POST" : "GET, HEAD"));
    return [] {};
  }
  return Get(request, std::move(reply));
}

std::function<void()> Router::Get(const HttpRequest& request, HttpReply reply) {
  if (request.path == "/healthz") {
    reply(TextResponse(200, "text/plain; charset=utf-8", "live\n"));
  } else if (request.path == "/readyz") {
    options_.ready([reply = std::move(reply)](const absl::Status& status) {
      reply(status.ok()
                ? TextResponse(200, "text/plain; charset=utf-8", "ready\n")
                : ErrorResponse(503, status.code(), status.message()));
    });
  } else if (request.path == "/v1/version") {
    reply(VersionResponse(options_.read_only, assets_.Has("/index.html")));
  } else if (request.path == "/" && assets_.Has("/index.html")) {
    HttpRequest index = request;
    index.path = "/index.html";
    reply(assets_.Serve(index));
  } else if (assets_.Has(request.path)) {
    reply(assets_.Serve(request));
  } else {
    reply(ErrorResponse(
        absl::NotFoundError(absl::StrCat("there is nothing at ", request.path,
                                         "; docs/http.md lists what is"))));
  }
  return [] {};
}

}  // namespace isoshape
