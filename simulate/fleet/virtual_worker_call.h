#ifndef ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_CALL_H_
#define ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>

#include "isoshape/v1/worker_service.grpc.pb.h"
#include "simulate/fleet/virtual_worker.h"

namespace isoshape {

// A call in flight, of one of the methods.
struct VirtualWorker::Call {
  grpc::ClientContext context;
  v1::RegisterWorkerRequest register_request;
  v1::RegisterWorkerResponse register_response;
  v1::LeaseTrialsRequest lease_request;
  v1::LeaseTrialsResponse lease_response;
  v1::HeartbeatRequest heartbeat_request;
  v1::HeartbeatResponse heartbeat_response;
  v1::ReportMeasurementsRequest report_request;
  v1::ReportMeasurementsResponse report_response;
  v1::CompleteTrialRequest complete_request;
  v1::CompleteTrialResponse complete_response;
  v1::ReleaseTrialRequest release_request;
  v1::ReleaseTrialResponse release_response;
  std::function<void(grpc::Status)> finished;
};

// A loss as runs have them: 0.8 + 8 N^-.25 (1 + .03 u^2) + 20 D^-.25 with u the
// ln of the aspect ratio over 24, and .3 % of `noise`.
double SimulatedLoss(const v1::Trial& trial, double noise);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_CALL_H_
