#ifndef ISOSHAPE_MESSAGES_TRIAL_LEASE_REQUEST_H_
#define ISOSHAPE_MESSAGES_TRIAL_LEASE_REQUEST_H_

#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// In the headers of answers to LeaseTrials, Heartbeat and ReportMeasurements:
// how often the coordinator wants heartbeats now, in milliseconds.
inline constexpr char kHeartbeatIntervalHeader[] =
    "isoshape-heartbeat-milliseconds";

// A request about `lease`, with the fields that all of them have: whose lease
// it is, of which trial, and its fencing token.
//
//   auto request = For<v1::HeartbeatRequest>(lease);
template <typename Request>
Request For(const v1::Lease& lease) {
  Request request;
  request.set_worker(lease.trial().worker());
  request.set_trial(lease.trial().name());
  request.set_fencing_token(lease.fencing_token());
  return request;
}

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_LEASE_REQUEST_H_
