// Why trials wait, in words.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/names/name_parts.h"
#include "messages/trial/verifier_name.h"
#include "messages/trial/worker_data.h"
#include "shape/synthetic_task.h"

namespace isoshape {
namespace {

// Workers that a line names at most.
constexpr size_t kMaxNamed = 3;

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
      return absl::StrCat(
          name, ": ",
          FormatBytes(static_cast<double>(worker.memory_limit_bytes())));
    case Obstacle::kSetAside: {
      const v1::SetAside* faults = FaultsOf(campaign, worker.name());
      return absl::StrCat(
          name, faults == nullptr ? "" : absl::StrCat(": ", faults->reason()));
    }
    default:
      return std::string(name);
  }
}

// How to start a worker that can train the trial.
std::string StartOne(const v1::Campaign& campaign, const v1::Trial& trial) {
  const std::string id = ShortName(trial.reserved_worker());
  if (IsVerifier(id)) {
    return "run its 'isoshape train --verify' again";
  }
  const std::string& dataset = DatasetOf(campaign, trial);
  if (id.empty() && dataset == kSimulatedData) {
    return "start some with 'isoshape simulate fleet'";
  }
  return absl::StrCat(
      "start ", id.empty() ? "one" : "it", " with 'isoshape worker",
      id.empty() ? "" : absl::StrCat(" --name ", id),
      IsSyntheticName(dataset) ? " --data synthetic:"
                               : absl::StrCat(" --data ", dataset, "=PATH"),
      "'");
}

// What a command can do about it; empty: none can.
std::string Remedy(Obstacle obstacle, const v1::Campaign& campaign,
                   const v1::Trial& example) {
  switch (obstacle) {
    case Obstacle::kNoData:
    case Obstacle::kDraining:
      return "; " + StartOne(campaign, example);
    case Obstacle::kSetAside:
      return "; once that is mended, 'isoshape worker readmit NAME' has it "
             "tried at once";
    default:
      return "";
  }
}

// `example` is one of the trials, which all wait for one worker alone if it
// does.
std::string Sentence(Obstacle obstacle, const v1::Campaign& campaign,
                     const std::vector<const v1::Trial*>& pending,
                     const v1::Trial& example) {
  const bool one = !example.reserved_worker().empty();
  const std::string& dataset = DatasetOf(campaign, example);
  switch (obstacle) {
    case Obstacle::kNoData:
      return absl::StrCat(one ? "it has no" : "no connected worker has",
                          " data '", dataset, "'");
    case Obstacle::kOtherData:
      return absl::StrCat(one ? "its" : "the", " data '", dataset, "' ",
                          one ? "" : "of the connected workers ",
                          "are not those that the campaign's results rest on, ",
                          DataFingerprint(campaign, dataset));
    case Obstacle::kPrecision:
      return absl::StrCat("tf32 needs a GPU, and ",
                          one ? "it has none" : "no connected worker has one");
    case Obstacle::kBranches:
      return absl::StrCat(one ? "its trainer knows"
                              : "the trainers of the connected workers know",
                          " no cooldown branches");
    case Obstacle::kMemory: {
      int64_t least = std::numeric_limits<int64_t>::max();
      for (const v1::Trial* trial : pending) {
        least = std::min(least, LeastMemory(*trial));
      }
      return absl::StrCat("the smallest needs about ",
                          FormatBytes(static_cast<double>(least)),
                          " of memory, more than ",
                          one ? "it" : "any connected worker", " has");
    }
    case Obstacle::kDraining:
      return one ? "it drains" : "the connected workers drain";
    case Obstacle::kSetAside:
      return one ? "it was set aside, as it could not train"
                 : "the connected workers were set aside, as they could not "
                   "train";
    case Obstacle::kAvoided:
      return one ? "it gave them back, and tries again soon"
                 : "the connected workers gave them back, and try again soon";
    case Obstacle::kReserved:
    case Obstacle::kNone:
      break;
  }
  return "";
}

// Of the trials that differ in nothing but memory and who gave them back, the
// one that needs the least, as if nobody had given it back: if a worker may not
// be given that one, it may be given none of them. There are few, however many
// wait.
std::vector<v1::Trial> LeastOfEachKind(
    const v1::Campaign& campaign,
    const std::vector<const v1::Trial*>& pending) {
  using Kind = std::tuple<std::string, v1::Recipe::Precision, bool>;
  std::map<Kind, std::pair<int64_t, const v1::Trial*>> kinds;
  for (const v1::Trial* trial : pending) {
    const int64_t bytes = LeastMemory(*trial);
    const auto [kind, is_new] = kinds.try_emplace(
        {DatasetOf(campaign, *trial), PrecisionOf(campaign, *trial),
         trial->branches().empty()},
        bytes, trial);
    if (!is_new && bytes < kind->second.first) kind->second = {bytes, trial};
  }
  std::vector<v1::Trial> least;
  for (const auto& [kind, found] : kinds) {
    least.push_back(*found.second);
    least.back().clear_avoided();
  }
  return least;
}

// The obstacle of the trial that the worker is nearest to: kNone if it may be
// given one.
struct Nearest {
  Obstacle obstacle = Obstacle::kNone;
  const v1::Trial* trial = nullptr;
};
Nearest NearestTo(const v1::Worker& worker, const v1::Campaign& campaign,
                  const std::vector<v1::Trial>& least_of_each_kind,
                  const std::vector<const v1::Trial*>& pending,
                  absl::Time now) {
  Nearest nearest;
  for (const v1::Trial& trial : least_of_each_kind) {
    const Obstacle one = ObstacleTo(worker, campaign, trial, now);
    if (one == Obstacle::kNone) {
      const bool any =
          std::any_of(pending.begin(), pending.end(), [&](const auto* each) {
            return ObstacleTo(worker, campaign, *each, now) == Obstacle::kNone;
          });
      return {any ? Obstacle::kNone : Obstacle::kAvoided, &trial};
    }
    if (nearest.trial == nullptr || one > nearest.obstacle) {
      nearest = {one, &trial};
    }
  }
  return nearest;
}

// Why none of the trials can be given to a connected worker: kNone and nothing
// if one can.
struct Reason {
  Obstacle obstacle = Obstacle::kNone;
  std::string text;
};
Reason WhyNoneOf(const v1::Campaign& campaign,
                 const std::vector<const v1::Trial*>& pending,
                 const std::vector<v1::Worker>& online, absl::Time now) {
  const std::vector<v1::Trial> least = LeastOfEachKind(campaign, pending);
  // Each worker counts by the obstacle of the trial that it is nearest to: the
  // last of the enumeration.
  std::map<Obstacle, std::vector<const v1::Worker*>, std::greater<>> found;
  std::map<Obstacle, const v1::Trial*> examples;
  for (const v1::Worker& worker : online) {
    const Nearest one = NearestTo(worker, campaign, least, pending, now);
    if (one.obstacle == Obstacle::kNone) return {};
    examples.emplace(one.obstacle, one.trial);
    found[one.obstacle].push_back(&worker);
  }
  const auto& [obstacle, workers] = *found.begin();
  const size_t named = std::min(workers.size(), kMaxNamed);
  std::string names = absl::StrJoin(
      workers.begin(), workers.begin() + static_cast<std::ptrdiff_t>(named),
      "; ", [&](std::string* out, const v1::Worker* worker) {
        absl::StrAppend(out,
                        Described(*worker, campaign, found.begin()->first));
      });
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
  return absl::StrCat(Counted(static_cast<int64_t>(trials), "trial"), of,
                      trials == 1 ? " waits: " : " wait: ");
}

using Trials = std::vector<const v1::Trial*>;

// Why trials wait that any worker may train: a line for each variant that
// nobody can train, one line if all variants wait for the same.
std::string WhyAnyWait(const v1::Campaign& campaign, const Trials& pending,
                       const std::vector<v1::Worker>& online, absl::Time now,
                       bool others_run) {
  if (online.empty()) {
    return TrialsWait(pending.size(), "") + "no worker is connected; " +
           StartOne(campaign, *pending.front());
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

// Why trials wait that are for that worker alone, whatever others do; empty if
// it can train them.
std::string WhyReservedWait(const v1::Campaign& campaign,
                            const std::string& reserved, const Trials& pending,
                            const std::vector<v1::Worker>& online,
                            absl::Time now) {
  std::string line = absl::StrCat(
      pending.size(), pending.size() == 1 ? " trial waits" : " trials wait",
      " for worker ", ShortName(reserved));
  const auto worker = std::find_if(
      online.begin(), online.end(),
      [&](const v1::Worker& one) { return one.name() == reserved; });
  if (worker == online.end()) {
    return absl::StrCat(line, ", which is not connected; ",
                        StartOne(campaign, *pending.front()),
                        ", or 'isoshape worker delete ", ShortName(reserved),
                        "' cancels ", pending.size() == 1 ? "it" : "them");
  }
  const Reason why = WhyNoneOf(campaign, pending, {*worker}, now);
  if (why.obstacle == Obstacle::kNone) return "";
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
        reserved.empty()
            ? WhyAnyWait(campaign, trials, online, now, others_run)
            : WhyReservedWait(campaign, reserved, trials, online, now);
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
