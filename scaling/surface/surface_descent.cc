#include "scaling/surface/surface_descent.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

#include "common/threads/cancellation.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/surface/crowds.h"

namespace isoshape {
namespace {

constexpr int kMaxIterations = 60;
constexpr int kNoisePasses = 4;

}  // namespace

SurfaceDescent::SurfaceDescent(std::vector<SurfaceRow> rows,
                               const SurfaceOptions& options,
                               const SurfaceFrame& frame,
                               const SurfaceEvidence* evidence)
    : rows_(std::move(rows)),
      options_(options),
      weights_(rows_.size(), 1),
      evidence_(evidence),
      crowding_(options.crowding) {
  surface_.ln_flops = (frame.ln_low + frame.ln_high) / 2;
  surface_.ln_size = LnPriorSize(surface_.ln_flops);
  std::vector<SurfacePoint> points;
  std::vector<int> runs;
  std::vector<double> ln_flops;
  std::vector<double> ln_loss;
  for (const SurfaceRow& row : rows_) {
    points.insert(points.end(), static_cast<size_t>(row.count), row.point);
    if (row.run >= 0) runs.push_back(row.run);
    ln_flops.push_back(row.point.ln_flops);
    ln_loss.push_back(row.ln_loss);
  }
  prior_ = WeakPrior(ln_flops, ln_loss, surface_.ln_flops);
  if (frame.ln_best_size) {
    prior_.mean[Surface::kSize] = *frame.ln_best_size - surface_.ln_size;
  }
  if (frame.ln_best_ratio) prior_.mean[Surface::kRatio] = *frame.ln_best_ratio;
  surface_.theta = prior_.mean;
  precision_ = prior_.deviation.cwiseAbs2().cwiseInverse();
  if (evidence_ != nullptr) {
    Matrix both = evidence_->precision;
    both.diagonal() += precision_;
    surface_.theta = both.ldlt().solve(precision_.cwiseProduct(prior_.mean) +
                                       evidence_->pull);
  }
  noise_ = options.noise_prior;
  const Crowds crowds(points, runs);
  for (const SurfaceRow& row : rows_) {
    below_.push_back(std::max(0.0, frame.ln_high - row.point.ln_flops));
    // Each is a look at up to a thousand places.
    crowds_.push_back(Cancelled() ? 1 : crowds.At(row.point, row.run));
  }
}

void SurfaceDescent::FitAnew() {
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

void SurfaceDescent::FitFrom(const Surface& surface, double noise) {
  MoveTo(surface);
  noise_ = noise;
  FitNoise();
}

void SurfaceDescent::Fill(SurfaceFit& fit) const {
  fit.surface = surface_;
  fit.prior = prior_;
  fit.covariance = Covariance();
  fit.noise = noise_;
  fit.crowding = crowding_;
  fit.effective_runs = 0;
  for (const double weight : weights_) fit.effective_runs += weight;
  fit.effective_parameters = EffectiveParameters(fit.covariance);
  fit.converged = converged_;
}

void SurfaceDescent::MoveTo(const Surface& from) {
  const double c = surface_.ln_flops - from.ln_flops;
  const double x = surface_.ln_size - from.ln_size;
  Vector theta = from.theta;
  theta[Surface::kReducible] -= from.decay() * c;
  theta[Surface::kSize] = from.LnBestSize(surface_.ln_flops) - surface_.ln_size;
  theta[Surface::kSizeExponent] += theta[Surface::kSizeBend] * c;
  theta[Surface::kLnCurvature] += theta[Surface::kCurvatureTrend] * c;
  theta[Surface::kLnRatioCurvature] += theta[Surface::kCurvatureTrend] * c;
  theta[Surface::kRatio] += theta[Surface::kRatioDrift] * x;
  surface_.theta = theta;
}

void SurfaceDescent::Weigh() {
  for (size_t i = 0; i < rows_.size(); ++i) {
    const double crowd = 1 - crowding_ + crowding_ * crowds_[i];
    const double off = options_.discrepancy * below_[i] / noise_;
    weights_[i] = rows_[i].weight / (crowd * (1 + off * off));
  }
}

SurfaceDescent::Repeats SurfaceDescent::RepeatsWithin(double cap) const {
  std::map<std::array<double, 3>, std::vector<size_t>> places;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const SurfacePoint& at = rows_[i].point;
    places[{at.ln_flops, at.ln_size, at.ln_ratio.value_or(0)}].push_back(i);
  }
  Repeats repeats;
  for (const auto& [place, rows] : places) {
    double count = 0;
    double sum = 0;
    for (const size_t i : rows) {
      count += rows_[i].count;
      sum += rows_[i].count * rows_[i].ln_loss;
    }
    repeats.degrees += count - 1;
    for (const size_t i : rows) {
      const double off =
          std::min(std::abs(rows_[i].ln_loss - sum / count), cap);
      repeats.squares +=
          rows_[i].count * (off * off + std::min(rows_[i].scatter, cap * cap));
    }
  }
  return repeats;
}

double SurfaceDescent::CrowdingBy(const Repeats& repeats) const {
  const double most = options_.crowding;
  const double variance = noise_ * noise_;
  const double own =
      (options_.crowding_repeats * (1 - most) * variance + repeats.squares) /
      (options_.crowding_repeats + repeats.degrees);
  return std::clamp(1 - own / variance, LeastCrowding(options_, noise_), most);
}

double SurfaceDescent::Objective(const Vector& theta) const {
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
  if (evidence_ != nullptr) {
    sum += theta.dot(evidence_->precision * theta) / 2 -
           theta.dot(evidence_->pull);
  }
  return sum + (theta - prior_.mean).cwiseAbs2().dot(precision_) / 2;
}

Surface::Matrix SurfaceDescent::NormalEquations(Vector* gradient) const {
  Matrix normal = precision_.asDiagonal();
  if (gradient != nullptr) {
    *gradient = precision_.cwiseProduct(surface_.theta - prior_.mean);
  }
  if (evidence_ != nullptr) {
    normal += evidence_->precision;
    if (gradient != nullptr) {
      *gradient += evidence_->precision * surface_.theta - evidence_->pull;
    }
  }
  Vector row = Vector::Zero();
  for (size_t i = 0; i < rows_.size(); ++i) {
    const double r = surface_.LogLoss(rows_[i].point, row) - rows_[i].ln_loss;
    const double robust =
        std::min(1.0, options_.huber * noise_ / std::max(std::abs(r), 1e-300));
    const double weight = weights_[i] * robust / (noise_ * noise_);
    normal.selfadjointView<Eigen::Lower>().rankUpdate(row, weight);
    if (gradient != nullptr) *gradient += weight * r * row;
  }
  return normal.selfadjointView<Eigen::Lower>();
}

Surface::Matrix SurfaceDescent::Covariance() const {
  return NormalEquations(nullptr).ldlt().solve(Matrix::Identity());
}

double SurfaceDescent::EffectiveParameters(const Matrix& covariance) const {
  double sum = 0;
  Vector row = Vector::Zero();
  for (size_t i = 0; i < rows_.size(); ++i) {
    surface_.LogLoss(rows_[i].point, row);
    sum += weights_[i] / (noise_ * noise_) * row.dot(covariance * row);
  }
  return sum;
}

double SurfaceDescent::GoDown() {
  double damping = 1e-3;
  double objective = Objective(surface_.theta);
  converged_ = false;
  for (int i = 0; i < kMaxIterations && !Cancelled(); ++i) {
    Vector gradient = Vector::Zero();
    const Matrix normal = NormalEquations(&gradient);
    Vector next = surface_.theta;
    double reached = std::numeric_limits<double>::infinity();
    for (int attempt = 0;
         attempt < 12 && !(reached < objective) && !Cancelled(); ++attempt) {
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

void SurfaceDescent::FitNoise() {
  for (int pass = 0; pass < kNoisePasses && !Cancelled(); ++pass) {
    Weigh();
    GoDown();
    const double edf = EffectiveParameters(Covariance());
    double runs = 0;
    double squares = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const double r = std::min(
          std::abs(surface_.LogLoss(rows_[i].point) - rows_[i].ln_loss),
          kNoiseCap * noise_);
      runs += weights_[i];
      squares += weights_[i] * (r * r + rows_[i].scatter);
    }
    noise_ = NoiseOf(options_.noise_prior, squares, runs - edf);
    if (options_.crowding_repeats > 0) {
      crowding_ = CrowdingBy(RepeatsWithin(kNoiseCap * noise_));
    }
  }
  Weigh();
  GoDown();
}

}  // namespace isoshape
