#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_VERSION_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_VERSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// This coordinator's, `0.1.0`.
std::string OwnVersion();

// Compares what a worker says that it is (Worker.version, for example
// `isoshape-worker 0.1.0`) with the version of its coordinator. Returns what is
// to be done about an older or a newer one, in one line; nothing if they are
// the same, or if it is no program of ours. FAILED_PRECONDITION, with the
// remedy, if it is of another major version, whose messages may mean something
// else.
absl::StatusOr<std::string> CompareWorkerVersion(absl::string_view program,
                                                 absl::string_view own);

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_VERSION_H_
