#ifndef ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "scaling/runs/run_file.h"
#include "scaling/tables/run_format.h"

namespace isoshape {

// Finished runs in a file, given by flags of the command line.
struct RunTableFlags {
  std::string input;  // a path, or `-` for standard input
  RunFormat format;

  bool given() const { return !input.empty(); }
};

// Adds --input (or `file`, the name of that option), --column, --where,
// --strict, --keep-duplicates and
// --budget-tolerance; `flags` must outlive the command. Without `where` that
// flag is the command's own, and gives its texts to AddWhere if they are of a
// file. Returns --input, for flags that need it.
CLI::Option* AddRunTableFlags(CLI::App& command, RunTableFlags& flags,
                              bool where = true,
                              const std::string& file = "--input");
// Takes `NAME=TEXT`: only rows in which a column holds a text. A usage error if
// it is not of that form.
absl::Status AddWhere(const std::string& text, RunFormat& format);

// Reads the runs; `needed` are the columns that the law needs besides params,
// tokens and loss. What was read otherwise than it stands there is said on
// standard error, a note a line. A usage error if the file cannot be read or is
// malformed; the FAILED_PRECONDITION of scaling/runs/run_file.h.
absl::StatusOr<RunFile> ReadRunTable(const RunTableFlags& flags,
                                     std::vector<RunColumn> needed);

// The file's name without its folder, or `standard input`.
std::string InputName(const RunTableFlags& flags);

// An error of what was made of the runs, FAILED_PRECONDITION, with the name of
// their file before it; any other as it is.
absl::Status AboutFile(const RunTableFlags& flags, const absl::Status& status);

// The runs of each text of a column by itself, in order of appearance, each
// read as a file of its own. Errors as above, which name the text.
absl::StatusOr<std::vector<std::pair<std::string, RunFile>>> ReadRunTablesBy(
    const std::string& column, const RunTableFlags& flags,
    const std::vector<RunColumn>& needed);

// Says how the runs were read, for answers in JSON.
v1::RunTable ToProto(const RunFile& file);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_RUN_TABLE_FLAGS_H_
