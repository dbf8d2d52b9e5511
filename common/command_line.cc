#include "common/command_line.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/nearest_name.h"
#include "common/one_line.h"

namespace isoshape {
namespace {

// `isoshape campaign create`: all of them.
std::string NamesOfCommands(const CLI::App& program) {
  std::string names = program.get_name();
  for (const CLI::App* at = &program; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    absl::StrAppend(&names, " ", at->get_name());
  }
  return names;
}

// The names that could stand where an unknown argument does: commands, or
// flags, of the command that was chosen.
std::vector<std::string> NamesLike(const CLI::App& chosen,
                                   const std::string& argument) {
  std::vector<std::string> names;
  if (argument.starts_with('-')) {
    for (const CLI::Option* option : chosen.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
    return names;
  }
  for (const CLI::App* command :
       chosen.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// What is said of an argument that is not known.
std::string UnknownArgument(const CLI::App& program,
                            const std::string& argument) {
  double number = 0;
  // `--flag=value` is looked for by its flag.
  const std::string name = argument.starts_with('-')
                               ? argument.substr(0, argument.find('='))
                               : argument;
  return absl::StrCat(
      "'", OneLine(name), "' is neither a command nor a flag of ",
      NamesOfCommands(program),
      absl::SimpleAtod(argument, &number)
          ? "; write several values with commas, such as 1e10,3e10"
          : DidYouMean(name, NamesLike(ChosenCommand(program), name)));
}

bool IsGiven(const std::string& flag,
             const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](absl::string_view argument) {
                       return absl::ConsumePrefix(&argument, flag) &&
                              (argument.empty() || argument[0] == '=');
                     });
}

// CLI11 calls a flag by the first of its names.
std::string InNamesThatWereTyped(const CLI::App& chosen, std::string message,
                                 const std::vector<std::string>& arguments) {
  for (const CLI::Option* option : chosen.get_options()) {
    const std::vector<std::string>& names = option->get_lnames();
    if (names.size() < 2 || IsGiven("--" + names.front(), arguments)) continue;
    for (const std::string& name : names) {
      if (!IsGiven("--" + name, arguments)) continue;
      message =
          absl::StrReplaceAll(message, {{absl::StrCat("--", names.front(), ":"),
                                         absl::StrCat("--", name, ":")}});
    }
  }
  return message;
}

}  // namespace

const CLI::App& ChosenCommand(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string UsageMessage(const CLI::App& program, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments) {
  // Unknown arguments are told of before missing ones.
  const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
  return absl::StrCat(unknown.empty()
                          ? InNamesThatWereTyped(ChosenCommand(program),
                                                 error.what(), arguments)
                          : UnknownArgument(program, unknown.front()),
                      "; see '", NamesOfCommands(program), " --help'");
}

}  // namespace isoshape
