#ifndef ISOSHAPE_COMMON_COMMAND_LINE_H_
#define ISOSHAPE_COMMON_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace isoshape {

// The last of the commands that were chosen; the program itself if it has none.
const CLI::App& ChosenCommand(const CLI::App& program);

// What is wrong with `arguments`, as CLI11 found it, in one line that ends with
// where to look: an unknown argument comes with the one that was probably
// meant, and a flag of several names is called by the one that was typed.
//
//   '--addres' is neither a command nor a flag of isoshape-coordinator; did you
//   mean '--address'?; see 'isoshape-coordinator --help'
std::string UsageMessage(const CLI::App& program, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_COMMAND_LINE_H_
