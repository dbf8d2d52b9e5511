#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/services/changes/change_hub.h"
#include "coordinator/services/changes/watch_places.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Carries the hub's batches to a gRPC client; the returned reactor deletes
// itself, and keeps its place until then. Without a place it ends at once with
// why; and, before it tells anything more, with what `standing` says if that is
// not OK.
grpc::ServerWriteReactor<v1::ChangeBatch>* StartChangeStream(
    ChangeHub* hub, absl::StatusOr<WatchPlaces::Place> place,
    const v1::WatchChangesRequest& request,
    std::function<absl::Status()> standing);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_
