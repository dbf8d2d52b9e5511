#ifndef ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_
#define ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isoshape {

// Reading a command line by hand: the trainer needs no library for it. All
// throw std::invalid_argument, one line with the remedy.

// The value of `flag` at `index`, as `--flag=value` or `--flag value`; moves
// `index` on in the second case. Returns nothing if another argument is there.
std::optional<std::string> FlagValue(const char* flag, int argc,
                                     const char* const* argv, int& index);

// A flag of a command, and what takes its value.
struct CommandFlag {
  const char* name;
  std::function<void(const std::string& value)> take;
};

// Keeps the value of a flag in `text`, which must outlive what is returned.
std::function<void(const std::string&)> Into(std::string& text);

// Reads the flags of the command `argv[1]`, in the order in which they stand.
// Prints `usage` and returns false if --help is among them.
bool ReadFlags(int argc, const char* const* argv, const char* usage,
               const std::vector<CommandFlag>& flags);

// A whole number from `min` to `max`.
int64_t ParseWhole(const char* flag, const std::string& text, int64_t min,
                   int64_t max);

// A finite number above 0.
double ParsePositive(const char* flag, const std::string& text);

// Whole numbers from `min` to `max` with commas between, at least one.
std::vector<int64_t> ParseWholes(const char* flag, const std::string& text,
                                 int64_t min, int64_t max);

// Reads a list as ParseWholes does, whose numbers must ascend.
std::vector<int64_t> ParseAscending(const char* flag, const std::string& text,
                                    int64_t min, int64_t max);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_
