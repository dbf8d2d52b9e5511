#ifndef ISOSHAPE_SCALING_RUNS_RUN_TABLE_H_
#define ISOSHAPE_SCALING_RUNS_RUN_TABLE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Finished training runs, by column; each column has one value for every row,
// or is empty where it is not known (never so for the first three).
struct RunTable {
  std::vector<double> params = {};  // N, > 0
  std::vector<double> tokens = {};  // D, training tokens, > 0
  std::vector<double> loss;         // nats per token, > 0
  std::vector<double> flops = {};   // training FLOPs of the run, > 0
  std::vector<double> width = {};   // d_model, > 0
  std::vector<double> depth = {};   // layers, > 0
  std::vector<double> budget =
      {};  // isoFLOP level, FLOPs, > 0; equal over a level
  // Seconds for one decoded token at batch 1, > 0; NaN: not measured.
  std::vector<double> decode_seconds = {};
  std::vector<std::string> seed = {};
  // What several rows came from, such as points of one run, or cooldowns from
  // one trunk: rows of one name are correlated, so they are drawn together.
  std::vector<std::string> run = {};
  std::vector<int> line = {};  // in the text the table was read from, from 1

  size_t rows() const { return loss.size(); }
};

// Where the columns of a RunTable stand in a CSV text.
struct RunTableFormat {
  std::string params = "params";
  std::string tokens = "tokens";
  std::string loss = "loss";
  // Optional: absent, a column of the default name ("flops", "width", "depth",
  // "budget", "decode_seconds", "seed", "run") is read where there is one. A
  // name given here must be there.
  std::optional<std::string> flops = {};
  std::optional<std::string> width = {};
  std::optional<std::string> depth = {};
  std::optional<std::string> budget = {};
  std::optional<std::string> decode_seconds = {};
  std::optional<std::string> seed = {};
  std::optional<std::string> run = {};
  // Only rows in which each of these columns holds exactly this text.
  std::vector<std::pair<std::string, std::string>> where = {};
};

// Reads CSV (RFC 4180: quoted fields may hold commas and doubled quotes, but
// here no line breaks) whose first line names the columns. Blank lines are
// skipped; columns that nobody asked for are not looked at. `file` is the name
// for messages.
//
// INVALID_ARGUMENT, beginning with `file:line:column:`, where a column is
// missing or named twice, a row has more or fewer fields than the header, or a
// field is not a finite positive number (decode_seconds may be blank);
// FAILED_PRECONDITION where no row is left.
//
//   auto table = ParseRunTable(text, "runs.csv", {.loss = "val_loss"});
absl::StatusOr<RunTable> ParseRunTable(absl::string_view text,
                                       absl::string_view file,
                                       const RunTableFormat& format);

// For a table made otherwise. INVALID_ARGUMENT where columns are of unequal
// length or a number is not finite and positive, with the row (from 0).
absl::Status CheckRunTable(const RunTable& table);

// What counts as the size N of a run.
enum class SizeMeasure {
  kParams,         // as given
  kFlopsPerToken,  // training FLOPs per token / 6, which needs flops
};

// N of every row. FAILED_PRECONDITION where flops are not known and needed.
absl::StatusOr<std::vector<double>> Sizes(const RunTable& table,
                                          SizeMeasure measure);

// For each row the number of its text among the distinct ones, in order of
// appearance: makes clusters of RunTable::run.
std::vector<int> GroupNumbers(const std::vector<std::string>& names);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_TABLE_H_
