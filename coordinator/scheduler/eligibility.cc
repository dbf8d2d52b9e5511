#include "coordinator/scheduler/eligibility.h"

#include <algorithm>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/proto_time.h"
#include "messages/shape_proto.h"
#include "shape/accounting.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// The name by which workers say that they have all generated tasks
// (worker.proto).
constexpr absl::string_view kSyntheticDataset = "synthetic";
// Workers that a line names at most.
constexpr size_t kMaxNamed = 3;

// Whether the worker has the data, or a trainer that makes them.
bool Has(const v1::Worker& worker, const std::string& dataset) {
  const absl::string_view name =
      IsSyntheticName(dataset) ? kSyntheticDataset : dataset;
  return std::find(worker.datasets().begin(), worker.datasets().end(), name) !=
         worker.datasets().end();
}

bool HasOtherData(const v1::Worker& worker, const v1::Campaign& campaign) {
  if (campaign.data_fingerprint().empty()) return false;
  return std::any_of(worker.data().begin(), worker.data().end(),
                     [&](const v1::DataContent& data) {
                       return data.dataset() == campaign.dataset() &&
                              !data.fingerprint().empty() &&
                              data.fingerprint() != campaign.data_fingerprint();
                     });
}

bool HoldsTrialOf(const v1::Worker& worker, const v1::Campaign& campaign) {
  const std::string prefix = campaign.name() + "/";
  return std::any_of(
      worker.trials().begin(), worker.trials().end(),
      [&](const std::string& trial) { return trial.starts_with(prefix); });
}

absl::string_view ShortName(const v1::Worker& worker) {
  return absl::StripPrefix(worker.name(), "workers/");
}

std::string Gibibytes(int64_t bytes) {
  return absl::StrFormat("%.3g GiB",
                         static_cast<double>(bytes) / (int64_t{1} << 30));
}

// What a worker says of itself beside an obstacle: `w1: text`.
std::string Described(const v1::Worker& worker, const v1::Campaign& campaign,
                      Obstacle obstacle) {
  const absl::string_view name = ShortName(worker);
  switch (obstacle) {
    case Obstacle::kNoData:
      return absl::StrCat(name, ": ",
                          worker.datasets().empty()
                              ? "none"
                              : absl::StrJoin(worker.datasets(), ", "));
    case Obstacle::kMemory:
      return absl::StrCat(name, ": ", Gibibytes(worker.memory_limit_bytes()));
    case Obstacle::kSetAside: {
      const v1::SetAside* faults = FaultsOf(campaign, worker.name());
      return absl::StrCat(
          name, faults == nullptr ? "" : absl::StrCat(": ", faults->reason()));
    }
    default:
      return std::string(name);
  }
}

std::string Sentence(Obstacle obstacle, const v1::Campaign& campaign,
                     const std::vector<v1::Trial>& pending) {
  switch (obstacle) {
    case Obstacle::kNoData:
      return absl::StrCat("no connected worker has data '", campaign.dataset(),
                          "'");
    case Obstacle::kOtherData:
      return absl::StrCat("the data '", campaign.dataset(),
                          "' of the connected workers are not those that the "
                          "campaign's results rest on, ",
                          campaign.data_fingerprint());
    case Obstacle::kBranches:
      return "the trainers of the connected workers know no cooldown branches";
    case Obstacle::kMemory: {
      int64_t least = std::numeric_limits<int64_t>::max();
      for (const v1::Trial& trial : pending) {
        least = std::min(least, LeastMemory(trial));
      }
      return absl::StrCat("the smallest needs about ", Gibibytes(least),
                          " of memory, more than any connected worker has");
    }
    case Obstacle::kDraining:
      return "the connected workers drain";
    case Obstacle::kSetAside:
      return "the connected workers were set aside, as they could not train";
    case Obstacle::kAvoided:
      return "the connected workers gave them back, and try again soon";
    case Obstacle::kNone:
      break;
  }
  return "";
}

}  // namespace

int64_t LeastMemory(const v1::Trial& trial) {
  return EstimateTrainingMemory(FromProto(trial.shape()),
                                trial.shape().context())
      .total();
}

bool IsConnected(const v1::Worker& worker, absl::Time now,
                 absl::Duration lease_duration) {
  return absl::AbsDuration(now - FromProto(worker.contact_time())) <=
         lease_duration;
}

int64_t MaxAtOnce(const v1::Worker& worker, const v1::Trial& trial,
                  int64_t tokens) {
  if (worker.memory_limit_bytes() == 0) {
    return std::numeric_limits<int64_t>::max();
  }
  const int64_t one =
      EstimateTrainingMemory(FromProto(trial.shape()), tokens).total();
  return worker.memory_limit_bytes() / std::max<int64_t>(one, 1);
}

Obstacle ObstacleToCampaign(const v1::Worker& worker,
                            const v1::Campaign& campaign, absl::Time now) {
  if (!Has(worker, campaign.dataset())) return Obstacle::kNoData;
  if (HasOtherData(worker, campaign)) return Obstacle::kOtherData;
  if (worker.draining()) return Obstacle::kDraining;
  const v1::SetAside* const faults = FaultsOf(campaign, worker.name());
  if (faults != nullptr && faults->has_until() &&
      (IsSetAside(*faults, now) || HoldsTrialOf(worker, campaign))) {
    return Obstacle::kSetAside;
  }
  return Obstacle::kNone;
}

Obstacle ObstacleTo(const v1::Worker& worker, const v1::Campaign& campaign,
                    const v1::Trial& trial, absl::Time now) {
  const Obstacle campaigns = ObstacleToCampaign(worker, campaign, now);
  if (campaigns == Obstacle::kNoData || campaigns == Obstacle::kOtherData) {
    return campaigns;
  }
  if (!trial.branches().empty() && !worker.branches()) {
    return Obstacle::kBranches;
  }
  if (MaxAtOnce(worker, trial, trial.shape().context()) < 1) {
    return Obstacle::kMemory;
  }
  if (campaigns != Obstacle::kNone) return campaigns;
  return Avoids(trial, worker.name(), now) ? Obstacle::kAvoided
                                           : Obstacle::kNone;
}

std::string WhyTrialsWait(const v1::Campaign& campaign,
                          const std::vector<v1::Trial>& pending,
                          const std::vector<v1::Worker>& online,
                          absl::Time now) {
  if (pending.empty()) return "";
  const std::string wait =
      absl::StrCat(pending.size(),
                   pending.size() == 1 ? " trial waits: " : " trials wait: ");
  if (campaign.state() == v1::Campaign::PAUSED) {
    return absl::StrCat(wait, "the campaign is paused");
  }
  if (online.empty()) {
    return absl::StrCat(wait,
                        "no worker is connected; start one with 'isoshape "
                        "worker'");
  }
  // Of each worker, the obstacle of the trial that it is nearest to: the last
  // of the enumeration.
  std::map<Obstacle, std::vector<std::string>, std::greater<>> found;
  for (const v1::Worker& worker : online) {
    Obstacle least = Obstacle::kNoData;
    for (const v1::Trial& trial : pending) {
      const Obstacle one = ObstacleTo(worker, campaign, trial, now);
      if (one == Obstacle::kNone) return "";
      least = std::max(least, one);
    }
    found[least].push_back(Described(worker, campaign, least));
  }
  const auto& [obstacle, workers] = *found.begin();
  const size_t named = std::min(workers.size(), kMaxNamed);
  std::string names =
      absl::StrJoin(workers.begin(),
                    workers.begin() + static_cast<std::ptrdiff_t>(named), "; ");
  if (workers.size() > named) {
    absl::StrAppend(&names, "; ", workers.size() - named, " more");
  }
  return absl::StrCat(wait, Sentence(obstacle, campaign, pending), " (", names,
                      ")");
}

}  // namespace isoshape
