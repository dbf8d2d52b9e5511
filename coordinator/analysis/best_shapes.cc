#include "coordinator/analysis/best_shapes.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "messages/names/name_parts.h"
#include "messages/shape/shape_limits.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

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

// What is not measured is within no limit.
bool WithinLimits(const v1::RankedShape& shape,
                  const v1::ListBestShapesRequest& request) {
  return (request.max_parameters() == 0 ||
          shape.parameters() <= request.max_parameters()) &&
         (request.max_memory_bytes() == 0 ||
          (shape.has_peak_memory_bytes() &&
           shape.peak_memory_bytes() <= request.max_memory_bytes())) &&
         (request.max_decode_seconds() == 0 ||
          (shape.has_decode_seconds() &&
           shape.decode_seconds() <= request.max_decode_seconds()));
}

// Shapes that limits leave out because nobody measured what they limit.
struct Unmeasured {
  int memory = 0;
  int decode = 0;

  void Count(const v1::RankedShape& shape,
             const v1::ListBestShapesRequest& request) {
    if (request.max_memory_bytes() > 0 && !shape.has_peak_memory_bytes()) {
      ++memory;
    }
    if (request.max_decode_seconds() > 0 && !shape.has_decode_seconds()) {
      ++decode;
    }
  }
};

void WarnOfUnmeasured(int count, absl::string_view limit,
                      absl::string_view what, absl::string_view remedy,
                      v1::ListBestShapesResponse& response) {
  if (count == 0) return;
  response.add_warnings(
      absl::StrFormat("%s leaves out %s whose %s was not measured; %s", limit,
                      Counted(count, "shape"), what, remedy));
}

void WarnOfEngines(v1::ListBestShapesResponse& response) {
  std::set<std::string> engines;
  for (const v1::RankedShape& shape : response.shapes()) {
    engines.insert(shape.engines().begin(), shape.engines().end());
  }
  if (engines.size() < 2) return;
  response.add_warnings(absl::StrFormat(
      "speed, memory and latency do not compare between engines, and these are "
      "of %s; losses do",
      absl::StrJoin(engines, ", ")));
}

}  // namespace

absl::StatusOr<v1::ListBestShapesResponse> RankShapes(
    const CampaignResults& results, const v1::ListBestShapesRequest& request) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRequest(request));
  const int top = request.top() == 0 ? 3 : request.top();
  if (results.shapes.empty()) {  // of imported runs alone
    return absl::FailedPreconditionError(absl::StrFormat(
        "the %s of %s %s imported without depth and width, so that "
        "there are no shapes to rank; 'isoshape trial list %s --where "
        "purpose:imported' lists them",
        Counted(results.imported, "run"), results.campaign.name(),
        results.imported == 1 ? "was" : "were",
        ShortName(results.campaign.name())));
  }
  v1::ListBestShapesResponse response;
  if (results.imported > 0) {
    response.mutable_warnings()->Add(results.warnings.begin(),
                                     results.warnings.end());
  }
  bool found = false;
  Unmeasured unmeasured;
  int rank = 0;
  double budget = 0;
  std::vector<std::string> budgets;
  for (const v1::RankedShape& shape : results.shapes) {
    if (shape.budget_flops() != budget) {
      budget = shape.budget_flops();
      rank = 0;
      budgets.push_back(BudgetText(budget));
    }
    if (request.budget_flops() > 0 &&
        !SameBudget(budget, request.budget_flops())) {
      continue;
    }
    found = true;
    unmeasured.Count(shape, request);
    if (!WithinLimits(shape, request) || rank == top) continue;
    v1::RankedShape* ranked = response.add_shapes();
    *ranked = shape;
    ranked->set_rank(++rank);
  }
  if (!found) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no trial has succeeded at budget %s FLOPs; there are "
        "results at %s",
        BudgetText(request.budget_flops()), absl::StrJoin(budgets, ", ")));
  }
  WarnOfUnmeasured(unmeasured.memory, "max_memory_bytes", "peak memory",
                   "'isoshape measure DEPTHxWIDTH' measures it on a machine",
                   response);
  WarnOfUnmeasured(unmeasured.decode, "max_decode_seconds",
                   "latency of a decoded token",
                   "'isoshape predict' with the same limit estimates it by "
                   "those that were, and 'isoshape measure DEPTHxWIDTH' "
                   "measures it on a machine",
                   response);
  WarnOfEngines(response);
  return response;
}

}  // namespace isoshape
