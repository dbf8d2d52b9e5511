#ifndef ISOSHAPE_SCALING_RUNS_RUNS_H_
#define ISOSHAPE_SCALING_RUNS_RUNS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace isoshape {

// What counts as the size N of a run.
enum class SizeMeasure {
  kParams,         // all parameters
  kFlopsPerToken,  // training FLOPs per token / 6
};

// `parameters`, `FLOPs per token / 6`.
std::string DescribeSize(SizeMeasure measure);

// Finished training runs: the one table that every law is fitted to. By column;
// the columns after `loss` are empty if they are not known, else each has a
// value for every row.
//
//   Runs runs{.size = {1e6, 2e6}, .tokens = {2e7, 4e7}, .loss = {3.1, 2.9}};
struct Runs {
  std::vector<double> size = {};    // N in `measure`, > 0
  std::vector<double> tokens = {};  // D, training tokens, > 0
  std::vector<double> loss = {};    // nats per token, > 0
  // Standard error of loss over held-out batches; 0: not known for this row.
  std::vector<double> loss_stderr = {};
  std::vector<double> weight = {};  // in every fit, > 0; none: all 1
  std::vector<double> params = {};  // all parameters, > 0
  std::vector<double> flops = {};   // training FLOPs of the run, > 0
  std::vector<double> width = {};   // d_model, > 0
  std::vector<double> depth = {};   // layers, > 0
  std::vector<double> budget = {};  // isoFLOP level, FLOPs; equal over a level
  // Seconds for one decoded token at batch 1, > 0; NaN: not measured.
  std::vector<double> decode_seconds = {};
  std::vector<std::string> seed = {};
  // The run or trunk that a row comes from. Several rows of one name are points
  // of one run, or cooldowns from one trunk: they are correlated, so they are
  // drawn together.
  std::vector<std::string> run = {};
  std::vector<int> line = {};  // in the text the runs were read from, from 1
  SizeMeasure measure = SizeMeasure::kParams;

  size_t rows() const { return loss.size(); }
  bool has_shapes() const { return !width.empty() && !depth.empty(); }

  // Training FLOPs of every row: `flops`, or 6 N D if that is not known.
  std::vector<double> TrainingFlops() const;
  // By what rows are larger or smaller in compute: the budget, or the training
  // FLOPs if there are no budgets.
  std::vector<double> ComputeLevels() const;
  // The smallest and the largest training FLOPs; there is a row.
  std::pair<double, double> FlopsRange() const;
};

// INVALID_ARGUMENT if columns are of unequal length or a number is not finite
// and positive, with the row (from 0).
absl::Status CheckRuns(const Runs& runs);

// The runs with N in that measure. FAILED_PRECONDITION if the column that it is
// taken from, params or flops, is not known.
absl::StatusOr<Runs> WithSize(Runs runs, SizeMeasure measure);

// The rows of which keep[row] is true.
Runs SelectRows(const Runs& runs, const std::vector<bool>& keep);

// The rows whose budget is not above `max_budget` or the same (SameBudget); 0:
// all. FAILED_PRECONDITION if that leaves none.
absl::StatusOr<Runs> RunsUpTo(const Runs& runs, double max_budget);

// For each row the number of its text among the distinct ones, in order of
// appearance: makes clusters of Runs::run.
std::vector<int> GroupNumbers(const std::vector<std::string>& names);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUNS_H_
