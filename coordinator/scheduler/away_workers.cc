#include "coordinator/scheduler/away_workers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

constexpr size_t kMostAtOnce = 4 * kLookEach;

size_t BytesOf(const std::map<std::string, v1::Worker>& workers) {
  size_t bytes = 0;
  for (const auto& [name, worker] : workers) bytes += worker.ByteSizeLong();
  return bytes;
}

// Whether something was heard of it after it had registered: both times are
// set then, one a moment after the other.
bool CameBack(const v1::Worker& worker) {
  return FromProto(worker.contact_time()) - FromProto(worker.register_time()) >
         absl::Seconds(1);
}

}  // namespace

bool WorkerRoom::IsTimeToLook(bool is_new, size_t more,
                              absl::Duration now) const {
  if (is_new && new_names_ >= kLookEach) return true;
  if (new_bytes_ + more > kLookEachBytes) return true;
  return IsFull(more) && now - looked_ > kLookEachWhileFull;
}

void WorkerRoom::Looked(const std::map<std::string, v1::Worker>& workers,
                        absl::Duration now) {
  bytes_ = BytesOf(workers);
  new_names_ = 0;
  new_bytes_ = 0;
  looked_ = now;
}

absl::Status WorkerRoom::Take(bool is_new, size_t more) {
  if (more > 0 && IsFull(more)) {
    absl::Status refusal = absl::ResourceExhaustedError(absl::StrCat(
        "workers that are in contact say ", bytes_ >> 20,
        " MB of themselves, and there is room for ", kMostBytesOfWorkers >> 20,
        "; name fewer data for each worker, or start fewer"));
    SetRetryAfter(kLookEachWhileFull, refusal);
    return refusal;
  }
  if (is_new) ++new_names_;
  bytes_ += more;
  new_bytes_ += more;
  return absl::OkStatus();
}

std::vector<std::string> LongestAway(
    const std::map<std::string, v1::Worker>& workers,
    absl::FunctionRef<bool(const v1::Worker& worker)> may_go) {
  size_t bytes = BytesOf(workers);
  size_t kept_bytes = kMaxBytesOfWorkers;
  if (bytes > kept_bytes) kept_bytes -= kept_bytes / 8;
  const size_t beyond = workers.size() < kMaxWorkers
                            ? 0
                            : workers.size() - (kMaxWorkers - kLookEach);
  if (beyond == 0 && bytes <= kept_bytes) return {};
  struct Idle {
    std::pair<bool, absl::Time> stays;  // the least goes first
    const v1::Worker* worker;
  };
  std::vector<Idle> idle;
  for (const auto& [name, worker] : workers) {
    if (!worker.trials().empty() || worker.draining()) continue;
    idle.push_back(
        {{CameBack(worker), FromProto(worker.contact_time())}, &worker});
  }
  // Equals stay in the order of their names.
  std::stable_sort(idle.begin(), idle.end(), [](const Idle& a, const Idle& b) {
    return a.stays < b.stays;
  });
  std::vector<std::string> names;
  for (const Idle& one : idle) {
    const bool enough = names.size() >= beyond && bytes <= kept_bytes;
    if (enough || names.size() == kMostAtOnce) break;
    if (!may_go(*one.worker)) continue;
    names.push_back(one.worker->name());
    bytes -= one.worker->ByteSizeLong();
  }
  return names;
}

}  // namespace isoshape
