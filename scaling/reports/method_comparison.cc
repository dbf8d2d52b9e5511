#include "scaling/reports/method_comparison.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "scaling/isoflop/envelope.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/geometry.h"
#include "scaling/statistics/draws.h"

namespace isoshape {
namespace {

// A difference of size exponents that is worth naming: it moves N* by a tenth
// over two decades of compute.
constexpr double kNotableDifference = 0.02;

// A figure with its resamples, which a BootstrapEstimate does not keep.
struct Sampled {
  double value = 0;
  std::vector<double> resamples = {}, jackknife = {};

  BootstrapEstimate Estimate(double level) const {
    return isoshape::Estimate(value, resamples, jackknife, level);
  }
};

struct Method {
  std::string name;
  bool biased = false;
  Sampled exponent = {}, ln_size = {};
};

// `figures` maps a law to the exponent and to ln N* at the target.
template <typename Fit, typename Figures>
Method FromBootstrap(const char* name, const Bootstrap<Fit>& bootstrap,
                     const Figures& figures) {
  Method method{.name = name};
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  std::tie(method.exponent.value, method.ln_size.value) =
      figures(bootstrap.fit.law);
  const auto fill = [&](const std::vector<Fit>& fits,
                        std::vector<double>& exponents,
                        std::vector<double>& ln_sizes) {
    ln_sizes.assign(fits.size(), kNaN);
    exponents = OfEachDraw(fits.size(), [&](size_t i) {
      const auto [exponent, ln_size] =
          fits[i].converged ? figures(fits[i].law) : std::pair(kNaN, kNaN);
      ln_sizes[i] = ln_size;
      return exponent;
    });
  };
  fill(bootstrap.resamples, method.exponent.resamples,
       method.ln_size.resamples);
  fill(bootstrap.jackknife, method.exponent.jackknife,
       method.ln_size.jackknife);
  return method;
}

Method FromTrend(const char* name, bool biased, const LogTrend& trend,
                 double flops) {
  Method method{.name = name, .biased = biased};
  const double x = std::log(flops);
  method.exponent.value = trend.exponent.value;
  method.ln_size.value = trend.ln_coefficient + trend.exponent.value * x;
  // Widened if the optima scatter about the line more than noise explains.
  const auto widened = [&](double value, double resample) {
    return value + trend.scatter * (resample - value);
  };
  for (size_t r = 0; r < trend.exponent_resamples.size(); ++r) {
    const double exponent = trend.exponent_resamples[r];
    method.exponent.resamples.push_back(
        widened(method.exponent.value, exponent));
    method.ln_size.resamples.push_back(
        widened(method.ln_size.value,
                trend.ln_coefficient_resamples[r] + exponent * x));
  }
  for (size_t u = 0; u < trend.exponent_jackknife.size(); ++u) {
    const double exponent = trend.exponent_jackknife[u];
    method.exponent.jackknife.push_back(exponent);
    method.ln_size.jackknife.push_back(trend.ln_coefficient_jackknife[u] +
                                       exponent * x);
  }
  return method;
}

Sampled Difference(const Sampled& a, const Sampled& b) {
  const auto subtract = [](const std::vector<double>& x,
                           const std::vector<double>& y) {
    std::vector<double> result;
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      result.push_back(x[i] - y[i]);
    }
    return result;
  };
  return {.value = a.value - b.value,
          .resamples = subtract(a.resamples, b.resamples),
          .jackknife = subtract(a.jackknife, b.jackknife)};
}

// The law that `--law parametric` fits, if that would show figures.
absl::StatusOr<Bootstrap<PowerSumFit>> Parametric(
    const Runs& runs, const Resampling& resampling,
    const MethodComparisonOptions& options, const Execution& execution) {
  ISOSHAPE_RETURN_IF_ERROR(
      CheckSizesAndTokensVary(runs, options.parametric.Parameters(2)));
  const RunGeometry geometry = MeasureGeometry(runs);
  for (const std::string* one : {&geometry.one_line, &geometry.one_budget}) {
    if (!one->empty()) return absl::FailedPreconditionError(*one);
  }
  return BootstrapPowerSum(ParametricData(runs), options.parametric, resampling,
                           execution);
}

// The methods that can be applied to the runs, and why others cannot.
struct Applied {
  std::vector<Method> methods;
  std::vector<std::string> warnings;

  void LeaveOut(const char* name, absl::string_view reason) {
    warnings.push_back(absl::StrFormat("%s is left out: %s", name, reason));
  }
};

void ApplyIsoflop(const Runs& runs, const Resampling& resampling,
                  const MethodComparisonOptions& options,
                  const Execution& execution, double target, Applied& applied) {
  const struct {
    const char* name;
    OptimumMethod method;
    bool biased;
  } isoflops[] = {{"isoflop", OptimumMethod::kNearMinimum, false},
                  {"isoflop-akima", OptimumMethod::kAkima, false},
                  {"isoflop-full-range", OptimumMethod::kFullRange, true}};
  for (const auto& [name, rule, biased] : isoflops) {
    IsoflopOptions isoflop;
    isoflop.rule.method = rule;
    isoflop.level = options.level;
    isoflop.seed = options.seed;
    const auto fit = FitIsoflop(runs, resampling, isoflop, execution);
    if (!fit.ok()) {
      applied.LeaveOut(name, fit.status().message());
    } else if (!fit->size) {
      applied.LeaveOut(name, "fewer than two budgets have an optimum");
    } else {
      applied.methods.push_back(FromTrend(name, biased, *fit->size, target));
    }
  }
}

void ApplyEnvelope(const Runs& runs, const Resampling& resampling,
                   const Execution& execution, double target,
                   Applied& applied) {
  const auto fitted = [&]() -> absl::StatusOr<Bootstrap<EnvelopeFit>> {
    const std::string design = DesignSaysSizes(runs);
    if (!design.empty()) return absl::FailedPreconditionError(design);
    ISOSHAPE_ASSIGN_OR_RETURN(const EnvelopeFit fit, FitEnvelope(runs));
    const int points = RunsOnEnvelope(runs, fit);
    if (points < kMinClusters) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s on it, too few to tell how sure it is, which takes %d; run more "
          "budgets",
          points == 1 ? "1 run lies" : absl::StrCat(points, " runs lie"),
          kMinClusters));
    }
    return BootstrapEnvelope(runs, resampling, execution);
  };
  const auto envelope = fitted();
  if (!envelope.ok()) {
    applied.LeaveOut("envelope", envelope.status().message());
    return;
  }
  applied.methods.push_back(
      FromBootstrap("envelope", *envelope, [&](const EnvelopeLaw& law) {
        return std::pair(law.size.slope, std::log(law.SizeAt(target)));
      }));
}

void ApplyParametric(const Runs& runs, const Resampling& resampling,
                     const MethodComparisonOptions& options,
                     const Execution& execution, double target,
                     Applied& applied) {
  ComputeRule rule;
  if (!runs.flops.empty()) rule = FitComputeRule(runs).value_or(rule);
  const auto parametric = Parametric(runs, resampling, options, execution);
  if (!parametric.ok()) {
    applied.LeaveOut("parametric", parametric.status().message());
    return;
  }
  applied.methods.push_back(
      FromBootstrap("parametric", *parametric, [&](const PowerSum& law) {
        return std::pair(SizeExponent(law, rule),
                         std::log(OptimumAt(law, target, rule).size));
      }));
}

// Adds that two methods differ, if they do notably; they disagree if resampling
// does not explain by how much.
void Compare(const Method& first, const Method& second, double level,
             MethodComparison& result) {
  if (first.biased || second.biased) return;
  const auto known = [level](const Method& one) {
    return UnidentifiedBy(one.exponent.Estimate(level)).empty();
  };
  if (!known(first) || !known(second)) return;
  const BootstrapEstimate difference =
      Difference(first.exponent, second.exponent).Estimate(level);
  const Interval& interval = difference.bca;
  const bool beyond =
      interval.lower.value_or(-1) > 0 || interval.upper.value_or(1) < 0;
  if (!beyond && std::abs(difference.value) <= kNotableDifference) return;
  result.disagreements.push_back({first.name, second.name, difference});
  (beyond ? result.warnings : result.findings)
      .push_back(absl::StrFormat(
          "%s and %s %s: size exponents %.3f and %.3f; the difference, "
          "%+.3f (%.3f..%.3f), is %s resampling explains",
          first.name, second.name, beyond ? "disagree" : "differ",
          first.exponent.value, second.exponent.value, difference.value,
          interval.lower.value_or(-INFINITY), interval.upper.value_or(INFINITY),
          beyond ? "more than" : "within what"));
}

}  // namespace

absl::StatusOr<MethodComparison> CompareMethods(
    const Runs& runs, const Resampling& resampling,
    const MethodComparisonOptions& options, const Execution& execution) {
  ISOSHAPE_RETURN_IF_ERROR(CheckRuns(runs));
  MethodComparison result;
  result.target_flops = options.target_flops > 0
                            ? options.target_flops
                            : 10 * runs.FlopsRange().second;
  const double target = result.target_flops;
  Applied applied;
  ApplyIsoflop(runs, resampling, options, execution, target, applied);
  ApplyEnvelope(runs, resampling, execution, target, applied);
  ApplyParametric(runs, resampling, options, execution, target, applied);
  result.warnings = std::move(applied.warnings);
  const std::vector<Method>& methods = applied.methods;
  if (methods.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no method can be applied to these runs; %s", result.warnings.front()));
  }
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = methods[i];
    result.methods.push_back(
        {.method = method.name,
         .biased = method.biased,
         .size_exponent = method.exponent.Estimate(options.level),
         .size_at_target = Exp(method.ln_size.Estimate(options.level))});
    for (size_t j = 0; j < i; ++j) {
      Compare(methods[j], method, options.level, result);
    }
  }
  return result;
}

}  // namespace isoshape
