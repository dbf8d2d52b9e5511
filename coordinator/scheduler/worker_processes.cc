#include "coordinator/scheduler/worker_processes.h"

#include <spdlog/spdlog.h>

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "common/net/request_process.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr size_t kMaxEchoed = 200;  // bytes of a name

}  // namespace

void WorkerProcesses::Take(const v1::Worker& worker,
                           absl::string_view request_id) {
  const absl::string_view process = ProcessOfRequest(request_id);
  if (process.empty()) return;
  std::string& newest = newest_[worker.name()];
  if (!newest.empty() && newest != process) {
    spdlog::warn(
        "{}: a new process of this name has registered from {}; one that runs "
        "already ends its trials and is given no more",
        worker.name(), OneLine(worker.hostname(), kMaxEchoed));
  }
  newest = std::string(process);
}

absl::Status WorkerProcesses::Check(const v1::Worker& worker,
                                    absl::string_view request_id) {
  const absl::string_view process = ProcessOfRequest(request_id);
  if (process.empty()) return absl::OkStatus();
  std::string& newest = newest_[worker.name()];
  if (newest.empty()) newest = std::string(process);
  return CheckLast(worker, request_id);
}

absl::Status WorkerProcesses::CheckLast(const v1::Worker& worker,
                                        absl::string_view request_id) const {
  const absl::string_view process = ProcessOfRequest(request_id);
  const auto newest = newest_.find(worker.name());
  if (process.empty() || newest == newest_.end() || newest->second == process) {
    return absl::OkStatus();
  }
  return absl::AbortedError(
      absl::StrCat("another process has registered as ", worker.name(),
                   " since, from ", OneLine(worker.hostname(), kMaxEchoed),
                   ", and this one is given no more trials; ",
                   "give each worker a --name of its own"));
}

}  // namespace isoshape
