#include "coordinator/planning/plan_history.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "coordinator/planning/planner.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/json/proto_time.h"
#include "messages/shape/shape_proto.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/measured_points.h"

namespace isoshape {
namespace {

PastTrial::State PastState(const v1::Trial& trial) {
  if (trial.excluded()) return PastTrial::State::kFailed;
  switch (trial.state()) {
    case v1::Trial::PENDING:
      return PastTrial::State::kPending;
    case v1::Trial::LEASED:
      return PastTrial::State::kRunning;
    case v1::Trial::SUCCEEDED:
      return PastTrial::State::kSucceeded;
    case v1::Trial::DIVERGED:
      return PastTrial::State::kDiverged;
    default:
      return PastTrial::State::kFailed;
  }
}

void SetLoss(const MeasuredPoint& point, PastTrial* past) {
  past->state = PastTrial::State::kSucceeded;
  past->validation_loss = point.loss;
  if (point.loss_stderr > 0) past->loss_stderr = point.loss_stderr;
  past->flops = point.flops;
}

// A trial and its branches, as if each budget had one of its own.
PlanHistory::Entry PastTrialsOf(const v1::Trial& trial) {
  PlanHistory::Entry past_trials;
  if (!IsOfSearch(trial) || !IsBase(trial)) return past_trials;
  const std::vector<MeasuredPoint> points = MeasuredPoints(trial);
  const auto point_at = [&](int64_t steps) {
    return std::find_if(
        points.begin(), points.end(),
        [&](const MeasuredPoint& p) { return p.steps == steps; });
  };
  PastTrial own;
  own.shape = FromProto(trial.shape());
  own.budget_flops = trial.budget_flops();
  own.seed = trial.seed();
  own.state = PastState(trial);
  own.excluded = trial.excluded();
  if (trial.has_end_time()) {
    own.ended = absl::ToUnixMicros(FromProto(trial.end_time()));
  }
  PastTrial whole = own;
  if (own.state == PastTrial::State::kSucceeded) {
    const auto point = point_at(trial.steps());
    if (point != points.end()) {
      SetLoss(*point, &whole);
    } else {
      whole.state = PastTrial::State::kFailed;
    }
  }
  past_trials.push_back(whole);
  for (const v1::TrialBranch& branch : trial.branches()) {
    const auto point = point_at(branch.steps());
    PastTrial past = own;
    past.budget_flops = branch.budget_flops();
    if (point != points.end()) {
      SetLoss(*point, &past);
    } else if (own.state == PastTrial::State::kSucceeded) {
      continue;  // the trainer left it out: it may be proposed by itself
    }
    past_trials.push_back(past);
  }
  return past_trials;
}

std::string RunInVariant(const v1::Trial& trial) {
  return absl::StrFormat("%s %.17g %d %s", trial.variant(),
                         trial.budget_flops(), trial.seed(),
                         trial.shape().SerializeAsString());
}

}  // namespace

void PlanHistory::Set(int64_t number, const v1::Trial& trial) {
  const auto index = static_cast<size_t>(number - 1);
  if (index == entries_.size()) {
    entries_.emplace_back();
    if (IsTrainedHere(trial)) planned_flops_ += PlannedFlops(trial);
    if (!IsBase(trial) && IsOfSearch(trial)) {
      in_variants_.insert(RunInVariant(trial));
    }
  }
  entries_[index] = PastTrialsOf(trial);
}

bool PlanHistory::HasInVariant(const v1::Trial& trial) const {
  return !IsBase(trial) && in_variants_.contains(RunInVariant(trial));
}

std::vector<PastTrial> PlanHistory::PastTrials() const {
  std::vector<PastTrial> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    all.insert(all.end(), entry.begin(), entry.end());
  }
  return all;
}

}  // namespace isoshape
