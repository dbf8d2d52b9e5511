#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_STREAM_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/services/changes/watch_hub.h"
#include "coordinator/services/changes/watch_places.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Carries the hub's events of a campaign to a gRPC client; the returned reactor
// deletes itself, and keeps its place until then. Without a place it ends at
// once with why. If `standing` is not OK when there is more to tell, it ends
// with that, once the page of events that was read before is told.
grpc::ServerWriteReactor<v1::CampaignEvent>* StartWatchStream(
    WatchHub* hub, absl::StatusOr<WatchPlaces::Place> place,
    const v1::WatchCampaignRequest& request,
    std::function<absl::Status()> standing);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_STREAM_H_
