#include "scaling/allocation/next_run.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/design.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

// Candidates: computes a factor of 1.78 apart, four to a factor of ten, and so
// many sizes at each.
constexpr double kLnBudgetStep = 0.5756;
constexpr int kSizes = 21;

std::vector<SurfacePoint> Candidates(const Surface& surface, double ln_low,
                                     double ln_high, bool with_shapes) {
  const int budgets =
      static_cast<int>(std::ceil((ln_high - ln_low) / kLnBudgetStep)) + 1;
  const double window = std::log(SurfaceOptions().size_window);
  std::vector<SurfacePoint> candidates;
  for (int i = 0; i < budgets; ++i) {
    const double ln_flops = std::max(ln_low, ln_high - i * kLnBudgetStep);
    for (int k = 0; k < kSizes; ++k) {
      SurfacePoint& one = candidates.emplace_back();
      one.ln_flops = ln_flops;
      one.ln_size =
          surface.LnBestSize(ln_flops) + window * (2.0 * k / (kSizes - 1) - 1);
      if (with_shapes) one.ln_ratio = surface.LnBestRatio(one.ln_size);
    }
  }
  return candidates;
}

}  // namespace

absl::StatusOr<std::vector<NextRun>> AdviseNextRuns(const Runs& runs,
                                                    const ComputeRule& rule,
                                                    double target_flops,
                                                    int count) {
  if (!(std::isfinite(target_flops) && target_flops > 0) || count < 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("advice of %d runs for %g FLOPs; both must be above 0",
                        count, target_flops));
  }
  const bool with_shapes = RatiosTell(runs);
  ISOSHAPE_ASSIGN_OR_RETURN(const SurfaceFit fit,
                            FitSurface(runs, rule, with_shapes));
  std::vector<SurfacePoint> places;
  for (size_t i = 0; i < runs.rows(); ++i) {
    places.push_back(PointOf(runs, rule, with_shapes, i));
  }
  const auto [low, high] =
      std::minmax_element(places.begin(), places.end(),
                          [](const SurfacePoint& a, const SurfacePoint& b) {
                            return a.ln_flops < b.ln_flops;
                          });
  const double ln_low = low->ln_flops;
  const double ln_high = high->ln_flops;
  SurfaceDesign design(
      fit, places, Candidates(fit.surface, ln_low, ln_high, with_shapes),
      ln_high, AimAtBestSize(fit.surface, std::log(target_flops)));
  const double before = design.Uncertainty();
  std::vector<NextRun> advice;
  while (static_cast<int>(advice.size()) < count) {
    const auto score = [&](size_t i) {
      return design.Gain(i) /
             std::exp((design.candidates()[i].ln_flops - ln_low) / 2);
    };
    size_t best = 0;
    for (size_t i = 1; i < design.candidates().size(); ++i) {
      if (score(best) < score(i)) best = i;
    }
    const SurfacePoint& place = design.candidates()[best];
    design.Add(place);
    NextRun& next = advice.emplace_back();
    next.size = std::exp(place.ln_size);
    next.flops = std::exp(place.ln_flops);
    next.tokens = rule.Tokens(next.size, next.flops);
    next.interval_ratio =
        std::sqrt(std::max(0.0, design.Uncertainty()) / before);
  }
  return advice;
}

}  // namespace isoshape
