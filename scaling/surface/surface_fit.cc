#include "scaling/surface/surface_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "common/threads/cancellation.h"
#include "scaling/runs/fit_key.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/statistics/draws.h"
#include "scaling/statistics/normal.h"
#include "scaling/statistics/posterior.h"
#include "scaling/surface/surface_descent.h"
#include "scaling/surface/surface_evidence.h"

namespace isoshape {
namespace {

using Vector = Surface::Vector;

// Fewer different runs leave no error by which the surface could be judged.
constexpr int kMinRuns = 7;
constexpr int kMaxRounds = 8;
// The window begins so many times as wide, and narrows by round.
constexpr double kFirstWindows[] = {2, 1.4, 1};

int CountDifferent(const std::vector<SurfaceRow>& rows) {
  std::set<std::pair<double, double>> places;
  for (const SurfaceRow& row : rows) {
    places.insert({row.point.ln_flops, row.point.ln_size});
  }
  return static_cast<int>(places.size());
}

// The rows inside a window `factor` times as wide as the options' in logs.
std::vector<bool> Within(const Surface& surface,
                         const std::vector<SurfaceRow>& rows,
                         const SurfaceOptions& options, double factor) {
  std::vector<bool> within;
  for (const SurfaceRow& row : rows) {
    const double v = row.point.ln_size - surface.LnBestSize(row.point.ln_flops);
    bool inside = std::abs(v) <= factor * std::log(options.size_window);
    if (row.point.ln_ratio) {
      const double u =
          *row.point.ln_ratio - surface.LnBestRatio(row.point.ln_size);
      inside = inside && std::abs(u) <= factor * std::log(options.ratio_window);
    }
    within.push_back(inside);
  }
  return within;
}

std::vector<SurfaceRow> Select(const std::vector<SurfaceRow>& rows,
                               const std::vector<bool>& keep) {
  std::vector<SurfaceRow> kept;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (keep[i]) kept.push_back(rows[i]);
  }
  return kept;
}

// The computes of the rows.
SurfaceFrame FrameOf(const std::vector<SurfaceRow>& rows) {
  SurfaceFrame frame{.ln_low = std::numeric_limits<double>::infinity(),
                     .ln_high = -std::numeric_limits<double>::infinity()};
  for (const SurfaceRow& row : rows) {
    frame.ln_low = std::min(frame.ln_low, row.point.ln_flops);
    frame.ln_high = std::max(frame.ln_high, row.point.ln_flops);
  }
  return frame;
}

absl::StatusOr<SurfaceFit> Fit(const Runs& runs, const ComputeRule& rule,
                               bool with_shapes,
                               const SurfaceOptions& options) {
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  std::vector<SurfaceRow> rows;
  const std::vector<int> numbers = RunClusters(runs);
  for (size_t i = 0; i < runs.rows(); ++i) {
    rows.push_back(
        {.point = PointOf(runs, rule, with_shapes && runs.has_shapes(), i),
         .run = numbers.empty() ? -1 : numbers[i],
         .ln_loss = std::log(runs.loss[i]),
         .weight = runs.weight.empty() ? 1 : runs.weight[i]});
  }
  const int different = CountDifferent(rows);
  if (different < kMinRuns) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d different runs cannot fix a surface and show how well it fits; "
        "give %d or more",
        different, kMinRuns));
  }
  SurfaceDescent first(rows, options, FrameOf(rows));
  first.FitAnew();
  SurfaceFit fit;
  fit.used.assign(rows.size(), true);
  first.Fill(fit);
  std::set<std::vector<bool>> seen;
  for (int round = 0; round < kMaxRounds && !Cancelled(); ++round) {
    const auto last = std::size(kFirstWindows) - 1;
    const double factor =
        kFirstWindows[std::min(static_cast<size_t>(round), last)];
    std::vector<bool> within = Within(fit.surface, rows, options, factor);
    // Goes round in a circle of two or more windows: any of them will do.
    const bool repeated =
        !seen.insert(within).second && static_cast<size_t>(round) > last;
    if (repeated || CountDifferent(Select(rows, within)) < kMinRuns) break;
    const std::vector<SurfaceRow> inside = Select(rows, within);
    SurfaceDescent descent(inside, options, FrameOf(inside));
    descent.FitFrom(fit.surface, fit.noise);
    descent.Fill(fit);
    fit.used = std::move(within);
  }
  for (const SurfaceRow& row : rows) {
    fit.residuals.push_back(row.ln_loss - fit.surface.LogLoss(row.point));
  }
  return fit;
}

}  // namespace

int SurfaceFit::runs() const {
  return static_cast<int>(std::count(used.begin(), used.end(), true));
}

double SurfaceFit::Deviation(const Vector& gradient) const {
  return std::sqrt(std::max(0.0, gradient.dot(covariance * gradient)));
}

double SurfaceFit::PriorShare(const Vector& gradient) const {
  Vector about = gradient;
  about[Surface::kSizeBend] = 0;
  const bool bend_alone = about.isZero();
  Vector precision = prior.deviation.cwiseAbs2().cwiseInverse();
  if (bend_alone) {
    about = gradient;
  } else {
    precision[Surface::kSizeBend] = 0;
  }
  return Posterior{.covariance = covariance,
                   .prior_precision = precision.asDiagonal()}
      .PriorShare(about);
}

std::vector<Vector> SurfaceFit::Draws(int count, uint64_t seed) const {
  const Surface::Matrix root = covariance.llt().matrixL();
  Normal normal(seed);
  std::vector<Vector> draws(static_cast<size_t>(count), Vector::Zero());
  ForEachDraw(draws.size(), [&](size_t i) {
    Vector deviate = Vector::Zero();
    for (double& one : deviate) one = normal();
    draws[i] = root * deviate;
  });
  return draws;
}

double LeastCrowding(const SurfaceOptions& options, double noise) {
  const double usual = options.noise_prior / noise;
  return options.crowding * std::min(1.0, usual * usual);
}

SurfaceFit SurfacePosterior(const std::vector<SurfaceRow>& rows,
                            const SurfaceFrame& frame,
                            const SurfaceOptions& options) {
  return SurfacePosteriorWith(nullptr, rows, frame, options);
}

SurfaceFit SurfacePosteriorWith(const SurfaceEvidence* evidence,
                                const std::vector<SurfaceRow>& rows,
                                const SurfaceFrame& frame,
                                const SurfaceOptions& options) {
  SurfaceDescent descent(rows, options, frame, evidence);
  descent.FitAnew();
  SurfaceFit fit;
  fit.used.assign(rows.size(), true);
  descent.Fill(fit);
  for (const SurfaceRow& row : rows) {
    fit.residuals.push_back(row.ln_loss - fit.surface.LogLoss(row.point));
  }
  return fit;
}

SurfacePoint PointOf(const Runs& runs, const ComputeRule& rule,
                     bool with_shapes, size_t row) {
  SurfacePoint point;
  point.ln_size = std::log(runs.size[row]);
  point.ln_flops = rule.LnFlops(point.ln_size, std::log(runs.tokens[row]));
  if (with_shapes) {
    point.ln_ratio = std::log(runs.width[row] / runs.depth[row]);
  }
  return point;
}

absl::StatusOr<SurfaceFit> FitSurface(const Runs& runs, const ComputeRule& rule,
                                      bool with_shapes,
                                      const SurfaceOptions& options) {
  const auto key = [&] {
    FitKey key("surface");
    AddRuns(runs, key);
    key.Add(rule.exponent).Add(rule.ln_coefficient).Add(with_shapes);
    return key.Add(options);
  };
  return Shared<SurfaceFit>(
      key, [&] { return Fit(runs, rule, with_shapes, options); });
}

}  // namespace isoshape
