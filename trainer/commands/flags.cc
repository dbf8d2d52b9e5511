#include "trainer/commands/flags.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace isoshape {
namespace {

template <typename Number>
bool ReadAll(const std::string& text, Number* number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && rest == end;
}

}  // namespace

std::optional<std::string> FlagValue(const char* flag, int argc,
                                     const char* const* argv, int& index) {
  const std::string argument = argv[index];
  const size_t length = std::strlen(flag);
  if (argument.compare(0, length, flag) != 0) return std::nullopt;
  if (argument.size() > length && argument[length] == '=') {
    return argument.substr(length + 1);
  }
  if (argument.size() > length) return std::nullopt;
  if (index + 1 == argc) {
    throw std::invalid_argument(argument + " needs a value; see --help");
  }
  return argv[++index];
}

std::function<void(const std::string&)> Into(std::string& text) {
  return [&text](const std::string& value) { text = value; };
}

bool ReadFlags(int argc, const char* const* argv, const char* usage,
               const std::vector<CommandFlag>& flags) {
  const auto take = [&](int& index) {
    for (const CommandFlag& flag : flags) {
      const auto value = FlagValue(flag.name, argc, argv, index);
      if (!value) continue;
      flag.take(*value);
      return true;
    }
    return false;
  };
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      std::cout << usage;
      return false;
    }
    if (!take(i)) {
      throw std::invalid_argument("unknown argument '" + argument + "'; see " +
                                  argv[1] + " --help");
    }
  }
  return true;
}

int64_t ParseWhole(const char* flag, const std::string& text, int64_t min,
                   int64_t max) {
  int64_t number = 0;
  if (!ReadAll(text, &number) || number < min || number > max) {
    throw std::invalid_argument(
        std::string(flag) + " '" + text + "' is not a number from " +
        std::to_string(min) + " to " + std::to_string(max));
  }
  return number;
}

double ParsePositive(const char* flag, const std::string& text) {
  double number = 0;
  if (!ReadAll(text, &number) || !std::isfinite(number) || number <= 0) {
    throw std::invalid_argument(std::string(flag) + " '" + text +
                                "' is not a number above 0");
  }
  return number;
}

std::vector<int64_t> ParseWholes(const char* flag, const std::string& text,
                                 int64_t min, int64_t max) {
  std::vector<int64_t> numbers;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    numbers.push_back(ParseWhole(flag, part, min, max));
  }
  if (numbers.empty()) {
    throw std::invalid_argument(std::string(flag) +
                                " is empty; give numbers with commas between");
  }
  return numbers;
}

std::vector<int64_t> ParseAscending(const char* flag, const std::string& text,
                                    int64_t min, int64_t max) {
  std::vector<int64_t> numbers = ParseWholes(flag, text, min, max);
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i - 1] < numbers[i]) continue;
    throw std::invalid_argument(std::string(flag) + " '" + text +
                                "' is not in ascending order");
  }
  return numbers;
}

}  // namespace isoshape
