#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_PROCESSES_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_PROCESSES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "isoshape/v1/worker.pb.h"

namespace isoshape {

// Of two processes of one name the one that registered last gets trials. A
// process is told by its request ids (ProcessOfRequest); those of none, which
// other programs may send, are never refused. Not stored. Not thread-safe.
class WorkerProcesses {
 public:
  // Takes the process of a registration for the worker's newest.
  void Take(const v1::Worker& worker, absl::string_view request_id);
  // ABORTED if a request for trials comes from another one. If none is known,
  // as after a start, the first that asks is the newest.
  absl::Status Check(const v1::Worker& worker, absl::string_view request_id);
  // The same of a request of one that ends: if none is known, it makes none.
  absl::Status CheckLast(const v1::Worker& worker,
                         absl::string_view request_id) const;
  void Forget(const std::string& worker) { newest_.erase(worker); }

 private:
  std::map<std::string, std::string> newest_;  // by the name of the worker
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_WORKER_PROCESSES_H_
