#ifndef ISOSHAPE_CLI_CONSOLE_CONFIRM_H_
#define ISOSHAPE_CLI_CONSOLE_CONFIRM_H_

#include <CLI/CLI.hpp>
#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace isoshape {

// Adds --yes, by which a command that cannot be undone does not ask.
void AddYesFlag(CLI::App& command, bool& yes);

// Asks `question`, which a person answers by y or yes; anything else, and the
// end of the input, is CANCELLED.
absl::Status Ask(const std::string& question, std::istream& in,
                 std::ostream& out);

// Asks whoever sits at the terminal, unless `yes`. If standard input or
// standard error is none, nobody can be asked, and only a script that says
// `yes` has decided: a usage error.
absl::Status Confirm(const std::string& question, bool yes);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_CONFIRM_H_
