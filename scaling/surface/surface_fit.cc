#include "scaling/surface/surface_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "scaling/statistics/normal.h"
#include "scaling/statistics/posterior.h"
#include "scaling/surface/crowds.h"

namespace isoshape {
namespace {

using Vector = Surface::Vector;
using Matrix = Surface::Matrix;

// Fewer different runs leave no error by which the surface could be judged.
constexpr int kMinRuns = 7;
// Tokens a parameter at the centre size, about what Hoffmann et al. (2022)
// found best.
constexpr double kCentreTokensPerSize = 20;
constexpr double kNoisePriorRuns = 4;
constexpr int kMaxIterations = 60;
constexpr int kNoisePasses = 4;
constexpr int kMaxRounds = 8;
// The window begins so many times as wide, and narrows by round.
constexpr double kFirstWindows[] = {2, 1.4, 1};

struct Row {
  SurfacePoint point;
  int run = -1;  // its number; -1: runs are not named
  double ln_loss = 0;
  double weight = 1;
  double crowd = 1;  // K: the runs here, this one included
  double below = 0;  // ln(largest compute / compute)
};

// The runs within the window, their weights and the descent.
class Descent {
 public:
  Descent(std::vector<Row> rows, const SurfaceOptions& options)
      : rows_(std::move(rows)), options_(options), weights_(rows_.size(), 1) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Row& row : rows_) {
      low = std::min(low, row.point.ln_flops);
      high = std::max(high, row.point.ln_flops);
    }
    surface_.ln_flops = (low + high) / 2;
    surface_.ln_size =
        (surface_.ln_flops - std::log(6 * kCentreTokensPerSize)) / 2;
    std::vector<SurfacePoint> points;
    std::vector<int> runs;
    std::vector<double> ln_flops;
    std::vector<double> ln_loss;
    for (const Row& row : rows_) {
      points.push_back(row.point);
      if (row.run >= 0) runs.push_back(row.run);
      ln_flops.push_back(row.point.ln_flops);
      ln_loss.push_back(row.ln_loss);
    }
    prior_ = WeakPrior(ln_flops, ln_loss, surface_.ln_flops);
    surface_.theta = prior_.mean;
    precision_ = prior_.deviation.cwiseAbs2().cwiseInverse();
    noise_ = options.noise_prior;
    const Crowds crowds(points, runs);
    for (Row& row : rows_) {
      row.below = high - row.point.ln_flops;
      row.crowd = crowds.At(row.point, row.run);
    }
  }

  // Fits from the prior mean, and from sizes to either side of it: the bowl is
  // flat far off the runs.
  void FitAnew() {
    Weigh();
    const Surface from = surface_;
    Surface best = from;
    double least = std::numeric_limits<double>::infinity();
    for (const double shift : {0.0, -1.5, 1.5}) {
      surface_ = from;
      surface_.theta[Surface::kSize] += shift;
      const double objective = GoDown();
      if (objective < least) {
        least = objective;
        best = surface_;
      }
    }
    surface_ = std::move(best);
    FitNoise();
  }

  // Goes on from a surface that was fitted to nearly the same runs.
  void FitFrom(const Surface& surface, double noise) {
    MoveTo(surface);
    noise_ = noise;
    FitNoise();
  }

  void Fill(SurfaceFit& fit) const {
    fit.surface = surface_;
    fit.prior = prior_;
    fit.covariance = Covariance();
    fit.noise = noise_;
    fit.effective_runs = 0;
    for (const double weight : weights_) fit.effective_runs += weight;
    fit.effective_parameters = EffectiveParameters(fit.covariance);
    fit.converged = converged_;
  }

 private:
  // Keeps the centre and the prior of these runs, and takes over the surface.
  void MoveTo(const Surface& from) {
    const double c = surface_.ln_flops - from.ln_flops;
    const double x = surface_.ln_size - from.ln_size;
    Vector theta = from.theta;
    theta[Surface::kReducible] -= from.decay() * c;
    theta[Surface::kSize] =
        from.LnBestSize(surface_.ln_flops) - surface_.ln_size;
    theta[Surface::kSizeExponent] += theta[Surface::kSizeBend] * c;
    theta[Surface::kLnCurvature] += theta[Surface::kCurvatureTrend] * c;
    theta[Surface::kLnRatioCurvature] += theta[Surface::kCurvatureTrend] * c;
    theta[Surface::kRatio] += theta[Surface::kRatioDrift] * x;
    surface_.theta = theta;
  }

  void Weigh() {
    for (size_t i = 0; i < rows_.size(); ++i) {
      const double crowd =
          1 - options_.crowding + options_.crowding * rows_[i].crowd;
      const double off = options_.discrepancy * rows_[i].below / noise_;
      weights_[i] = rows_[i].weight / (crowd * (1 + off * off));
    }
  }

  double Objective(const Vector& theta) const {
    Surface at = surface_;
    at.theta = theta;
    double sum = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const double r =
          std::abs(at.LogLoss(rows_[i].point) - rows_[i].ln_loss) / noise_;
      sum += weights_[i] * (r < options_.huber
                                ? r * r / 2
                                : options_.huber * (r - options_.huber / 2));
    }
    return sum + (theta - prior_.mean).cwiseAbs2().dot(precision_) / 2;
  }

  // The normal equations at the surface; `gradient` may be null.
  Matrix NormalEquations(Vector* gradient) const {
    Matrix normal = precision_.asDiagonal();
    if (gradient != nullptr) {
      *gradient = precision_.cwiseProduct(surface_.theta - prior_.mean);
    }
    Vector row = Vector::Zero();
    for (size_t i = 0; i < rows_.size(); ++i) {
      const double r = surface_.LogLoss(rows_[i].point, row) - rows_[i].ln_loss;
      const double robust = std::min(
          1.0, options_.huber * noise_ / std::max(std::abs(r), 1e-300));
      const double weight = weights_[i] * robust / (noise_ * noise_);
      normal.selfadjointView<Eigen::Lower>().rankUpdate(row, weight);
      if (gradient != nullptr) *gradient += weight * r * row;
    }
    return normal.selfadjointView<Eigen::Lower>();
  }

  Matrix Covariance() const {
    return NormalEquations(nullptr).ldlt().solve(Matrix::Identity());
  }

  // Sum over runs of how far each determines its own prediction.
  double EffectiveParameters(const Matrix& covariance) const {
    double sum = 0;
    Vector row = Vector::Zero();
    for (size_t i = 0; i < rows_.size(); ++i) {
      surface_.LogLoss(rows_[i].point, row);
      sum += weights_[i] / (noise_ * noise_) * row.dot(covariance * row);
    }
    return sum;
  }

  double GoDown() {
    double damping = 1e-3;
    double objective = Objective(surface_.theta);
    converged_ = false;
    for (int i = 0; i < kMaxIterations; ++i) {
      Vector gradient = Vector::Zero();
      const Matrix normal = NormalEquations(&gradient);
      Vector next = surface_.theta;
      double reached = std::numeric_limits<double>::infinity();
      for (int attempt = 0; attempt < 12 && !(reached < objective); ++attempt) {
        Matrix damped = normal;
        damped.diagonal() *= 1 + damping;
        const Vector step =
            (-damped.ldlt().solve(gradient)).cwiseMin(1.0).cwiseMax(-1.0);
        next = surface_.theta + step;
        reached = Objective(next);
        if (!(reached < objective)) damping *= 5;
      }
      if (!(reached < objective)) {
        converged_ = std::isfinite(objective);  // no step goes down any more
        break;
      }
      converged_ = objective - reached < 1e-10 * (1 + std::abs(objective));
      damping = std::max(damping / 5, 1e-9);
      surface_.theta = next;
      objective = reached;
      if (converged_) break;
    }
    return objective;
  }

  // The noise and the surface in turn, since weights depend on the noise.
  void FitNoise() {
    for (int pass = 0; pass < kNoisePasses; ++pass) {
      Weigh();
      GoDown();
      const double edf = EffectiveParameters(Covariance());
      double runs = 0;
      double squares = 0;
      for (size_t i = 0; i < rows_.size(); ++i) {
        const double r = std::min(
            std::abs(surface_.LogLoss(rows_[i].point) - rows_[i].ln_loss),
            3 * noise_);
        runs += weights_[i];
        squares += weights_[i] * r * r;
      }
      constexpr double kHuberLoss = 1.03;  // variance that capping takes away
      const double prior = options_.noise_prior * options_.noise_prior;
      noise_ = std::sqrt((kNoisePriorRuns * prior + kHuberLoss * squares) /
                         (kNoisePriorRuns + std::max(0.0, runs - edf)));
    }
    Weigh();
    GoDown();
  }

  std::vector<Row> rows_;
  const SurfaceOptions& options_;
  std::vector<double> weights_;
  SurfacePrior prior_;
  Vector precision_;
  Surface surface_;
  double noise_ = 0;
  bool converged_ = false;
};

int CountDifferent(const std::vector<Row>& rows) {
  std::set<std::pair<double, double>> places;
  for (const Row& row : rows) {
    places.insert({row.point.ln_flops, row.point.ln_size});
  }
  return static_cast<int>(places.size());
}

// The rows inside a window `factor` times as wide as the options' in logs.
std::vector<bool> Within(const Surface& surface, const std::vector<Row>& rows,
                         const SurfaceOptions& options, double factor) {
  std::vector<bool> within;
  for (const Row& row : rows) {
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

std::vector<Row> Select(const std::vector<Row>& rows,
                        const std::vector<bool>& keep) {
  std::vector<Row> kept;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (keep[i]) kept.push_back(rows[i]);
  }
  return kept;
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
  const Matrix root = covariance.llt().matrixL();
  Normal normal(seed);
  std::vector<Vector> draws(static_cast<size_t>(count), Vector::Zero());
  for (Vector& draw : draws) {
    Vector deviate = Vector::Zero();
    for (double& one : deviate) one = normal();
    draw = root * deviate;
  }
  return draws;
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
  std::vector<Row> rows;
  const std::vector<int> numbers = GroupNumbers(runs.run);
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
  Descent first(rows, options);
  first.FitAnew();
  SurfaceFit fit;
  fit.used.assign(rows.size(), true);
  first.Fill(fit);
  std::set<std::vector<bool>> seen;
  for (int round = 0; round < kMaxRounds; ++round) {
    const auto last = std::size(kFirstWindows) - 1;
    const double factor =
        kFirstWindows[std::min(static_cast<size_t>(round), last)];
    std::vector<bool> within = Within(fit.surface, rows, options, factor);
    // Goes round in a circle of two or more windows: any of them will do.
    const bool repeated =
        !seen.insert(within).second && static_cast<size_t>(round) > last;
    if (repeated || CountDifferent(Select(rows, within)) < kMinRuns) break;
    Descent descent(Select(rows, within), options);
    descent.FitFrom(fit.surface, fit.noise);
    descent.Fill(fit);
    fit.used = std::move(within);
  }
  for (const Row& row : rows) {
    fit.residuals.push_back(row.ln_loss - fit.surface.LogLoss(row.point));
  }
  return fit;
}

}  // namespace isoshape
