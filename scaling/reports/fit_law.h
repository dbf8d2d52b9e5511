#ifndef ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_
#define ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/laws/parametric_law.h"
#include "scaling/laws/power_sum.h"
#include "scaling/reports/law_report.h"
#include "scaling/runs/run_table.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

enum class ComputeConstraint {
  kSixNd,  // C = 6 N D
  kFlops,  // as the runs' own FLOPs grow with size: FitComputeRule
};

enum class Law {
  kParametric,  // scaling/laws/parametric_law.h
  kShape,       // scaling/laws/shape_laws.h
  kLevine,      // scaling/laws/levine_law.h
  kIsoflop,     // scaling/isoflop/isoflop_table.h, Akima
  kEnvelope,    // scaling/isoflop/envelope.h
  kMethods,     // scaling/reports/method_comparison.h: exponents side by side
};

// `parametric`, `shape`, `levine`, `isoflop`, `envelope`, `methods`.
std::string LawName(Law law);
std::optional<Law> FindLaw(absl::string_view name);
std::vector<std::string> LawNames();

struct LawOptions {
  Law law = Law::kParametric;
  SizeMeasure size = SizeMeasure::kParams;
  RobustLoss loss = {};                // kParametric; kShape takes its delta
  std::optional<double> fixed_e = {};  // kParametric
  // What compute buys, in derived figures of kParametric.
  ComputeConstraint constraint = ComputeConstraint::kSixNd;
  int resamples = 4000;  // 0: no intervals
  uint64_t seed = 0;
  double level = 0.95;
  // Different tokens that there are: runs of more have repeated data, and
  // tokens are counted by what they are worth (scaling/laws/repeated_data.h).
  std::optional<double> corpus_tokens = {};
  // Used instead of resamples and seed where it is there.
  std::optional<Resampling> resampling = {};
  Execution execution = {};
};

// A case bootstrap stratified by budget, what came from one run being one
// cluster; or `options.resampling`.
absl::StatusOr<Resampling> ResamplingOf(const RunTable& table,
                                        const LawOptions& options);

// Fits a law to runs. INVALID_ARGUMENT where an option or a number is out of
// range; FAILED_PRECONDITION where the runs cannot fix the law, with what to
// add. Deterministic.
//
//   auto report = FitLaw(table, {.law = Law::kParametric});
absl::StatusOr<LawReport> FitLaw(const RunTable& table,
                                 const LawOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_FIT_LAW_H_
