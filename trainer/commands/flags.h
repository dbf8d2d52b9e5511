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
