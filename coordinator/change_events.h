#ifndef ISOSHAPE_COORDINATOR_CHANGE_EVENTS_H_
#define ISOSHAPE_COORDINATOR_CHANGE_EVENTS_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "coordinator/http/http_message.h"
#include "coordinator/services/changes/change_hub.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Carries the hub's batches to a client of HTTP as server-sent events. Errors
// of ChangeHub::Watch. Ends before it tells anything more if `standing` is not
// OK: a client that comes back is told why.
absl::StatusOr<std::unique_ptr<HttpStream>> StartChangeEvents(
    ChangeHub* hub, const v1::WatchChangesRequest& request,
    std::function<absl::Status()> standing);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_CHANGE_EVENTS_H_
