#ifndef ISOSHAPE_COORDINATOR_HTTP_CAMPAIGN_ROUTE_H_
#define ISOSHAPE_COORDINATOR_HTTP_CAMPAIGN_ROUTE_H_

#include <functional>

#include "coordinator/http/cached_route.h"
#include "coordinator/http/http_message.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Answers `GET /v1/campaigns/{id}/…`: table, curves, figures/{kind}.{format}.
// `reply` is called once, from any thread.
std::function<void()> AnswerCampaign(const CachedRoutes& routes,
                                     const HttpRequest& request,
                                     const HttpReply& reply);

// Begins the stream that a request for changes asks for, which lasts as long as
// `standing` is OK.
using StartEvents = std::function<absl::StatusOr<std::unique_ptr<HttpStream>>(
    const v1::WatchChangesRequest&, std::function<absl::Status()> standing)>;

// Answers `GET /v1/events?campaigns=a,b&columns=…&measured=1&after=SEQ`.
HttpResponse AnswerEvents(const StartEvents& start,
                          std::function<absl::Status()> standing,
                          const HttpRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_CAMPAIGN_ROUTE_H_
