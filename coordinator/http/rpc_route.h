#ifndef ISOSHAPE_COORDINATOR_HTTP_RPC_ROUTE_H_
#define ISOSHAPE_COORDINATOR_HTTP_RPC_ROUTE_H_

#include <functional>

#include "absl/time/time.h"
#include "coordinator/http/http_message.h"

namespace isoshape {

struct CachedRoutes;

// The longest that a call may take: a fit of a large campaign with many
// resamples.
inline constexpr absl::Duration kCallDeadline = absl::Minutes(10);

// Answers `POST /isoshape.v1.SERVICE/METHOD`: the body is the request as JSON
// (messages/json/proto_json.h) or, with the content type application/proto, as
// bytes; so is the answer. What only reads is compressed as JSON for clients on
// other machines; what is told of trials and their analysis is shared
// (AnswerCached). `reply` is called once, from any thread. The returned
// function tells that nobody waits any more.
std::function<void()> AnswerRpc(const CachedRoutes& routes, bool read_only,
                                const HttpRequest& request,
                                const HttpReply& reply);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_RPC_ROUTE_H_
