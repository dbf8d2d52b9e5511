#include "coordinator/scheduler/why_trials_wait.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

std::string TrialsWait(size_t trials, absl::string_view of) {
  return absl::StrCat(Counted(static_cast<int64_t>(trials), "trial"), of,
                      trials == 1 ? " waits: " : " wait: ");
}

}  // namespace

WaitingTrials::WaitingTrials(const v1::Campaign& campaign,
                             const std::vector<v1::Trial>& pending,
                             absl::Time now)
    : campaign_(campaign),
      now_(now),
      trials_(pending.size()),
      others_run_(campaign.trial_counts().leased() > 0),
      is_paused_(campaign.state() == v1::Campaign::PAUSED),
      next_reserved_(reserved_.end()) {
  if (is_paused_) return;
  for (const v1::Trial& trial : pending) {
    const std::string& reserved = trial.reserved_worker();
    Group& group =
        reserved.empty() ? variants_[VariantOf(trial)] : reserved_[reserved];
    group.trials.push_back(&trial);
    if (reserved.empty()) for_any_.push_back(&trial);
  }
  for (Groups* const groups : {&variants_, &reserved_}) {
    for (auto& [name, group] : *groups) {
      group.least_of_each_kind = LeastOfEachKind(campaign, group.trials);
    }
    unknown_ += groups->size();
  }
  next_reserved_ = reserved_.begin();
}

void WaitingTrials::Add(const v1::Worker& worker) {
  any_connected_ = true;
  for (auto& [variant, group] : variants_) {
    if (group.is_known) continue;
    Show(worker, group);
    if (group.can_run || IsOver(group)) Know(group);
  }
  // Those whose workers' names come before this one are not connected.
  for (; next_reserved_ != reserved_.end() &&
         next_reserved_->first <= worker.name();
       ++next_reserved_) {
    if (next_reserved_->first == worker.name()) {
      Show(worker, next_reserved_->second);
    }
    Know(next_reserved_->second);
  }
}

void WaitingTrials::Know(Group& group) {
  group.is_known = true;
  --unknown_;
}

void WaitingTrials::Show(const v1::Worker& worker, Group& group) const {
  const Nearest nearest = NearestTo(worker, campaign_, group.least_of_each_kind,
                                    group.trials, now_);
  if (nearest.obstacle == Obstacle::kNone) {
    group.can_run = true;
    return;
  }
  Obstructed& alike = group.found[nearest.obstacle];
  if (alike.workers++ == 0) alike.example = nearest.trial;
  if (alike.named.size() < kMaxNamed) {
    alike.named.push_back(Described(worker, campaign_, nearest.obstacle));
  }
}

bool WaitingTrials::IsOver(const Group& group) const {
  return others_run_ && !group.found.empty() &&
         group.found.begin()->first >= Obstacle::kDraining;
}

// Why none of the trials can be given to a connected worker.
std::string WaitingTrials::ReasonOf(const Group& group) const {
  const auto& [obstacle, alike] = *group.found.begin();
  std::string names = absl::StrJoin(alike.named, "; ");
  if (alike.workers > alike.named.size()) {
    absl::StrAppend(&names, "; ", alike.workers - alike.named.size(), " more");
  }
  return absl::StrCat(
      Sentence(obstacle, campaign_, group.trials, *alike.example), " (", names,
      ")", Remedy(obstacle, campaign_, *alike.example));
}

// Why trials wait that any worker may train: a line for each variant that
// nobody can train, one line if all variants wait for the same.
std::string WaitingTrials::WhyAnyWait() const {
  if (!any_connected_) {
    return TrialsWait(for_any_.size(), "") + "no worker is connected; " +
           StartOne(campaign_, *for_any_.front());
  }
  std::vector<std::string> lines;
  std::set<std::string> reasons;
  for (const auto& [variant, group] : variants_) {
    if (group.can_run || IsOver(group)) continue;
    const std::string why = ReasonOf(group);
    reasons.insert(why);
    lines.push_back(
        TrialsWait(group.trials.size(), absl::StrCat(" of variant ", variant)) +
        why);
  }
  if (lines.size() == variants_.size() && reasons.size() == 1 &&
      (lines.size() > 1 || campaign_.variants().empty())) {
    return TrialsWait(for_any_.size(), "") + *reasons.begin();
  }
  return absl::StrJoin(lines, "; ");
}

// Why trials wait that are for that worker alone, whatever others do; empty if
// it can train them.
std::string WaitingTrials::WhyReservedWait(const std::string& reserved,
                                           const Group& group) const {
  if (group.can_run) return "";
  const size_t trials = group.trials.size();
  std::string line =
      absl::StrCat(trials, trials == 1 ? " trial waits" : " trials wait",
                   " for worker ", ShortName(reserved));
  if (!group.found.empty()) {
    return absl::StrCat(line, " alone: ", ReasonOf(group));
  }
  return absl::StrCat(line, ", which is not connected; ",
                      StartOne(campaign_, *group.trials.front()),
                      ", or 'isoshape worker delete ", ShortName(reserved),
                      "' cancels ", trials == 1 ? "it" : "them");
}

std::string WaitingTrials::Why() const {
  if (trials_ == 0 || (others_run_ && (is_paused_ || !any_connected_))) {
    return "";
  }
  if (is_paused_) return TrialsWait(trials_, "") + "the campaign is paused";
  std::vector<std::string> lines;
  const auto add = [&lines](std::string line) {
    if (!line.empty()) lines.push_back(std::move(line));
  };
  if (!for_any_.empty()) add(WhyAnyWait());
  for (const auto& [reserved, group] : reserved_) {
    add(WhyReservedWait(reserved, group));
  }
  if (lines.size() > kMaxNamed + 1) {
    const size_t more = lines.size() - kMaxNamed - 1;
    lines.resize(kMaxNamed + 1);
    lines.push_back(absl::StrCat("others wait for ", more, " more"));
  }
  return absl::StrJoin(lines, "; ");
}

std::string WhyTrialsWait(const v1::Campaign& campaign,
                          const std::vector<v1::Trial>& pending,
                          const std::vector<v1::Worker>& online,
                          absl::Time now) {
  WaitingTrials waiting(campaign, pending, now);
  for (const v1::Worker& worker : online) {
    if (waiting.IsKnown()) break;
    waiting.Add(worker);
  }
  return waiting.Why();
}

}  // namespace isoshape
