#include "coordinator/scheduler/eligibility.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/campaign_variants.h"
#include "messages/name_parts.h"
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

std::string Gibibytes(int64_t bytes) {
  return absl::StrFormat("%.3g GiB",
                         static_cast<double>(bytes) / (int64_t{1} << 30));
}

// What a worker says of itself beside an obstacle: `w1: text`.
std::string Described(const v1::Worker& worker, const v1::Campaign& campaign,
                      Obstacle obstacle) {
  const std::string name = ShortName(worker.name());
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

// How to start a worker that has the data.
std::string StartOne(const std::string& dataset) {
  return absl::StrCat("start one with 'isoshape worker",
                      IsSyntheticName(dataset)
                          ? ""
                          : absl::StrCat(" --data ", dataset, "=PATH"),
                      "'");
}

// What a command can do about it; empty: none can.
std::string Remedy(Obstacle obstacle, const v1::Campaign& campaign,
                   const v1::Trial& example) {
  switch (obstacle) {
    case Obstacle::kNoData:
    case Obstacle::kDraining:
      return "; " + StartOne(DatasetOf(campaign, example));
    case Obstacle::kSetAside:
      return "; once that is mended, 'isoshape worker readmit NAME' has it "
             "tried at once";
    default:
      return "";
  }
}

// `example` is one of the trials.
std::string Sentence(Obstacle obstacle, const v1::Campaign& campaign,
                     const std::vector<const v1::Trial*>& pending,
                     const v1::Trial& example) {
  const std::string& dataset = DatasetOf(campaign, example);
  switch (obstacle) {
    case Obstacle::kNoData:
      return absl::StrCat("no connected worker has data '", dataset, "'");
    case Obstacle::kOtherData:
      return absl::StrCat("the data '", dataset,
                          "' of the connected workers are not those that the "
                          "campaign's results rest on, ",
                          DataFingerprint(campaign, dataset));
    case Obstacle::kPrecision:
      return "tf32 needs a GPU, and no connected worker has one";
    case Obstacle::kBranches:
      return "the trainers of the connected workers know no cooldown branches";
    case Obstacle::kMemory: {
      int64_t least = std::numeric_limits<int64_t>::max();
      for (const v1::Trial* trial : pending) {
        least = std::min(least, LeastMemory(*trial));
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
    case Obstacle::kReserved:
    case Obstacle::kNone:
      break;
  }
  return "";
}

}  // namespace

bool HasOtherData(const v1::Worker& worker, const v1::Campaign& campaign,
                  const std::string& dataset) {
  const std::string& known = DataFingerprint(campaign, dataset);
  return !known.empty() &&
         std::any_of(worker.data().begin(), worker.data().end(),
                     [&](const v1::DataContent& data) {
                       return data.dataset() == dataset &&
                              !data.fingerprint().empty() &&
                              data.fingerprint() != known;
                     });
}

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

namespace {

// Why none of the trials can be given to a connected worker: kNone and nothing
// if one can.
struct Reason {
  Obstacle obstacle = Obstacle::kNone;
  std::string text;
};
Reason WhyNoneOf(const v1::Campaign& campaign,
                 const std::vector<const v1::Trial*>& pending,
                 const std::vector<v1::Worker>& online, absl::Time now) {
  // Of each worker, the obstacle of the trial that it is nearest to: the last
  // of the enumeration.
  std::map<Obstacle, std::vector<std::string>, std::greater<>> found;
  std::map<Obstacle, const v1::Trial*> examples;
  for (const v1::Worker& worker : online) {
    Obstacle least = Obstacle::kNoData;
    for (const v1::Trial* trial : pending) {
      const Obstacle one = ObstacleTo(worker, campaign, *trial, now);
      if (one == Obstacle::kNone) return {};
      least = std::max(least, one);
      examples.emplace(one, trial);
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
  return {
      obstacle,
      absl::StrCat(
          Sentence(obstacle, campaign, pending, *examples.at(obstacle)), " (",
          names, ")", Remedy(obstacle, campaign, *examples.at(obstacle)))};
}

std::string TrialsWait(size_t trials, absl::string_view of) {
  return absl::StrCat(trials, trials == 1 ? " trial" : " trials", of,
                      trials == 1 ? " waits: " : " wait: ");
}

using Trials = std::vector<const v1::Trial*>;

// Of trials that any worker may train, a line for each variant that nobody can;
// one line if all variants wait for the same.
std::string WhyAnyWait(const v1::Campaign& campaign, const Trials& pending,
                       const std::vector<v1::Worker>& online, absl::Time now,
                       bool others_run) {
  if (online.empty()) {
    return TrialsWait(pending.size(), "") + "no worker is connected; " +
           StartOne(campaign.dataset());
  }
  std::map<std::string, Trials> by_variant;
  for (const v1::Trial* trial : pending) {
    by_variant[VariantOf(*trial)].push_back(trial);
  }
  std::vector<std::string> lines;
  std::set<std::string> reasons;
  for (const auto& [variant, trials] : by_variant) {
    const Reason why = WhyNoneOf(campaign, trials, online, now);
    if (why.obstacle == Obstacle::kNone ||
        (others_run && why.obstacle >= Obstacle::kDraining)) {
      continue;
    }
    reasons.insert(why.text);
    lines.push_back(
        TrialsWait(trials.size(), absl::StrCat(" of variant ", variant)) +
        why.text);
  }
  if (lines.size() == by_variant.size() && reasons.size() == 1 &&
      (lines.size() > 1 || campaign.variants().empty())) {
    return TrialsWait(pending.size(), "") + *reasons.begin();
  }
  return absl::StrJoin(lines, "; ");
}

// Of trials that wait for that worker alone; empty if it can train them.
std::string WhyReservedWait(const v1::Campaign& campaign,
                            const std::string& reserved, const Trials& pending,
                            const std::vector<v1::Worker>& online,
                            absl::Time now, bool others_run) {
  std::string line = absl::StrCat(
      pending.size(), pending.size() == 1 ? " trial waits" : " trials wait",
      " for worker ", ShortName(reserved));
  const auto worker = std::find_if(
      online.begin(), online.end(),
      [&](const v1::Worker& one) { return one.name() == reserved; });
  if (worker == online.end()) {
    const std::string id = ShortName(reserved);
    return absl::StrCat(line,
                        ", which is not connected; start it with "
                        "'isoshape worker --name ",
                        id, "', or 'isoshape worker delete ", id, "' cancels ",
                        pending.size() == 1 ? "it" : "them");
  }
  const Reason why = WhyNoneOf(campaign, pending, {*worker}, now);
  if (why.obstacle == Obstacle::kNone ||
      (others_run && why.obstacle >= Obstacle::kDraining)) {
    return "";
  }
  return absl::StrCat(line, " alone: ", why.text);
}

}  // namespace

std::string WhyTrialsWait(const v1::Campaign& campaign,
                          const std::vector<v1::Trial>& pending,
                          const std::vector<v1::Worker>& online,
                          absl::Time now) {
  if (pending.empty()) return "";
  const bool others_run = campaign.trial_counts().leased() > 0;
  if (others_run && online.empty()) return "";
  if (campaign.state() == v1::Campaign::PAUSED) {
    if (others_run) return "";
    return TrialsWait(pending.size(), "") + "the campaign is paused";
  }
  std::map<std::string, Trials> by_worker;  // reserved for; empty: for any
  for (const v1::Trial& trial : pending) {
    by_worker[trial.reserved_worker()].push_back(&trial);
  }
  std::vector<std::string> lines;
  for (const auto& [reserved, trials] : by_worker) {
    std::string line =
        reserved.empty() ? WhyAnyWait(campaign, trials, online, now, others_run)
                         : WhyReservedWait(campaign, reserved, trials, online,
                                           now, others_run);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  if (lines.size() > kMaxNamed + 1) {
    const size_t more = lines.size() - kMaxNamed - 1;
    lines.resize(kMaxNamed + 1);
    lines.push_back(absl::StrCat("others wait for ", more, " more"));
  }
  return absl::StrJoin(lines, "; ");
}

}  // namespace isoshape
