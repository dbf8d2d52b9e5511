#ifndef ISOSHAPE_COORDINATOR_SERVICES_HIDE_TOKENS_H_
#define ISOSHAPE_COORDINATOR_SERVICES_HIDE_TOKENS_H_

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// A fencing token is the right to a trial's result: it is told to the worker
// that holds the lease (Lease.fencing_token) and to nobody else.
inline void HideTokens(v1::Trial* trial) {
  trial->clear_fencing_token();
  trial->clear_curve_token();
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_HIDE_TOKENS_H_
