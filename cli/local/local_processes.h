#ifndef ISOSHAPE_CLI_LOCAL_LOCAL_PROCESSES_H_
#define ISOSHAPE_CLI_LOCAL_LOCAL_PROCESSES_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/process/child_process.h"

namespace isoshape {

// A coordinator and a worker as processes of their own on this machine, kept
// running: one that dies (the out-of-memory killer, a curious user) is started
// again, the coordinator on the port that it had. Thread-safe.
//
//   auto processes = LocalProcesses::Start(options);
//   while (working) {
//     … (*processes)->Tend();  // about once a second
//   }
//   (*processes)->Stop();
class LocalProcesses {
 public:
  struct Options {
    std::string binaries;   // folder of isoshape-coordinator, isoshape-worker
    std::string directory;  // database and logs
    std::string database;   // its file there
    // Their name in the list of workers.
    std::string worker_name;
    // No worker: what was measured before is read alone.
    bool coordinator_alone = false;
    // Data by their names; a worker without any has generated tasks alone.
    std::map<std::string, std::string> data;
    // Further flags of the worker.
    std::vector<std::string> worker_flags;
    // Called at every restart of a process, with one line for the user: how it
    // ended, and the last line of its log.
    std::function<void(const std::string&)> notice;
  };

  // Returns when the coordinator listens. The error of a process that ends at
  // once is the last line of its log.
  static absl::StatusOr<std::unique_ptr<LocalProcesses>> Start(Options options);

  // Stops them.
  ~LocalProcesses() { Stop(); }

  // Starts again what has died. UNAVAILABLE if a process dies again and
  // again, with the last line of its log.
  absl::Status Tend();

  // The worker first, so that it can hand its trials back.
  void Stop();

  // `127.0.0.1:PORT` of the coordinator.
  const std::string& address() const { return address_; }

 private:
  explicit LocalProcesses(Options options) : options_(std::move(options)) {}

  absl::Status StartCoordinator() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StartWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string LogPath(const std::string& program) const;

  const Options options_;
  std::string address_;  // fixed once Start has returned
  absl::Mutex mutex_;
  std::unique_ptr<ChildProcess> coordinator_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ChildProcess> worker_ ABSL_GUARDED_BY(mutex_);
  int restarts_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_LOCAL_LOCAL_PROCESSES_H_
