#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "isoshape/v1/trial.pb.h"
#include "search/interface.h"

namespace isoshape {

// The trials of a campaign as its search saw them at one moment. Immutable, so
// that it may be read on another thread than that of the history that gave it.
class HistorySnapshot {
 public:
  HistorySnapshot() = default;

  std::vector<PastTrial> PastTrials() const;

 private:
  friend class PlanHistory;
  // A trial and its branches; none for a trial that the search does not see.
  using Entry = absl::InlinedVector<PastTrial, 1>;
  // So many trials, that of number 1 first; the last part may have fewer.
  using Part = std::vector<Entry>;
  static constexpr size_t kPart = 64;

  std::vector<std::shared_ptr<const Part>> parts_;
};

// The trials of a campaign as its search sees them, which are those of the
// variant `base`, kept up to date trial by trial, so that a plan costs no look
// at every message. What a snapshot has is copied in parts, when it changes: so
// neither a change nor a plan's order costs what the whole history would. Not
// thread-safe.
class PlanHistory {
 public:
  PlanHistory() = default;
  PlanHistory(PlanHistory&&) = default;
  PlanHistory& operator=(PlanHistory&&) = default;
  // Parts would be shared by two that change them.
  PlanHistory(const PlanHistory&) = delete;
  PlanHistory& operator=(const PlanHistory&) = delete;

  // Adds the trial of the next number, from 1 on, or replaces one.
  void Set(int64_t number, const v1::Trial& trial);
  HistorySnapshot Snapshot() const;
  int64_t trials() const { return trials_; }
  // Of all trials that are trained here, exact convention.
  double planned_flops() const { return planned_flops_; }
  // The numbers of the trials that are trained here and may be the same run
  // (IsSameRun), ascending: all that are, and seldom another.
  absl::Span<const int64_t> MayBeSameRun(const v1::Trial& trial) const;

 private:
  struct Part {
    std::shared_ptr<HistorySnapshot::Part> entries;
    mutable bool shared = false;  // a snapshot has it
  };

  std::vector<Part> parts_;
  int64_t trials_ = 0;
  double planned_flops_ = 0;
  // By a hash of what makes a run.
  absl::flat_hash_map<size_t, absl::InlinedVector<int64_t, 1>> runs_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_
