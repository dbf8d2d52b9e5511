#include "messages/trial/measured_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "messages/trial/lifecycle.h"

namespace isoshape {
namespace {

bool IsLoss(double value) { return std::isfinite(value) && value > 0; }

double KnownError(double value) {
  return std::isfinite(value) ? std::max(0.0, value) : 0;
}

}  // namespace

double TrialSize(const v1::Trial& trial) { return trial.flops_per_token() / 6; }

double ModelFlops(const v1::Trial& trial, int64_t tokens) {
  return static_cast<double>(tokens) * trial.flops_per_token();
}

double ImportedTokens(const v1::Trial& trial) {
  const auto whole = static_cast<double>(trial.tokens());
  const double exact = trial.budget_flops() / trial.flops_per_token();
  constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
  // FLOPs that were given besides may be those of another convention.
  const bool of_them = std::round(exact) == whole;
  return of_them && std::abs(exact - whole) > kRounding * whole ? exact : whole;
}

std::vector<MeasuredPoint> MeasuredPoints(const v1::Trial& trial) {
  std::vector<MeasuredPoint> points;
  if (!WasMeasured(trial)) return points;
  const v1::ShapeCard& card = trial.shape_card();
  for (const v1::TrialBranch& branch : trial.branches()) {
    const auto found = std::find_if(
        card.branches().begin(), card.branches().end(),
        [&](const v1::BranchPoint& p) { return p.steps() == branch.steps(); });
    if (found == card.branches().end() || !IsLoss(found->validation_loss())) {
      continue;
    }
    points.push_back({branch.budget_flops(), branch.steps(), branch.tokens(),
                      ModelFlops(trial, branch.tokens()),
                      found->validation_loss(),
                      KnownError(found->validation_loss_stderr())});
  }
  if (trial.state() == v1::Trial::SUCCEEDED && IsLoss(card.validation_loss())) {
    points.push_back({trial.budget_flops(), trial.steps(), trial.tokens(),
                      IsTrainedHere(trial) ? ModelFlops(trial, trial.tokens())
                                           : trial.budget_flops(),
                      card.validation_loss(),
                      KnownError(card.validation_loss_stderr())});
  }
  return points;
}

}  // namespace isoshape
