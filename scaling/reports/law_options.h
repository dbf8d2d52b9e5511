#ifndef ISOSHAPE_SCALING_REPORTS_LAW_OPTIONS_H_
#define ISOSHAPE_SCALING_REPORTS_LAW_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/laws/power_sum.h"
#include "scaling/laws/power_sum_fit.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

enum class ComputeConstraint {
  kSixNd,  // C = 6 N D
  kFlops,  // as the runs' own FLOPs grow with size: FitComputeRule
};

enum class Law {
  kSurface,     // scaling/surface/surface.h
  kParametric,  // scaling/laws/parametric_law.h
  kShape,       // scaling/laws/shape_laws.h
  kLevine,      // scaling/laws/levine_law.h
  kIsoflop,     // scaling/isoflop/isoflop.h
  kEnvelope,    // scaling/isoflop/envelope.h
  kMethods,     // scaling/reports/method_comparison.h: exponents side by side
  kLadder,      // scaling/reports/ladder_report.h
};

// `surface`, `parametric`, `shape`, `levine`, `isoflop`, `envelope`, `methods`,
// `ladder`.
std::string LawName(Law law);
std::optional<Law> FindLaw(absl::string_view name);
std::vector<std::string> LawNames();

// `near-minimum`, `akima`, `full-range`.
std::string RuleName(OptimumMethod rule);
std::optional<OptimumMethod> FindRule(absl::string_view name);
std::vector<std::string> RuleNames();

// How a law is fitted to runs.
struct LawOptions {
  Law law = Law::kParametric;
  RobustLoss loss = {};                // kParametric; kShape takes its delta
  std::optional<double> fixed_e = {};  // kParametric
  // alpha = beta, one exponent; kParametric.
  bool tie_exponents = false;
  // The law with gamma, a fifth exponent; kParametric.
  bool free_gamma = false;
  // Weak priors of kParametric and kShape (scaling/laws/weak_prior.h);
  // kSurface always has them.
  bool weak_prior = false;
  // How compute is spent, for the derived figures of kParametric.
  ComputeConstraint constraint = ComputeConstraint::kSixNd;
  OptimumMethod rule = OptimumMethod::kNearMinimum;  // kIsoflop
  double max_budget = 0;  // use only budgets up to this, FLOPs; 0: all
  int resamples = 4000;   // 0: no intervals
  uint64_t seed = 0;
  double level = 0.95;
  // Different tokens that there are: runs of more have repeated data, and
  // tokens are counted by what they are worth (scaling/laws/repeated_data.h).
  std::optional<double> corpus_tokens = {};
  // If given, used instead of resamples and seed.
  std::optional<Resampling> resampling = {};
  Execution execution = {};
};

// How the law of size and tokens, or of one of them, is fitted to `data`. A law
// of one term has neither priors nor exponents to tie.
PowerSumOptions ParametricOptions(const LawOptions& options,
                                  const PowerSumData& data);

// INVALID_ARGUMENT if an option is out of range.
absl::Status CheckLawOptions(const LawOptions& options);

// INVALID_ARGUMENT if `options` has what `law` does not take, whatever
// options.law is: such as an E that is fixed for a law that fits it in any
// case.
absl::Status CheckTakes(Law law, const LawOptions& options);

// The one resampling of runs: a case bootstrap stratified by budget, what came
// from one run being one cluster; or `options.resampling`. Without resamples if
// there are fewer than kMinClusters clusters.
absl::StatusOr<Resampling> ResamplingOf(const Runs& runs,
                                        const LawOptions& options);

// How it draws, in a few words; empty if there are no resamples.
std::string IntervalMethod(const Runs& runs, const LawOptions& options,
                           const Resampling& resampling);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_LAW_OPTIONS_H_
