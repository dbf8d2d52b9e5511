#ifndef ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "scaling/runs/run_csv.h"

namespace isoshape {

// Finished runs in a CSV file, given by flags of the command line.
struct RunTableFlags {
  std::string input;  // a path, or `-` for standard input
  RunCsvFormat format;

  bool given() const { return !input.empty(); }
};

// Adds --input, --column and --where; `flags` must outlive the command.
// Returns --input, for flags that need it.
CLI::Option* AddRunTableFlags(CLI::App& command, RunTableFlags& flags);

// Reads the runs. A usage error if the file cannot be read or is malformed;
// ParseRuns' FAILED_PRECONDITION.
absl::StatusOr<Runs> ReadRuns(const RunTableFlags& flags);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_
