#include "coordinator/scheduler/eligibility.h"

#include <algorithm>
#include <limits>

#include "absl/strings/string_view.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_time.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/worker_data.h"
#include "shape/accounting.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// The name by which workers say that they have all generated tasks
// (worker.proto).
constexpr absl::string_view kSyntheticDataset = "synthetic";

// Whether the worker has the data, or a trainer that makes them.
bool Has(const v1::Worker& worker, const std::string& dataset) {
  const absl::string_view name =
      IsSyntheticName(dataset) ? kSyntheticDataset : dataset;
  return std::find(worker.datasets().begin(), worker.datasets().end(), name) !=
         worker.datasets().end();
}

// What stands in the way of trials on this dataset.
Obstacle ObstacleToData(const v1::Worker& worker, const v1::Campaign& campaign,
                        const std::string& dataset) {
  if (!Has(worker, dataset)) return Obstacle::kNoData;
  return HasOtherData(worker, campaign, dataset) ? Obstacle::kOtherData
                                                 : Obstacle::kNone;
}

// The obstacle of the data of the variant that the worker is nearest to.
Obstacle ObstacleToAnyData(const v1::Worker& worker,
                           const v1::Campaign& campaign) {
  Obstacle least = ObstacleToData(worker, campaign, campaign.dataset());
  for (const v1::Variant& variant : campaign.variants()) {
    if (least == Obstacle::kNone) break;
    if (variant.dataset().empty()) continue;
    const Obstacle one = ObstacleToData(worker, campaign, variant.dataset());
    least = one == Obstacle::kNone ? one : std::max(least, one);
  }
  return least;
}

// Whether the worker's device computes so. Of a GPU that is not known.
bool HasPrecision(const v1::Worker& worker, v1::Recipe::Precision precision) {
  return precision != v1::Recipe::TF32 || worker.device() != "cpu";
}

// Whether the trial waits for this worker, which names no data and so is given
// nothing else.
bool IsOwn(const v1::Worker& worker, const v1::Trial& trial) {
  return worker.datasets().empty() && trial.reserved_worker() == worker.name();
}

bool HoldsTrialOf(const v1::Worker& worker, const v1::Campaign& campaign) {
  const std::string prefix = campaign.name() + "/";
  return std::any_of(
      worker.trials().begin(), worker.trials().end(),
      [&](const std::string& trial) { return trial.starts_with(prefix); });
}

}  // namespace

int64_t LeastMemory(const v1::Trial& trial) {
  return EstimateTrainingMemory(FromProto(trial.shape()),
                                trial.shape().context())
      .total();
}

bool IsConnected(const v1::Worker& worker, absl::Time now,
                 absl::Duration lease_duration) {
  return !worker.left() &&
         absl::AbsDuration(now - FromProto(worker.contact_time())) <=
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

namespace {

// What stands in the way of a worker with the right data.
Obstacle ObstacleToAnyTrial(const v1::Worker& worker,
                            const v1::Campaign& campaign, absl::Time now) {
  if (worker.draining()) return Obstacle::kDraining;
  const v1::SetAside* const faults = FaultsOf(campaign, worker.name());
  if (faults != nullptr && faults->has_until() &&
      (IsSetAside(*faults, now) || HoldsTrialOf(worker, campaign))) {
    return Obstacle::kSetAside;
  }
  return Obstacle::kNone;
}

}  // namespace

Obstacle ObstacleToCampaign(const v1::Worker& worker,
                            const v1::Campaign& campaign, absl::Time now) {
  const Obstacle data = ObstacleToAnyData(worker, campaign);
  return data != Obstacle::kNone ? data
                                 : ObstacleToAnyTrial(worker, campaign, now);
}

Obstacle ObstacleTo(const v1::Worker& worker, const v1::Campaign& campaign,
                    const v1::Trial& trial, absl::Time now) {
  if (!trial.reserved_worker().empty() &&
      trial.reserved_worker() != worker.name()) {
    return Obstacle::kReserved;
  }
  const std::string& dataset = DatasetOf(campaign, trial);
  if (!Has(worker, dataset) && !IsOwn(worker, trial)) return Obstacle::kNoData;
  if (HasOtherData(worker, campaign, dataset)) return Obstacle::kOtherData;
  if (!HasPrecision(worker, PrecisionOf(campaign, trial))) {
    return Obstacle::kPrecision;
  }
  if (!trial.branches().empty() && !worker.branches()) {
    return Obstacle::kBranches;
  }
  if (MaxAtOnce(worker, trial, trial.shape().context()) < 1) {
    return Obstacle::kMemory;
  }
  const Obstacle any = ObstacleToAnyTrial(worker, campaign, now);
  if (any != Obstacle::kNone) return any;
  return Avoids(trial, worker.name(), now) ? Obstacle::kAvoided
                                           : Obstacle::kNone;
}

}  // namespace isoshape
