#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_

#include <grpcpp/grpcpp.h>

#include "coordinator/services/changes/change_hub.h"
#include "isoshape/v1/campaign_service.pb.h"

namespace isoshape {

// Carries the hub's batches to a gRPC client; the returned reactor deletes
// itself.
grpc::ServerWriteReactor<v1::ChangeBatch>* StartChangeStream(
    ChangeHub* hub, const v1::WatchChangesRequest& request);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_STREAM_H_
