#ifndef ISOSHAPE_TRAINER_PROTOCOL_SERVE_RUNS_H_
#define ISOSHAPE_TRAINER_PROTOCOL_SERVE_RUNS_H_

#include <ostream>

#include "trainer/engine/device.h"

namespace isoshape {

// Speaks docs/trainer-protocol.md: says that it is ready, takes one run after
// another from the descriptor `in` and answers on `out`, until `in` has ended
// and its runs are done, or SIGTERM comes, which expects
// OrderInput::HoldTermination. Trains on the calling thread and reads on one of
// its own, so that a stop order or SIGTERM ends the run under way. The data of
// the last run stay loaded.
//
// A run that cannot be understood gets a result `failed`; a line that is not a
// JSON object of a known type is told of on standard error and left out. Ends
// the process with status 1 if the device is lost.
//
// Each line that asks for one run becomes `replicas` of it (WithReplicas).
void ServeRuns(int in, std::ostream& out, const Device& device,
               int replicas = 1);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_PROTOCOL_SERVE_RUNS_H_
