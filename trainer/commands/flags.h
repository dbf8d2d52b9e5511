#ifndef ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_
#define ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_

#include <cstdint>
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

// A whole number from `least` to `most`.
int64_t ParseWhole(const char* flag, const std::string& text, int64_t least,
                   int64_t most);

// A finite number above 0.
double ParsePositive(const char* flag, const std::string& text);

// Whole numbers from `least` to `most` with commas between, at least one.
std::vector<int64_t> ParseWholes(const char* flag, const std::string& text,
                                 int64_t least, int64_t most);

// Reads a list as ParseWholes does, whose numbers must ascend.
std::vector<int64_t> ParseAscending(const char* flag, const std::string& text,
                                    int64_t least, int64_t most);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_FLAGS_H_
