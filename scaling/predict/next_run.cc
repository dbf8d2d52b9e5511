#include "scaling/predict/next_run.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "scaling/runs/geometry.h"
#include "scaling/surface/crowds.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

// Candidates: computes a factor of 1.78 apart, four to a factor of ten, and so
// many sizes at each.
constexpr double kLnBudgetStep = 0.5756;
constexpr int kSizes = 21;

struct Candidate {
  SurfacePoint point;
  Surface::Vector row = Surface::Vector::Zero();  // Jacobian of ln loss
};

std::vector<Candidate> Candidates(const Surface& surface, double ln_low,
                                  double ln_high, bool with_shapes) {
  const int budgets =
      static_cast<int>(std::ceil((ln_high - ln_low) / kLnBudgetStep)) + 1;
  const double window = std::log(SurfaceOptions().size_window);
  std::vector<Candidate> candidates;
  for (int i = 0; i < budgets; ++i) {
    const double ln_flops = std::max(ln_low, ln_high - i * kLnBudgetStep);
    for (int k = 0; k < kSizes; ++k) {
      Candidate& one = candidates.emplace_back();
      one.point.ln_flops = ln_flops;
      one.point.ln_size =
          surface.LnBestSize(ln_flops) + window * (2.0 * k / (kSizes - 1) - 1);
      if (with_shapes) {
        one.point.ln_ratio = surface.LnBestRatio(one.point.ln_size);
      }
      surface.LogLoss(one.point, one.row);
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
  const std::vector<Candidate> candidates =
      Candidates(fit.surface, ln_low, ln_high, with_shapes);
  const SurfaceOptions options;
  const Surface::Vector aim =
      fit.surface.GradientOfLnBestSize(std::log(target_flops));
  Surface::Matrix covariance = fit.covariance;
  const double before = aim.dot(covariance * aim);
  std::vector<NextRun> advice;
  while (static_cast<int>(advice.size()) < count) {
    const Crowds crowds(places, {});  // another run each
    const auto variance = [&](const Candidate& one) {
      const double off = options.discrepancy * (ln_high - one.point.ln_flops);
      return (fit.noise * fit.noise + off * off) *
             (1 - options.crowding +
              options.crowding * (crowds.At(one.point, 0) + 1));
    };
    const auto score = [&](const Candidate& one) {
      const Surface::Vector moved = covariance * one.row;
      const double told = aim.dot(moved);
      return told * told / (variance(one) + one.row.dot(moved)) /
             std::exp((one.point.ln_flops - ln_low) / 2);
    };
    const Candidate& best =
        *std::max_element(candidates.begin(), candidates.end(),
                          [&](const Candidate& a, const Candidate& b) {
                            return score(a) < score(b);
                          });
    const Surface::Vector moved = covariance * best.row;
    covariance -=
        moved * moved.transpose() / (variance(best) + best.row.dot(moved));
    places.push_back(best.point);
    NextRun& next = advice.emplace_back();
    next.size = std::exp(best.point.ln_size);
    next.flops = std::exp(best.point.ln_flops);
    next.tokens = rule.Tokens(next.size, next.flops);
    next.interval_ratio =
        std::sqrt(std::max(0.0, aim.dot(covariance * aim)) / before);
  }
  return advice;
}

}  // namespace isoshape
