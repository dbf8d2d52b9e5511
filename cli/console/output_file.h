#ifndef ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_
#define ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace isoshape {

// Where the answer of a command goes that writes a file: the values of
// AddFileFlags.
struct FileFlags {
  std::string file;  // a path, or `-`; empty: not given
  std::string form;  // `table` or `json`; empty: not given
  bool standard_output() const { return file.empty() || file == "-"; }
};

// Adds --file, described so, and -o,--output, which is the form of the answer
// with every command. A file that is named there, as plot and report were
// written for, is taken as --file, with a word on standard error.
void AddFileFlags(CLI::App& command, const std::string& description,
                  FileFlags& flags);

// Whether WriteOutput can be expected to succeed: asked before the work begins
// whose answer is written last. Changes nothing. PERMISSION_DENIED with the
// reason if not. The file may be none, or `-`. Of folders:
// common/files/output_folder.h.
absl::Status CheckOutput(const std::string& path);

// The same of several, each a flag and its path. A usage error if one is the
// file that is read, or another of them: it would be overwritten.
absl::Status CheckOutputs(
    const std::string& input,
    const std::vector<std::pair<std::string, std::string>>& outputs);

// Writes a file that a flag names, in the place of one that is there: what was
// there stays if not all can be written, as on a full disk, or if the process
// is killed. Links, owner and mode stay (ReplaceWhole). What is no regular file
// is written as it is, and so is a file in whose folder no other may be made.
// PERMISSION_DENIED with the system's reason if it cannot be written.
absl::Status WriteOutput(const std::string& path, const std::string& bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_OUTPUT_FILE_H_
