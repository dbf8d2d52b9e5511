#include "coordinator/analysis/best_shapes.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "coordinator/analysis/shape_limits.h"

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
  return CheckLimits(request);
}

bool WithinLimits(const v1::RankedShape& shape,
                  const v1::ListBestShapesRequest& request) {
  return (request.max_parameters() == 0 ||
          shape.parameters() <= request.max_parameters()) &&
         (request.max_memory_bytes() == 0 ||
          shape.peak_memory_bytes() <= request.max_memory_bytes()) &&
         (request.max_decode_seconds() == 0 ||
          (shape.has_decode_seconds() &&
           shape.decode_seconds() <= request.max_decode_seconds()));
}

}  // namespace

absl::StatusOr<v1::ListBestShapesResponse> RankShapes(
    const CampaignResults& results, const v1::ListBestShapesRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  const int top = request.top() == 0 ? 3 : request.top();
  v1::ListBestShapesResponse response;
  bool found = false;
  int rank = 0;
  double budget = 0;
  std::vector<std::string> budgets;
  for (const v1::RankedShape& shape : results.shapes) {
    if (shape.budget_flops() != budget) {
      budget = shape.budget_flops();
      rank = 0;
      budgets.push_back(absl::StrFormat("%g", budget));
    }
    if (request.budget_flops() > 0 &&
        !SameBudget(budget, request.budget_flops())) {
      continue;
    }
    found = true;
    if (!WithinLimits(shape, request) || rank == top) continue;
    v1::RankedShape* ranked = response.add_shapes();
    *ranked = shape;
    ranked->set_rank(++rank);
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
