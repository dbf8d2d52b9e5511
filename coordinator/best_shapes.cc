#include "coordinator/best_shapes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// Budgets given with fewer digits than stored still mean the same level.
bool SameBudget(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max(a, b);
}

absl::Status CheckRequest(const v1::ListBestShapesRequest& request) {
  if (request.top() < 0 || request.top() > 100) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "top %d is outside 1..100; 0 stands for 3", request.top()));
  }
  if (!(std::isfinite(request.budget_flops()) && request.budget_flops() >= 0)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("budget_flops %g is not a finite number >= 0; 0 stands "
                        "for all budgets",
                        request.budget_flops()));
  }
  if (request.max_parameters() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("max_parameters %d is negative; 0 stands for no limit",
                        request.max_parameters()));
  }
  if (request.max_memory_bytes() < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_memory_bytes %d is negative; 0 stands for no limit",
        request.max_memory_bytes()));
  }
  return absl::OkStatus();
}

v1::RankedShape Summarize(const std::vector<const v1::Trial*>& trials) {
  const v1::Trial& first = *trials.front();
  const auto count = static_cast<double>(trials.size());
  v1::RankedShape shape;
  *shape.mutable_shape() = first.shape();
  shape.set_budget_flops(first.budget_flops());
  shape.set_parameters(first.parameters());
  shape.set_size(first.flops_per_token() / 6);
  shape.set_tokens(first.tokens());
  double loss = 0;
  double speed = 0;
  for (const v1::Trial* trial : trials) {
    const v1::ShapeCard& card = trial->shape_card();
    loss += card.validation_loss() / count;
    speed += card.tokens_per_second() / count;
    shape.add_trials(trial->name());
    shape.set_peak_memory_bytes(
        std::max(shape.peak_memory_bytes(), card.peak_memory_bytes()));
  }
  double squares = 0;
  for (const v1::Trial* trial : trials) {
    const double departure = trial->shape_card().validation_loss() - loss;
    squares += departure * departure;
  }
  shape.set_validation_loss(loss);
  shape.set_validation_loss_stderr(
      trials.size() > 1 ? std::sqrt(squares / (count - 1) / count)
                        : first.shape_card().validation_loss_stderr());
  shape.set_tokens_per_second(speed);
  shape.set_bigram_entropy(first.shape_card().bigram_entropy());
  return shape;
}

}  // namespace

absl::StatusOr<v1::ListBestShapesResponse> RankShapes(
    const CampaignResults& results, const v1::ListBestShapesRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  // By budget, then by the shape's bytes, which deterministic messages of
  // numbers alone share exactly where they are equal.
  std::map<double, std::map<std::string, std::vector<const v1::Trial*>>> groups;
  for (const v1::Trial& trial : results.trials) {
    groups[trial.budget_flops()][trial.shape().SerializeAsString()].push_back(
        &trial);
  }
  const int top = request.top() == 0 ? 3 : request.top();
  v1::ListBestShapesResponse response;
  bool found = false;
  std::vector<std::string> budgets;
  for (const auto& [budget, shapes] : groups) {
    budgets.push_back(absl::StrFormat("%g", budget));
    if (request.budget_flops() > 0 &&
        !SameBudget(budget, request.budget_flops())) {
      continue;
    }
    found = true;
    std::vector<v1::RankedShape> ranked;
    double best = 0;  // of all shapes, whatever the limits
    for (const auto& [bytes, trials] : shapes) {
      v1::RankedShape shape = Summarize(trials);
      if (best == 0 || shape.validation_loss() < best) {
        best = shape.validation_loss();
      }
      if (request.max_parameters() > 0 &&
          shape.parameters() > request.max_parameters()) {
        continue;
      }
      if (request.max_memory_bytes() > 0 &&
          shape.peak_memory_bytes() > request.max_memory_bytes()) {
        continue;
      }
      ranked.push_back(std::move(shape));
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const v1::RankedShape& a, const v1::RankedShape& b) {
                       return a.validation_loss() < b.validation_loss();
                     });
    for (int i = 0; i < std::min<int>(top, ranked.size()); ++i) {
      ranked[i].set_rank(i + 1);
      ranked[i].set_loss_above_best(ranked[i].validation_loss() - best);
      *response.add_shapes() = std::move(ranked[i]);
    }
  }
  if (!found) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no trial has succeeded at budget %g FLOPs; there are "
                        "results at %s",
                        request.budget_flops(), absl::StrJoin(budgets, ", ")));
  }
  return response;
}

}  // namespace isoshape
