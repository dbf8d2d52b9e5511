#ifndef ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_
#define ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "isoshape/v1/trial.pb.h"
#include "search/interface.h"

namespace isoshape {

// The trials of a campaign as its search sees them, which are those of the
// variant `base`, kept up to date trial by trial, so that a plan costs a copy
// of them and not a look at every message.
class PlanHistory {
 public:
  // A trial and its branches; none for a trial that the search does not see.
  using Entry = absl::InlinedVector<PastTrial, 1>;

  // Adds the trial of the next number, from 1 on, or replaces one.
  void Set(int64_t number, const v1::Trial& trial);
  std::vector<PastTrial> PastTrials() const;
  int64_t trials() const { return static_cast<int64_t>(entries_.size()); }
  // Of all trials that are trained here, exact convention.
  double planned_flops() const { return planned_flops_; }
  // Whether there is a trial of this shape, budget, seed and variant, which is
  // not `base`: a user added it before the search came to its shape.
  bool HasInVariant(const v1::Trial& trial) const;

 private:
  std::deque<Entry> entries_;
  double planned_flops_ = 0;
  std::set<std::string> in_variants_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_PLANNING_PLAN_HISTORY_H_
