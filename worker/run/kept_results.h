#ifndef ISOSHAPE_WORKER_RUN_KEPT_RESULTS_H_
#define ISOSHAPE_WORKER_RUN_KEPT_RESULTS_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/worker_service.pb.h"

namespace isoshape {

// A result on the disk, which holds a lock on its file as long as the process
// lives: nobody else takes it meanwhile. Movable. Not thread-safe.
class KeptResult {
 public:
  KeptResult() = default;
  KeptResult(KeptResult&& other) noexcept;
  KeptResult& operator=(KeptResult&& other) noexcept;
  ~KeptResult();

  // Points of its curve that were not reported, and then the result.
  const std::vector<v1::ReportMeasurementsRequest>& reports() const {
    return reports_;
  }
  const v1::CompleteTrialRequest& completion() const { return completion_; }
  const std::string& path() const { return path_; }
  bool is_kept() const { return !path_.empty(); }
  // Takes it off the disk.
  void Remove();

 private:
  friend class ResultKeeper;

  int file_ = -1;
  std::string path_;
  std::vector<v1::ReportMeasurementsRequest> reports_;
  v1::CompleteTrialRequest completion_;
};

// Keeps results that no coordinator has taken yet in a folder, a file for each
// lease, so that the end of this worker costs none of them: the next worker of
// that folder and server reports them. A file is whole or not there. Workers
// may share a folder. Thread-safe.
//
//   KeptResult kept = keeper.Keep(completion, points);
//   … kept.Remove();  // the coordinator has it
class ResultKeeper {
 public:
  // An empty `folder`: nothing is kept. `server`: whom the results are for.
  ResultKeeper(std::string folder, std::string server);

  // What it returns is not kept if the folder cannot be written, which the log
  // says once.
  KeptResult Keep(const v1::CompleteTrialRequest& completion,
                  const std::vector<v1::Measurement>& points);
  // Those of workers that have ended.
  std::vector<KeptResult> TakeLeft();

 private:
  absl::Status Write(KeptResult& result);
  absl::StatusOr<KeptResult> Read(const std::string& path) const;

  const std::string folder_;
  const std::string server_;
  std::atomic<bool> trouble_told_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_KEPT_RESULTS_H_
