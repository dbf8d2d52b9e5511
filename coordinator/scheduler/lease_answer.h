#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_ANSWER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_ANSWER_H_

#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// What a LeaseTrials finds, and whether the same call may find some later. What
// was answered before is the answer, though its leases may be over.
struct LeaseAnswer {
  v1::LeaseTrialsResponse response;
  bool may_find_later = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_LEASE_ANSWER_H_
