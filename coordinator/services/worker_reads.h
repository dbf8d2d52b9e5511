#ifndef ISOSHAPE_COORDINATOR_SERVICES_WORKER_READS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_WORKER_READS_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker_service.pb.h"
#include "storage/store.h"

namespace isoshape {

// The calls of WorkerService that are answered from the store alone, with each
// worker's state at `now` and what it is set aside for. Errors as in
// campaign_reads.h.
absl::StatusOr<v1::ListWorkersResponse> ReadWorkers(
    Store& store, const v1::ListWorkersRequest& request, absl::Time now,
    absl::Duration lease_duration);
absl::StatusOr<v1::Worker> ReadWorker(Store& store,
                                      const v1::GetWorkerRequest& request,
                                      absl::Time now,
                                      absl::Duration lease_duration);

// Calls `visit` with each worker that was in contact within the last lease, by
// name, until it returns false (Store::VisitWorkers).
absl::Status VisitConnectedWorkers(
    Store& store, absl::Time now, absl::Duration lease_duration,
    absl::FunctionRef<bool(const v1::Worker&)> visit);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_WORKER_READS_H_
