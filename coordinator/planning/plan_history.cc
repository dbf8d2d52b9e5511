#include "coordinator/planning/plan_history.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/hash/hash.h"
#include "absl/time/time.h"
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

PastTrial::Failure FailureOf(const v1::Trial& trial) {
  using Failure = PastTrial::Failure;
  if (trial.excluded()) return Failure::kExcluded;
  if (trial.state() == v1::Trial::STOPPED ||
      trial.state() == v1::Trial::CANCELLED) {
    return Failure::kStopped;
  }
  if (trial.state() != v1::Trial::FAILED) return Failure::kUnknown;
  switch (trial.failure()) {
    case v1::Trial::OUT_OF_MEMORY:
      return Failure::kOutOfMemory;
    case v1::Trial::LOST:
      return Failure::kLost;
    case v1::Trial::INVALID:
      return Failure::kInvalid;
    case v1::Trial::TIMEOUT:
      return Failure::kTimeout;
    default:
      return Failure::kUnknown;
  }
}

std::optional<double> Known(bool present, double value) {
  if (!present || !std::isfinite(value) || value <= 0) return std::nullopt;
  return value;
}

void SetCosts(const v1::ShapeCard& card, PastTrial* past) {
  past->costs = {
      .decode_seconds = Known(card.has_decode_seconds(), card.decode_seconds()),
      .peak_memory_bytes = Known(card.has_peak_memory_bytes(),
                                 static_cast<double>(card.peak_memory_bytes())),
      .step_seconds = Known(card.has_step_seconds(), card.step_seconds())};
}

void SetLoss(const MeasuredPoint& point, PastTrial* past) {
  past->state = PastTrial::State::kSucceeded;
  past->validation_loss = point.loss;
  if (point.loss_stderr > 0) past->loss_stderr = point.loss_stderr;
  past->flops = point.flops;
}

// A trial and its branches, as if each budget had one of its own.
absl::InlinedVector<PastTrial, 1> PastTrialsOf(const v1::Trial& trial) {
  absl::InlinedVector<PastTrial, 1> past_trials;
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
  own.failure = FailureOf(trial);
  if (trial.has_end_time()) {
    own.ended = absl::ToUnixMicros(FromProto(trial.end_time()));
  }
  PastTrial whole = own;
  const v1::ShapeCard& card = trial.shape_card();
  SetCosts(card, &whole);
  // With branches the time is that of all of them.
  if (trial.branches().empty()) {
    whole.seconds = Known(card.has_wall_seconds(), card.wall_seconds());
  }
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

// The same for trials that are the same run. Of a shape its numbers alone: few
// runs differ in its options and in nothing else.
size_t HashOfRun(const v1::Trial& trial) {
  const Shape shape = FromProto(trial.shape());
  return absl::HashOf(trial.budget_flops(), trial.seed(), VariantOf(trial),
                      shape.depth, shape.width, shape.head_dim, shape.heads,
                      shape.kv_heads, shape.ffn_width, shape.vocab,
                      shape.context);
}

}  // namespace

std::vector<PastTrial> HistorySnapshot::PastTrials() const {
  std::vector<PastTrial> all;
  all.reserve(parts_.size() * kPart);
  for (const auto& part : parts_) {
    for (const Entry& entry : *part) {
      all.insert(all.end(), entry.begin(), entry.end());
    }
  }
  return all;
}

void PlanHistory::Set(int64_t number, const v1::Trial& trial) {
  constexpr size_t kPart = HistorySnapshot::kPart;
  const auto index = static_cast<size_t>(number - 1);
  const bool added = number > trials_;
  if (added) {
    ++trials_;
    if (index / kPart == parts_.size()) {
      parts_.push_back({std::make_shared<HistorySnapshot::Part>()});
    }
    if (IsTrainedHere(trial)) {
      planned_flops_ += PlannedFlops(trial);
      runs_[HashOfRun(trial)].push_back(number);
    }
  }
  Part& part = parts_[index / kPart];
  if (part.shared) {
    part = {std::make_shared<HistorySnapshot::Part>(*part.entries)};
  }
  if (added) part.entries->emplace_back();
  (*part.entries)[index % kPart] = PastTrialsOf(trial);
}

HistorySnapshot PlanHistory::Snapshot() const {
  HistorySnapshot snapshot;
  snapshot.parts_.reserve(parts_.size());
  for (const Part& part : parts_) {
    part.shared = true;
    snapshot.parts_.push_back(part.entries);
  }
  return snapshot;
}

absl::Span<const int64_t> PlanHistory::MayBeSameRun(
    const v1::Trial& trial) const {
  const auto found = runs_.find(HashOfRun(trial));
  if (found == runs_.end()) return {};
  return found->second;
}

}  // namespace isoshape
