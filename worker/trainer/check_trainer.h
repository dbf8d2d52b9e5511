#ifndef ISOSHAPE_WORKER_TRAINER_CHECK_TRAINER_H_
#define ISOSHAPE_WORKER_TRAINER_CHECK_TRAINER_H_

#include <ostream>

#include "worker/options/options.h"

namespace isoshape {

// Gives options.trainer two short runs, one that is stopped, one whose data are
// not there and the end of its input (docs/trainer-protocol.md), and says on
// `out`, a line each, what is right (`ok`), what is wrong (`wrong`) and what a
// trainer may leave out and this one does (`absent`). The data are those of
// options.data, or words made for it. Returns the exit code: 1 if something is
// wrong.
int CheckTrainer(const WorkerOptions& options, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_CHECK_TRAINER_H_
