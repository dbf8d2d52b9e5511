#include "coordinator/scheduler/away_workers.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

constexpr size_t kMostAtOnce = 4 * kLookEach;

// Whether something was heard of it after it had registered: both times are
// set then, one a moment after the other.
bool CameBack(const v1::Worker& worker) {
  return FromProto(worker.contact_time()) - FromProto(worker.register_time()) >
         absl::Seconds(1);
}

}  // namespace

bool IsTimeToForget(size_t known) {
  return known > 0 && known % kLookEach == 0;
}

std::vector<std::string> LongestAway(
    const std::map<std::string, v1::Worker>& workers,
    absl::FunctionRef<bool(const v1::Worker& worker)> may_go) {
  size_t bytes = 0;
  for (const auto& [name, worker] : workers) bytes += worker.ByteSizeLong();
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
