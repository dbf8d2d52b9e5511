#ifndef ISOSHAPE_CLI_COMMANDS_OPERATIONS_COMPLETION_H_
#define ISOSHAPE_CLI_COMMANDS_OPERATIONS_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>

namespace isoshape {

// Scripts that complete all subcommands and flags of `app`, and the values of
// flags that take one of a few words.
std::string BashCompletion(const CLI::App& app);
std::string ZshCompletion(const CLI::App& app);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_COMMANDS_OPERATIONS_COMPLETION_H_
