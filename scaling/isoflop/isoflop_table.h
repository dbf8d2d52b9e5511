#ifndef ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_TABLE_H_
#define ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scaling/isoflop/isoflop_bias.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/isoflop/trend.h"
#include "scaling/runs/run_table.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"

namespace isoshape {

// docs/science.md gives the reason of each default.
struct IsoflopTableOptions {
  SizeMeasure size = SizeMeasure::kParams;
  OptimumRule rule;
  double level = 0.95;  // of all intervals, in (0, 1)
  // Of the interval by seed noise.
  int noise_draws = 1000;
  uint64_t seed = 0;
  // Standard deviation of one run's loss, nats per token; 0: what seeds of the
  // same shape and residuals about parabolas show.
  double noise = 0;
  // Where the extrapolation bias is reported; 0: ten times the largest budget.
  double bias_target_flops = 0;
};

// The optimum of one budget.
struct BudgetOptimum {
  double budget = 0;  // FLOPs
  int runs = 0, sizes = 0;
  double least_size = 0, largest_size = 0;
  // Why there is no optimum, in one line with values, or empty; then the
  // figures below mean nothing.
  std::string problem;
  bool on_edge = false;
  // By resampling rows; for kAkima, whose optimum is not smooth in the runs,
  // BCa is the percentile interval again. An end of the interval of size or
  // tokens at the edge of the sizes tried is absent. Standard errors are those
  // of the logarithm.
  BootstrapEstimate size, tokens, loss;
  // By drawing the losses anew; value only where the noise is not known.
  Interval size_by_noise;
};

struct IsoflopTableFit {
  IsoflopTableOptions options;
  std::vector<BudgetOptimum> budgets;  // ascending
  // Over the budgets without a problem; absent below two. Intervals from the
  // rows' resamples.
  std::optional<LogTrend> size, tokens, loss;
  std::optional<LogTrend> size_by_noise;
  // Of the chosen rule at the sizes tried, without noise.
  std::optional<ExtrapolationBias> bias;
  double noise = 0;  // used for size_by_noise; 0: not known
  int noise_degrees_of_freedom = 0;
  std::vector<std::string> warnings;
  std::string method;  // one sentence
  int runs = 0;
};

// isoFLOP fit (Hoffmann et al. 2022, approach 2) of a table with budgets: the
// best size of each budget by `options.rule`, and weighted least squares of ln
// N*, ln D* and ln L* on ln C. Runs of a budget that are equal in size, depth
// and width are averaged; sizes within 2 % count as one, with the loss of the
// best of them. D* is that of the runs at N*, between neighbours linear in ln
// N. Budgets without an optimum are named in `warnings` and left out of the
// trends. `resampling` is that of the table's rows, as for every other figure
// derived from it; stratify it by budget. Deterministic.
//
// INVALID_ARGUMENT where the table, an option or the resampling's number of
// rows is wrong; FAILED_PRECONDITION where there is no column budget, flops are
// needed and not known, or no budget has three sizes.
//
//   auto resampling = Resampling::CaseBootstrap(table.rows(),
//       {.strata = table.budget, .clusters = GroupNumbers(table.run)});
//   auto fit = FitIsoflopTable(table, *resampling, {});
//   fit->size->exponent.value             // a of N* ~ C^a
//   TrendEstimateAt(*fit->size, 1e24, 0.95).bca  // N* at 1e24 FLOPs
absl::StatusOr<IsoflopTableFit> FitIsoflopTable(
    const RunTable& table, const Resampling& resampling,
    const IsoflopTableOptions& options, const Execution& execution = {});

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_ISOFLOP_ISOFLOP_TABLE_H_
