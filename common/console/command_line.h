#ifndef ISOSHAPE_COMMON_CONSOLE_COMMAND_LINE_H_
#define ISOSHAPE_COMMON_CONSOLE_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace isoshape {

// Help in lines of the terminal's width, of 80 to 120 columns (80 where there
// is no terminal), but for examples, which people copy; and without the second
// empty line that CLI11 puts between groups. Set before commands are added, it
// is theirs too.
class HelpFormatter : public CLI::Formatter {
 public:
  // `columns`: 0 asks the terminal.
  explicit HelpFormatter(size_t columns = 0);
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  const size_t columns_;
};

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

#endif  // ISOSHAPE_COMMON_CONSOLE_COMMAND_LINE_H_
