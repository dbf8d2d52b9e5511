#include "scaling/laws/power_sum_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/text/counted.h"

namespace isoshape {
namespace {

// Root mean square residuals of ln loss below this are rounding, not noise.
constexpr double kExactResidual = 1e-8;

}  // namespace

absl::Status CheckPowerSum(const PowerSumData& data,
                           const PowerSumOptions& options) {
  if (options.prior && data.terms() != 2) {
    return absl::InvalidArgumentError(
        "priors are of a law of size and tokens, two terms");
  }
  if (options.free_gamma && (options.tie_exponents || options.prior)) {
    return absl::InvalidArgumentError(
        "gamma is free neither with tied exponents nor with priors");
  }
  if (data.terms() < 1 || data.terms() > 4) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%d terms; a sum of powers has 1 to 4", data.terms()));
  }
  bool lengths = data.weights.empty() || data.weights.size() == data.rows();
  for (const auto& column : data.ln_x) lengths &= column.size() == data.rows();
  if (!lengths) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "columns of a length other than that of the %d losses", data.rows()));
  }
  for (size_t i = 0; i < data.rows(); ++i) {
    bool good = std::isfinite(data.ln_loss[i]);
    for (const auto& column : data.ln_x) good &= std::isfinite(column[i]);
    if (!data.weights.empty()) {
      good &= std::isfinite(data.weights[i]) && data.weights[i] >= 0;
    }
    if (!good) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "row %d holds a number that is not finite, or a weight below 0", i));
    }
  }
  if (!(options.loss.huber_delta > 0) ||
      !std::isfinite(options.loss.huber_delta)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "Huber delta %g is not a finite number above 0; 0.001 is usual",
        options.loss.huber_delta));
  }
  if (options.fixed_e &&
      !(*options.fixed_e >= 0 && std::isfinite(*options.fixed_e))) {
    return absl::InvalidArgumentError(
        absl::StrFormat("E %g is not a finite number >= 0", *options.fixed_e));
  }
  if (options.agreeing_starts < 1 || options.max_starts < 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%d agreeing of %d starts; both must be above 0",
                        options.agreeing_starts, options.max_starts));
  }
  return absl::OkStatus();
}

absl::Status CheckEnoughRuns(const PowerSumData& data,
                             const PowerSumOptions& options) {
  const auto parameters = static_cast<size_t>(options.Parameters(data.terms()));
  // As many as are needed: of a million rows the first few tell.
  std::set<std::vector<double>> distinct;
  std::vector<size_t> counted;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (!data.weights.empty() && data.weights[i] <= 0) continue;
    counted.push_back(i);
    if (distinct.size() >= parameters) continue;
    std::vector<double> x;
    for (const std::vector<double>& column : data.ln_x) x.push_back(column[i]);
    distinct.insert(std::move(x));
  }
  if (distinct.size() < parameters) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s for %d parameters; run at least %d more",
        Counted(static_cast<int64_t>(distinct.size()), "different run"),
        parameters, parameters - distinct.size()));
  }
  const auto is_one = [&](const std::vector<double>& values) {
    return std::all_of(counted.begin(), counted.end(), [&](size_t i) {
      return values[i] == values[counted.front()];
    });
  };
  if (is_one(data.ln_loss)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("all losses are equal, %g: nothing to fit; check what "
                        "the trainer reports",
                        std::exp(data.ln_loss[counted.front()])));
  }
  for (size_t k = 0; k < data.terms(); ++k) {
    if (!is_one(data.ln_x[k])) continue;
    return absl::FailedPreconditionError(absl::StrFormat(
        "variable %d of the law has one value only, %g: its coefficient and "
        "exponent cannot be told from E; run others",
        k + 1, std::exp(data.ln_x[k][counted.front()])));
  }
  double largest = 0;
  for (const size_t i : counted) {
    largest = std::max(largest, std::exp(data.ln_loss[i]));
  }
  if (options.fixed_e && *options.fixed_e >= largest) {
    return absl::InvalidArgumentError(
        absl::StrFormat("E is fixed at %g, not below the largest loss, %g",
                        *options.fixed_e, largest));
  }
  return absl::OkStatus();
}

bool GoesThroughLosses(const std::vector<double>& residuals,
                       const std::vector<double>& weights) {
  double squares = 0;
  double rows = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    if (!weights.empty() && weights[i] <= 0) continue;
    squares += residuals[i] * residuals[i];
    ++rows;
  }
  return squares < rows * kExactResidual * kExactResidual;
}

}  // namespace isoshape
