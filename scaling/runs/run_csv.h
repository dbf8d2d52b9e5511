#ifndef ISOSHAPE_SCALING_RUNS_RUN_CSV_H_
#define ISOSHAPE_SCALING_RUNS_RUN_CSV_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Which columns of a CSV text hold the columns of Runs.
struct RunCsvFormat {
  std::string params = "params";
  std::string tokens = "tokens";
  std::string loss = "loss";
  // Optional: absent, a column of the default name ("flops", "width", "depth",
  // "budget", "decode_seconds", "seed", "run") is read if there is one. A name
  // given here must be there.
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
// for messages. The size is that of params.
//
// INVALID_ARGUMENT, beginning with `file:line:column:`, if a column is missing
// or named twice, a row has more or fewer fields than the header, or a field is
// not a finite positive number (decode_seconds may be blank);
// FAILED_PRECONDITION if no row is left.
//
//   auto runs = ParseRuns(text, "runs.csv", {.loss = "val_loss"});
absl::StatusOr<Runs> ParseRuns(absl::string_view text, absl::string_view file,
                               const RunCsvFormat& format);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_CSV_H_
