#ifndef ISOSHAPE_COORDINATOR_SERVICES_LEASE_CALL_H_
#define ISOSHAPE_COORDINATOR_SERVICES_LEASE_CALL_H_

#include <grpcpp/grpcpp.h>

#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "coordinator/scheduler/executor.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// Starts a LeaseTrials call, which waits on the executor until there is a trial
// to give or its `wait` (at most `longest_wait`) is over. If its client has
// gone it is given nothing, and ends within a second (Executor): gRPC would
// tell at once a reactor of our own alone, each of whose calls then takes
// another thread.
grpc::ServerUnaryReactor* StartLeaseCall(Executor* executor, Clock* clock,
                                         absl::Duration longest_wait,
                                         grpc::CallbackServerContext* context,
                                         const v1::LeaseTrialsRequest* request,
                                         v1::LeaseTrialsResponse* response);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_LEASE_CALL_H_
