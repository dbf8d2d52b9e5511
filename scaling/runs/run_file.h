#ifndef ISOSHAPE_SCALING_RUNS_RUN_FILE_H_
#define ISOSHAPE_SCALING_RUNS_RUN_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "scaling/runs/runs.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// Runs read from a file, and how.
struct RunFile {
  Runs runs = {};
  // The name in the file of each column that the runs rest on.
  std::map<std::string, std::string> columns = {};
  // What was read otherwise than it stands there, a sentence each.
  std::vector<std::string> notes = {};
  // What is likely a fault of the file.
  std::vector<std::string> warnings = {};
  // Whether it is of a campaign's trials, as `isoshape export` writes them.
  bool exported = false;
};

// Reads a file of finished runs as people have it: a table of lines or JSON
// (row_reader.h), of UTF-8 or UTF-16 (text_encoding.h), compressed by gzip or
// zstd (compressed.h); docs/runs.md says it in full. `file` is the name for
// messages. In this order:
//
//  1. columns by name (column_names.h); rows by `format.where`; rows that
//  repeat
//     another once (run_cells.h);
//  2. numbers with their separators and units (number_columns.h); rows without
//  a
//     number that is needed are left out (run_cleaning.h);
//  3. of params, tokens and FLOPs (or budget) one that has no column from the
//     two others, C = 6 N D, and so a single blank cell of its row; if all are
//     there they are held against each other
//     (flops_check.h);
//  4. budgets: levels of the column, or of the FLOPs if these fall into levels
//     (budget_levels.h);
//  5. runs: a blank cell is a run of its own, and a column that has one text in
//     all rows says nothing and is not used.
//
// The size is that of params. INVALID_ARGUMENT, mostly beginning with
// `file:line:column:`, if the file is malformed or a column is missing;
// FAILED_PRECONDITION if no row is left.
//
//   auto file = ReadRuns(bytes, "runs.csv", {.loss = "val_loss"});
absl::StatusOr<RunFile> ReadRuns(std::string bytes, absl::string_view file,
                                 const RunFormat& format);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_RUN_FILE_H_
