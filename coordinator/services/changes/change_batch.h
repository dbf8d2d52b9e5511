#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_BATCH_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_BATCH_H_

#include "absl/status/statusor.h"
#include "coordinator/services/changes/change_ring.h"
#include "coordinator/table/table_cache.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// Returns what the request wants to know of the changes: campaigns and rows as
// they are now. The sequence of the batch is not set. Errors are those of the
// store.
absl::StatusOr<v1::ChangeBatch> MakeChangeBatch(
    Store& store, TableCache& tables, const v1::WatchChangesRequest& request,
    const Changes& changes);

// Returns true if MakeChangeBatch would say anything.
bool Concerns(const v1::WatchChangesRequest& request, const Changes& changes);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_BATCH_H_
