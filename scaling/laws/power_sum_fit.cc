#include "scaling/laws/power_sum_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/files/hash.h"
#include "common/status/status_macros.h"
#include "common/threads/cancellation.h"
#include "scaling/laws/penalized_rows.h"
#include "scaling/laws/power_sum_check.h"
#include "scaling/laws/power_sum_grid.h"
#include "scaling/laws/power_sum_objective.h"
#include "scaling/laws/robust_polish.h"
#include "scaling/statistics/normal.h"

namespace isoshape {
namespace {

// Objectives within this share of each other are one optimum.
constexpr double kSameObjective = 1e-8;
// Least absolute deviations are the limit of the Huber fit in delta.
constexpr double kLastDelta = 1e-9;

// Passes of a fit with priors: the noise is known after the first.
constexpr int kNoisePasses = 3;

// Polish for either loss. Least absolute deviations are reached by Huber losses
// of ever smaller delta.
Polished PolishLoss(const RobustRows& rows, const RobustLoss& loss,
                    Eigen::VectorXd theta) {
  if (!loss.least_absolute) {
    return Polish(rows, loss.huber_delta, std::move(theta));
  }
  Polished result;
  for (double delta = 1e-2; delta > 0.5 * kLastDelta; delta /= 10) {
    result = Polish(rows, delta, std::move(theta));
    if (!std::isfinite(result.objective)) break;
    theta = result.theta;
  }
  return result;
}

// The law with another gamma, and exponents and parts by which the larger of
// its powers, raised, stays as it was.
PowerSum WithGamma(PowerSum law, double gamma) {
  for (double& ln_a : law.ln_a) ln_a *= law.gamma / gamma;
  for (double& alpha : law.alpha) alpha *= law.gamma / gamma;
  law.gamma = gamma;
  return law;
}

// See PowerSumFit::condition.
double Condition(const ScaledRows& rows, const Eigen::VectorXd& theta,
                 double delta) {
  const Eigen::MatrixXd curvature = rows.Curvature(theta, delta);
  const Eigen::VectorXd lengths = curvature.diagonal().cwiseSqrt();
  if (lengths.minCoeff() <= 0) return std::numeric_limits<double>::infinity();
  const Eigen::MatrixXd scaled = lengths.cwiseInverse().asDiagonal() *
                                 curvature *
                                 lengths.cwiseInverse().asDiagonal();
  const Eigen::VectorXd values =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(scaled).eigenvalues();
  const double least = std::max(values[0], 0.0);
  return std::sqrt(values[values.size() - 1] / least);
}

double LastDelta(const RobustLoss& loss) {
  return loss.least_absolute ? 1e-3 : loss.huber_delta;
}

// The rows of a fit, with its priors if it has any.
class Target {
 public:
  // `noise` weighs the priors; 0: without them.
  Target(const PowerSumData& data, const PowerSumOptions& options, double noise,
         const Eigen::VectorXd& shift)
      : rows_(data, options.fixed_e, options.tie_exponents,
              options.free_gamma) {
    if (!options.prior || noise == 0) return;
    prior_.emplace(*options.prior, options.fixed_e.has_value(), false);
    penalized_.emplace(rows_, rows_.LawByTheta(), *prior_, noise, shift);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  const RobustRows& all() const {
    if (penalized_) return *penalized_;
    return rows_;
  }
  const ScaledRows& rows() const { return rows_; }
  std::optional<Posterior> PosteriorAt(const Eigen::VectorXd& theta,
                                       double delta) const {
    if (!penalized_) return std::nullopt;
    return penalized_->At(theta, delta);
  }

 private:
  ScaledRows rows_;
  std::optional<LawPrior> prior_;
  std::optional<PenalizedRows> penalized_;
};

// Polishes a start. Beyond a bound of gamma the objective does not depend on
// it, so that a step that went too far would stay there: such a law is taken up
// once more from inside, with a gamma at which the larger of its powers is as
// it was.
Polished PolishFrom(const Target& target, const RobustLoss& loss,
                    const PowerSum& start) {
  const ScaledRows& rows = target.rows();
  Polished polished = PolishLoss(target.all(), loss, rows.ToTheta(start));
  if (!std::isfinite(polished.objective) ||
      !rows.GammaHeld(polished.theta.data())) {
    return polished;
  }
  const PowerSum held = rows.ToLaw(polished.theta);
  const PowerSum inside =
      WithGamma(held, held.gamma < 1 ? 4 * held.gamma : held.gamma / 4);
  const Polished again = PolishLoss(target.all(), loss, rows.ToTheta(inside));
  return again.objective < polished.objective ? again : polished;
}

PowerSumFit Report(const ScaledRows& rows, const PowerSumData& data,
                   const PowerSumOptions& options, const Polished& best) {
  PowerSumFit fit;
  fit.law = rows.ToLaw(best.theta);
  fit.objective = TotalLoss(fit.law, data, options.loss);
  fit.gradient_norm = best.gradient_norm;
  fit.condition = Condition(rows, best.theta, LastDelta(options.loss));
  return fit;
}

// Whether the losses follow the law to what doubles can resolve of it, so that
// there is no gradient to speak of.
bool IsExact(const PowerSum& law, const PowerSumData& data,
             const RobustLoss& loss) {
  return !loss.least_absolute &&
         GoesThroughLosses(Residuals(law, data), data.weights);
}

bool SameOptimum(double objective, double best, double floor) {
  return objective - best <= kSameObjective * std::max(best, floor);
}

size_t CountedRows(const PowerSumData& data) {
  return data.weights.empty() ? data.rows()
                              : static_cast<size_t>(std::count_if(
                                    data.weights.begin(), data.weights.end(),
                                    [](double weight) { return weight > 0; }));
}

// Laws to start from. Those of the grid have gamma = 1; if it is free they
// begin in turn there, at 1/2 and at 2.
std::vector<PowerSum> Starts(const PowerSumData& data,
                             const PowerSumOptions& options, int most) {
  std::vector<PowerSum> starts = GridStarts(data, options.fixed_e, most);
  if (!options.free_gamma) return starts;
  constexpr std::array<double, 3> kGammas = {1, 0.5, 2};
  for (size_t i = 0; i < starts.size(); ++i) {
    starts[i] = WithGamma(starts[i], kGammas[i % kGammas.size()]);
  }
  return starts;
}

// kManyRows of the rows that count: those whose numbers have the least hashes,
// so that they are spread over all, whatever comes in turn.
PowerSumData SomeRows(const PowerSumData& data) {
  std::vector<std::pair<uint64_t, size_t>> rows;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (!data.weights.empty() && data.weights[i] <= 0) continue;
    rows.emplace_back(SplitMix64(i), i);
  }
  const auto end =
      rows.begin() + std::min<ptrdiff_t>(kManyRows, std::ssize(rows));
  std::nth_element(rows.begin(), end, rows.end());
  PowerSumData some{.ln_x = std::vector<std::vector<double>>(data.terms()),
                    .ln_loss = {}};
  for (auto row = rows.begin(); row != end; ++row) {
    const size_t i = row->second;
    for (size_t k = 0; k < data.terms(); ++k) {
      some.ln_x[k].push_back(data.ln_x[k][i]);
    }
    some.ln_loss.push_back(data.ln_loss[i]);
    if (!data.weights.empty()) some.weights.push_back(data.weights[i]);
  }
  return some;
}

// One fit from the grid of starts.
absl::StatusOr<PowerSumFit> FitFromGrid(const PowerSumData& data,
                                        const PowerSumOptions& options,
                                        double noise) {
  // The grid of very many rows takes long itself.
  if (Cancelled()) return absl::CancelledError("nobody waits for the fit");
  const Target target(data, options, noise, {});
  const ScaledRows& rows = target.rows();
  const double floor = ObjectiveFloor(rows, LastDelta(options.loss));
  Polished best;
  std::vector<double> converged;  // objectives
  int starts = 0;
  int agreeing = 0;
  for (const PowerSum& start : Starts(data, options, options.max_starts)) {
    ++starts;
    const Polished polished = PolishFrom(target, options.loss, start);
    if (polished.objective < best.objective) best = polished;
    if (polished.converged()) {
      converged.push_back(polished.objective);
    }
    agreeing = static_cast<int>(std::count_if(
        converged.begin(), converged.end(), [&](double objective) {
          return SameOptimum(objective, best.objective, floor);
        }));
    if (agreeing >= options.agreeing_starts || Cancelled()) break;
  }
  if (!std::isfinite(best.objective)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "none of %d starts gave a finite objective; check the data", starts));
  }
  PowerSumFit fit = Report(rows, data, options, best);
  fit.starts = starts;
  fit.agreeing = agreeing;
  fit.exact = IsExact(fit.law, data, options.loss);
  fit.converged = fit.exact || agreeing >= std::min(options.agreeing_starts,
                                                    options.max_starts);
  if (!fit.converged) {
    fit.problem = absl::StrFormat(
        "%d of %d starts ended in the best optimum, %d are wanted; gradient "
        "norm %.2g",
        agreeing, starts, options.agreeing_starts, fit.gradient_norm);
  }
  fit.noise = noise;
  fit.posterior = target.PosteriorAt(best.theta, LastDelta(options.loss));
  return fit;
}

// One fit. Of many rows some find the optimum, and all its place: the starts
// are those of some.
absl::StatusOr<PowerSumFit> FitOnce(const PowerSumData& data,
                                    const PowerSumOptions& options,
                                    double noise) {
  const PowerSumData few = SomeRows(data);
  if (few.rows() == CountedRows(data)) return FitFromGrid(data, options, noise);
  // Those that tell the law apart may be among the others.
  const absl::Status enough = CheckEnoughRuns(few, options);
  const absl::StatusOr<PowerSumFit> found =
      enough.ok() ? FitFromGrid(few, options, noise) : enough;
  if (!found.ok() || !found->converged) {
    return FitFromGrid(data, options, noise);
  }
  const PowerSumFit& some = *found;
  const Target target(data, options, noise, {});
  const Polished polished = PolishFrom(target, options.loss, some.law);
  if (!std::isfinite(polished.objective)) {
    return absl::FailedPreconditionError(
        "the law of some of the rows has no finite objective over all of them; "
        "check the data");
  }
  PowerSumFit fit = Report(target.rows(), data, options, polished);
  fit.starts = some.starts;
  fit.agreeing = some.agreeing;
  fit.exact = IsExact(fit.law, data, options.loss);
  fit.converged = fit.exact || polished.converged();
  if (!fit.converged) {
    fit.problem = absl::StrFormat("gradient norm %.2g", fit.gradient_norm);
  }
  fit.noise = noise;
  fit.posterior = target.PosteriorAt(polished.theta, LastDelta(options.loss));
  return fit;
}

}  // namespace

PowerSum LawOf(const Eigen::VectorXd& parameters,
               std::optional<double> fixed_e) {
  return {.e = fixed_e ? *fixed_e : std::exp(parameters[2]),
          .ln_a = {parameters[0], parameters[1]},
          .alpha = {parameters[3], parameters[4]}};
}

Eigen::VectorXd ParametersOf(const PowerSum& law) {
  Eigen::VectorXd parameters(5);
  parameters << law.ln_a[0], law.ln_a[1], law.e > 0 ? std::log(law.e) : 0,
      law.alpha[0], law.alpha[1];
  return parameters;
}

Eigen::VectorXd PriorShift(int count, int draw) {
  Normal normal(0x9E3779B97F4A7C15ULL * (static_cast<uint64_t>(draw) + 1));
  Eigen::VectorXd shift(count);
  for (double& one : shift) one = normal();
  return shift;
}

absl::StatusOr<PowerSumFit> FitPowerSum(const PowerSumData& data,
                                        const PowerSumOptions& options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckPowerSum(data, options));
  ISOSHAPE_RETURN_IF_ERROR(CheckEnoughRuns(data, options));
  ISOSHAPE_ASSIGN_OR_RETURN(PowerSumFit fit, FitOnce(data, options, 0));
  for (int pass = 0; options.prior && pass < kNoisePasses; ++pass) {
    const double noise = NoiseWithPrior(Residuals(fit.law, data),
                                        options.Parameters(data.terms()));
    ISOSHAPE_ASSIGN_OR_RETURN(fit, FitOnce(data, options, noise));
  }
  return fit;
}

PowerSumRefitter::PowerSumRefitter(PowerSumData data, PowerSumOptions options,
                                   const PowerSumFit& start)
    : data_(std::move(data)),
      options_(options),
      start_(start.law),
      noise_(start.noise) {}

PowerSumFit PowerSumRefitter::Fit(const std::vector<double>& weights,
                                  std::optional<int> draw) const {
  PowerSumData data = data_;
  data.weights = weights;
  for (size_t i = 0; i < data_.weights.size(); ++i) {
    data.weights[i] *= data_.weights[i];
  }
  Eigen::VectorXd shift;
  if (draw && noise_ > 0) {
    shift = PriorShift(
        LawPrior(*options_.prior, options_.fixed_e.has_value(), false)
            .figures(),
        *draw);
  }
  const Target target(data, options_, noise_, shift);
  const ScaledRows& rows = target.rows();
  Polished best = PolishFrom(target, options_.loss, start_);
  int starts = 1;
  if (!best.converged() && !Cancelled()) {
    for (const PowerSum& start : Starts(data, options_, 4)) {
      if (Cancelled()) break;
      ++starts;
      const Polished polished = PolishFrom(target, options_.loss, start);
      if (polished.objective < best.objective) best = polished;
    }
  }
  PowerSumFit fit;
  fit.starts = starts;
  if (!std::isfinite(best.objective)) {
    fit.problem = "no start gave a finite objective";
    return fit;
  }
  // The condition, and an objective without the priors, cost as much as the
  // polish, and nobody asks for them here.
  fit.law = rows.ToLaw(best.theta);
  fit.objective = best.objective;
  fit.gradient_norm = best.gradient_norm;
  fit.exact = !best.converged() && IsExact(fit.law, data, options_.loss);
  fit.converged = fit.exact || best.converged();
  fit.agreeing = fit.converged ? 1 : 0;
  if (!fit.converged) {
    fit.problem = absl::StrFormat("gradient norm %.2g", fit.gradient_norm);
  }
  return fit;
}

}  // namespace isoshape
