#include "scaling/reports/law_options.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/statistics/cluster_covariance.h"

namespace isoshape {
namespace {

constexpr struct {
  Law law;
  const char* name;
} kNames[] = {{Law::kSurface, "surface"}, {Law::kParametric, "parametric"},
              {Law::kShape, "shape"},     {Law::kLevine, "levine"},
              {Law::kIsoflop, "isoflop"}, {Law::kEnvelope, "envelope"},
              {Law::kMethods, "methods"}, {Law::kLadder, "ladder"}};

constexpr struct {
  OptimumMethod rule;
  const char* name;
} kRules[] = {{OptimumMethod::kNearMinimum, "near-minimum"},
              {OptimumMethod::kAkima, "akima"},
              {OptimumMethod::kFullRange, "full-range"}};

// Resamples that must lie beyond either end of an interval: of 10 a 95 %
// interval is shown, from the least to the largest.
constexpr double kMinBeyond = 0.25;

}  // namespace

std::string LawName(Law law) {
  for (const auto& named : kNames) {
    if (named.law == law) return named.name;
  }
  return "";
}

std::optional<Law> FindLaw(absl::string_view name) {
  for (const auto& named : kNames) {
    if (named.name == name) return named.law;
  }
  return std::nullopt;
}

std::vector<std::string> LawNames() {
  std::vector<std::string> names;
  for (const auto& named : kNames) names.emplace_back(named.name);
  return names;
}

std::string RuleName(OptimumMethod rule) {
  for (const auto& named : kRules) {
    if (named.rule == rule) return named.name;
  }
  return "";
}

std::optional<OptimumMethod> FindRule(absl::string_view name) {
  for (const auto& named : kRules) {
    if (named.name == name) return named.rule;
  }
  return std::nullopt;
}

std::vector<std::string> RuleNames() {
  std::vector<std::string> names;
  for (const auto& named : kRules) names.emplace_back(named.name);
  return names;
}

PowerSumOptions ParametricOptions(const LawOptions& options,
                                  const PowerSumData& data) {
  PowerSumOptions how{.loss = options.loss, .fixed_e = options.fixed_e};
  if (data.terms() != 2) return how;
  how.tie_exponents = options.tie_exponents;
  how.free_gamma = options.free_gamma;
  if (options.weak_prior) {
    how.prior = WeakPriorsOf(data.ln_x[0], data.ln_x[1], data.ln_loss);
  }
  return how;
}

absl::Status CheckLawOptions(const LawOptions& options) {
  ISOSHAPE_RETURN_IF_ERROR(CheckLevel(options.level));
  const double beyond = options.resamples * (1 - options.level) / 2;
  if (options.resamples > 0 && !(beyond >= kMinBeyond)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%d resamples have no ends of a %.10g %% interval; take %.0f or more "
        "(bootstrap), 0 for no intervals, or a lower level",
        options.resamples, 100 * options.level,
        std::ceil(2 * kMinBeyond / (1 - options.level))));
  }
  if (!(std::isfinite(options.max_budget) && options.max_budget >= 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "max_budget %g is not a finite number >= 0; 0 stands for all budgets",
        options.max_budget));
  }
  if (options.free_gamma && (options.tie_exponents || options.weak_prior)) {
    return absl::InvalidArgumentError(
        options.tie_exponents
            ? "free_gamma asks for an exponent more and tie_exponents for one "
              "less; leave out free_gamma or tie_exponents"
            : "free_gamma is fitted without priors, which know no gamma; leave "
              "out free_gamma, or set prior none");
  }
  const std::optional<double>& corpus = options.corpus_tokens;
  if (corpus && !(std::isfinite(*corpus) && *corpus > 0)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "a corpus of %g tokens is not a finite number above 0", *corpus));
  }
  return absl::OkStatus();
}

namespace {

// `surface, shape or parametric`.
std::string OneOfLaws(const std::vector<Law>& laws) {
  std::string text;
  for (size_t i = 0; i < laws.size(); ++i) {
    if (i > 0) text += i + 1 < laws.size() ? ", " : " or ";
    text += LawName(laws[i]);
  }
  return text;
}

}  // namespace

absl::Status CheckTakes(Law law, const LawOptions& options) {
  const struct {
    bool given;
    std::vector<Law> takers;
    const char* refusal;
  } choices[] = {
      {options.tie_exponents,
       {Law::kParametric},
       "has no exponents alpha and beta to be tied"},
      {options.free_gamma, {Law::kParametric}, "has no gamma to be free"},
      {options.rule != LawOptions().rule,
       {Law::kIsoflop},
       "has no rule by which the best size of a budget is found"},
      {options.weak_prior,
       {Law::kParametric, Law::kShape, Law::kSurface},
       "has no priors"},
      {options.fixed_e.has_value(),
       {Law::kParametric, Law::kLadder, Law::kMethods},
       "takes no fixed E"},
      {options.loss.least_absolute,
       {Law::kParametric, Law::kLadder, Law::kMethods},
       "is not fitted by least absolute deviations"},
      {options.loss.huber_delta != RobustLoss().huber_delta,
       {Law::kParametric, Law::kShape, Law::kLadder, Law::kMethods},
       "has no Huber's delta"}};
  for (const auto& [given, takers, refusal] : choices) {
    if (!given ||
        std::find(takers.begin(), takers.end(), law) != takers.end()) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "law ", LawName(law), " ", refusal, "; set law ", OneOfLaws(takers)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Resampling> ResamplingOf(const Runs& runs,
                                        const LawOptions& options) {
  if (options.resampling) {
    if (options.resampling->rows() == runs.rows()) return *options.resampling;
    return absl::InvalidArgumentError(
        absl::StrFormat("resamples of %d rows for %d runs",
                        options.resampling->rows(), runs.rows()));
  }
  ResamplingOptions draws;
  draws.count = options.resamples;
  draws.seed = options.seed;
  draws.strata = runs.budget;
  draws.clusters = RunClusters(runs);
  const int clusters = CountClusters(draws.clusters);
  if (clusters > 0 && clusters < kMinClusters) draws.count = 0;
  return Resampling::CaseBootstrap(runs.rows(), draws);
}

std::string IntervalMethod(const Runs& runs, const LawOptions& options,
                           const Resampling& resampling) {
  if (resampling.count() == 0) return "";
  std::string method =
      absl::StrFormat("case bootstrap, %d resamples", resampling.count());
  if (options.resampling) {
    absl::StrAppend(&method, " as given");
  } else {
    absl::StrAppend(&method, " of seed ", options.seed);
    if (resampling.units() < static_cast<int>(runs.rows())) {
      absl::StrAppend(&method, ", ", resampling.units(), " clusters by run");
    }
    if (!runs.budget.empty()) {
      const std::set<double> budgets(runs.budget.begin(), runs.budget.end());
      absl::StrAppend(&method, ", stratified by ",
                      Counted(static_cast<int64_t>(budgets.size()), "budget"));
    }
  }
  const bool prior = options.weak_prior && (options.law == Law::kParametric ||
                                            options.law == Law::kShape);
  if (prior) absl::StrAppend(&method, ", weak priors drawn with the runs");
  return method;
}

}  // namespace isoshape
