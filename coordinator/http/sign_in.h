#ifndef ISOSHAPE_COORDINATOR_HTTP_SIGN_IN_H_
#define ISOSHAPE_COORDINATOR_HTTP_SIGN_IN_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "access/access_policy.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

// Returns the answer to a caller who may not do what it asks for by the token
// of its Authorization header or of the cookie that `POST /sign-in` sets: 401
// or 403, in a browser a page that asks for a token. Answers /sign-in too.
// Nothing if the request may pass. The path of the request is filled in.
std::optional<HttpResponse> AnswerCaller(AccessPolicy* access,
                                         const HttpRequest& request);

// Says whether the caller may still have what it asks for: a stream may last
// longer than its token. `access`, which may be null, must outlive it.
std::function<absl::Status()> StandingOf(AccessPolicy* access,
                                         const HttpRequest& request);

// Whether the path says nothing of anybody's campaigns: probes and the version.
bool IsOpenToAll(absl::string_view path);

// CallerName of who sent the request. `access` may be null: no tokens.
std::string CallerOf(AccessPolicy* access, const HttpRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_SIGN_IN_H_
