#include "scaling/ratio_law.h"

#include <ceres/ceres.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_format.h"
#include "scaling/intervals.h"
#include "scaling/power_sum_fit.h"
#include "scaling/ratio_law_rows.h"
#include "scaling/robust_polish.h"

namespace isoshape {
namespace {

constexpr int kParameters = 8;
using Theta = std::array<double, kParameters>;

// ln A', ln B', ln E, alpha, beta, G / A, c0', c1 with ln N and ln D taken
// about their means, so that A' and B' are parts of the loss at the centre.
struct Residual {
  double n, t, rho, ln_loss;

  template <typename T>
  bool operator()(const T* x, T* residual) const {
    const T departure = rho - x[6] - x[7] * n;
    const T loss =
        ceres::exp(x[2]) +
        ceres::exp(x[0] - x[3] * n) * (1.0 + x[5] * departure * departure) +
        ceres::exp(x[1] - x[4] * t);
    if (!(loss > 1e-12)) return false;
    residual[0] = ceres::log(loss) - ln_loss;
    return true;
  }
};

double Mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) /
         static_cast<double>(x.size());
}

bool Varies(const std::vector<double>& x) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  return *high - *low > 1e-9;
}

class Problem {
 public:
  Problem(const RatioLawData& data, const std::vector<double>& weights,
          double delta)
      : data_(data),
        weights_(weights),
        delta_(delta),
        n_(Mean(data.ln_size)),
        t_(Mean(data.ln_tokens)) {}

  Theta ToTheta(const RatioLaw& law) const {
    return {law.ln_a - law.alpha * n_,
            law.ln_b - law.beta * t_,
            std::log(std::max(law.e, 1e-9)),
            law.alpha,
            law.beta,
            law.g / std::exp(law.ln_a),
            law.c0 + law.c1 * n_,
            law.c1};
  }

  RatioLaw ToLaw(const Theta& x) const {
    RatioLaw law;
    law.alpha = x[3];
    law.beta = x[4];
    law.ln_a = x[0] + law.alpha * n_;
    law.ln_b = x[1] + law.beta * t_;
    law.e = std::exp(x[2]);
    law.g = x[5] * std::exp(law.ln_a);
    law.c1 = x[7];
    law.c0 = x[6] - law.c1 * n_;
    return law;
  }

  // Moves x to a local optimum. True where the solver converged.
  bool Polish(Theta& x, double* objective) const {
    ceres::Problem::Options ownership;
    ownership.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
    ceres::HuberLoss huber(delta_);
    std::vector<std::unique_ptr<ceres::ScaledLoss>> scaled;
    ceres::Problem problem(ownership);
    for (size_t i = 0; i < data_.rows(); ++i) {
      const double weight = weights_.empty() ? 1 : weights_[i];
      if (weight == 0) continue;
      ceres::LossFunction* loss = &huber;
      if (weight != 1) {
        scaled.push_back(std::make_unique<ceres::ScaledLoss>(
            &huber, weight, ceres::DO_NOT_TAKE_OWNERSHIP));
        loss = scaled.back().get();
      }
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<Residual, 1, kParameters>(
              new Residual{data_.ln_size[i] - n_, data_.ln_tokens[i] - t_,
                           data_.ln_ratio[i], data_.ln_loss[i]}),
          loss, x.data());
    }
    // Beyond these a term is without effect on any loss.
    problem.SetParameterLowerBound(x.data(), 2, -12);
    problem.SetParameterLowerBound(x.data(), 1, -20);
    problem.SetParameterLowerBound(x.data(), 3, 1e-3);
    problem.SetParameterLowerBound(x.data(), 4, 1e-3);
    problem.SetParameterUpperBound(x.data(), 3, 5);
    problem.SetParameterUpperBound(x.data(), 4, 5);
    const auto [low, high] =
        std::minmax_element(data_.ln_ratio.begin(), data_.ln_ratio.end());
    problem.SetParameterLowerBound(x.data(), 6, 2 * *low - *high);
    problem.SetParameterUpperBound(x.data(), 6, 2 * *high - *low);
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::DENSE_QR;
    options.max_num_iterations = 300;
    options.function_tolerance = 1e-10;
    options.parameter_tolerance = 1e-10;
    options.gradient_tolerance = 1e-14;
    options.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    *objective = summary.final_cost;
    return summary.termination_type == ceres::CONVERGENCE;
  }

 private:
  const RatioLawData& data_;
  const std::vector<double>& weights_;
  double delta_, n_, t_;
};

struct End {
  RatioLaw law;
  double objective = std::numeric_limits<double>::infinity();
  bool converged = false;
};

// The local minimum below `start`: by BFGS where it lies inside the bounds,
// else by Levenberg and Marquardt within them, which is many times slower.
End GoDown(const RatioLawData& data, const std::vector<double>& weights,
           const RatioLaw& start, double delta) {
  const RatioLawRows rows(data, weights);
  const Polished polished = Polish(rows, delta, rows.ToTheta(start));
  if (polished.converged()) {
    return {rows.ToLaw(polished.theta), polished.objective, true};
  }
  const Problem problem(data, weights, delta);
  Theta x = problem.ToTheta(start);
  End end;
  end.converged = problem.Polish(x, &end.objective);
  end.law = problem.ToLaw(x);
  return end;
}

}  // namespace

double RatioLaw::LogLoss(double ln_size, double ln_tokens,
                         double ln_ratio) const {
  const double departure = ln_ratio - BestLogRatio(ln_size);
  const double loss =
      e + std::exp(ln_b - beta * ln_tokens) +
      std::exp(-alpha * ln_size) * (std::exp(ln_a) + g * departure * departure);
  return loss > 0 ? std::log(loss) : std::numeric_limits<double>::quiet_NaN();
}

double RatioLaw::BandHalfWidth(double ln_size, double ln_tokens,
                               double share) const {
  if (!(g > 0)) return std::numeric_limits<double>::infinity();
  const double least =
      std::exp(LogLoss(ln_size, ln_tokens, BestLogRatio(ln_size)));
  return std::sqrt(share * least / (g * std::exp(-alpha * ln_size)));
}

absl::StatusOr<RatioLawFit> FitRatioLaw(const RatioLawData& data,
                                        double huber_delta) {
  const size_t rows = data.rows();
  if (data.ln_size.size() != rows || data.ln_tokens.size() != rows ||
      data.ln_ratio.size() != rows ||
      !(data.weights.empty() || data.weights.size() == rows)) {
    return absl::InvalidArgumentError("columns of unequal length");
  }
  if (rows <= kParameters) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d runs cannot fix the %d parameters of the shape law; give more runs",
        rows, kParameters));
  }
  for (const auto& [name, values] :
       {std::pair{"size", &data.ln_size}, std::pair{"tokens", &data.ln_tokens},
        std::pair{"aspect ratio", &data.ln_ratio},
        std::pair{"loss", &data.ln_loss}}) {
    if (!Varies(*values)) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s is the same in all runs: the shape law needs runs "
          "that differ in it",
          name));
    }
  }
  PowerSumOptions options;
  options.loss.huber_delta = huber_delta;
  const auto plain = FitPowerSum({.ln_x = {data.ln_size, data.ln_tokens},
                                  .ln_loss = data.ln_loss,
                                  .weights = data.weights},
                                 options);
  if (!plain.ok()) return plain.status();
  std::vector<double> ratios = data.ln_ratio;
  std::sort(ratios.begin(), ratios.end());
  std::vector<End> ends;
  RatioLawFit fit;
  for (const double share : {0.5, 0.2, 0.8}) {
    for (const double g : {0.03, 0.3}) {
      RatioLaw start;
      start.e = plain->law.e;
      start.ln_a = plain->law.ln_a[0];
      start.ln_b = plain->law.ln_a[1];
      start.alpha = std::clamp(plain->law.alpha[0], 0.01, 2.0);
      start.beta = std::clamp(plain->law.alpha[1], 0.01, 2.0);
      start.g = g * std::exp(start.ln_a);
      start.c0 = Quantile(ratios, share);
      const End end = GoDown(data, data.weights, start, huber_delta);
      ++fit.starts;
      if (std::isfinite(end.objective)) ends.push_back(end);
    }
  }
  if (ends.empty()) {
    return absl::FailedPreconditionError(
        "no start of the shape law's fit led anywhere; are the losses of one "
        "recipe?");
  }
  const End& best = *std::min_element(
      ends.begin(), ends.end(),
      [](const End& a, const End& b) { return a.objective < b.objective; });
  fit.agreeing = static_cast<int>(
      std::count_if(ends.begin(), ends.end(), [&](const End& end) {
        return end.objective <= best.objective * (1 + 1e-4) + 1e-16;
      }));
  fit.law = best.law;
  fit.objective = best.objective;
  fit.converged = best.converged && fit.agreeing >= 2;
  if (!best.converged) {
    fit.problem = "the solver stopped before the gradient vanished";
  } else if (!fit.converged) {
    fit.problem = absl::StrFormat("only 1 of %d starts found the least optimum",
                                  fit.starts);
  }
  return fit;
}

RatioLawFit RefitRatioLaw(const RatioLawData& data,
                          const std::vector<double>& weights,
                          const RatioLaw& start, double huber_delta) {
  const End end = GoDown(data, weights, start, huber_delta);
  RatioLawFit fit;
  fit.law = end.law;
  fit.objective = end.objective;
  fit.converged = end.converged;
  fit.starts = fit.agreeing = 1;
  if (!fit.converged) fit.problem = "the solver did not converge";
  return fit;
}

}  // namespace isoshape
