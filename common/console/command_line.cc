#include "common/console/command_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/console/config_file.h"
#include "common/console/terminal.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "common/text/shell_word.h"

namespace isoshape {
namespace {

// `isoshape campaign create`: a command with those that it is one of.
std::string NameOf(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr
             ? command.get_name()
             : absl::StrCat(NameOf(*parent), " ", command.get_name());
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

bool HasFlag(const CLI::App& command, const std::string& flag) {
  // All that follows is another program's.
  return command.get_prefix_command() ||
         command.get_option_no_throw(flag) != nullptr;
}

bool AnyHasFlag(const CLI::App& command, const std::string& flag) {
  const std::vector<const CLI::App*> commands = CommandsOf(command);
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App* other) {
                       return other->get_option_no_throw(flag) != nullptr ||
                              AnyHasFlag(*other, flag);
                     });
}

// What is said of a flag that stands before the command that has it, or without
// one, with all of what was put there; empty if no command has it.
std::string FlagBeforeItsCommand(const CLI::App& program,
                                 const std::string& flag) {
  const CLI::App* at = &program;
  while (at->remaining().empty() && !at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
  }
  const CLI::App& chosen = ChosenCommand(program);
  const bool has_command = at != &chosen;
  if (has_command ? !HasFlag(chosen, flag) : !AnyHasFlag(*at, flag)) return "";
  return absl::StrCat(
      "'", OneLine(flag), "' is no flag of ", NameOf(*at),
      "; give it behind the command: ", NameOf(chosen),
      has_command ? " " : " COMMAND ",
      absl::StrJoin(at->remaining(), " ",
                    [](std::string* line, const std::string& word) {
                      absl::StrAppend(line, ShellWord(word));
                    }));
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
  for (const CLI::App* command : CommandsOf(chosen)) {
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
  if (name.starts_with('-')) {
    std::string misplaced = FlagBeforeItsCommand(program, name);
    if (!misplaced.empty()) return misplaced;
  }
  return absl::StrCat(
      "'", OneLine(name), "' is neither a command nor a flag of ",
      NameOf(ChosenCommand(program)),
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

// Why the file of --config, of which CLI11 says that it was not readable, is
// none.
std::string NoConfigFile(const std::string& file) {
  struct stat found = {};
  const std::string named = absl::StrCat("--config ", OneLine(file), ": ");
  if (stat(file.c_str(), &found) != 0) {
    return absl::StrCat(named, std::strerror(errno),
                        "; name a file in YAML with a key for each flag");
  }
  if (S_ISDIR(found.st_mode)) {
    return absl::StrCat(named, "this is a folder; name a file in it");
  }
  return absl::StrCat(named,
                      "it may not be read; give this user the right to "
                      "read it, or name another file");
}

// What CLI11 says in words of its own: of values of a type and of files.
std::string InOurWords(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::Option* const config = program.get_config_ptr();
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr &&
      config != nullptr && config->count() > 0) {
    return NoConfigFile(config->as<std::string>());
  }
  std::string message = error.what();
  absl::string_view rest = message;
  const std::string separator = " = ";
  const size_t between = rest.find(separator);
  if (!absl::ConsumePrefix(&rest, "Could not convert: ") ||
      between == message.npos) {
    return message;
  }
  const std::string flag(rest.substr(0, rest.find(separator)));
  const CLI::Option* const option =
      ChosenCommand(program).get_option_no_throw(flag);
  const bool is_switch = option != nullptr && option->get_expected_min() == 0;
  return absl::StrCat(
      flag, ": '", OneLine(message.substr(between + separator.size())),
      is_switch ? "' is neither true nor false" : "' is not a number");
}

// Where CLI11 begins what it says of a flag or a command.
constexpr size_t kDescription = 30;

// Where a line that is too long goes on: below what it says of a flag, else as
// far in as it begins.
size_t HangingIndent(absl::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  const bool describes = line.size() > kDescription && begin < kDescription &&
                         begin > 0 && line[kDescription] != ' ' &&
                         line[kDescription - 1] == ' ';
  return describes ? kDescription : begin;
}

// Appends the line, in as many as it takes. A word that is longer than a line
// stands out.
void AppendWrapped(std::string line, size_t columns, std::string* wrapped) {
  const std::string indent(HangingIndent(line), ' ');
  while (line.size() > columns) {
    size_t end = line.rfind(' ', columns);
    const bool has_words =
        end != line.npos && line.find_first_not_of(' ') < end;
    if (!has_words) end = line.find(' ', columns);
    if (end == line.npos) break;
    const size_t next = line.find_first_not_of(' ', end);
    if (next == line.npos) break;  // blanks at its end
    absl::StrAppend(wrapped, absl::string_view(line).substr(0, end), "\n");
    line = absl::StrCat(indent, line.substr(next));
  }
  absl::StrAppend(wrapped, line, "\n");
}

std::string WrapHelp(absl::string_view help, size_t columns) {
  std::string wrapped;
  bool examples = false;
  absl::ConsumeSuffix(&help, "\n");
  for (const absl::string_view line : absl::StrSplit(help, '\n')) {
    examples = line == "Examples:" || (examples && line.substr(0, 2) == "  ");
    if (examples || line.find_first_not_of(' ') == line.npos) {
      absl::StrAppend(&wrapped, line, "\n");
    } else {
      AppendWrapped(std::string(line), columns, &wrapped);
    }
  }
  return wrapped;
}

}  // namespace

HelpFormatter::HelpFormatter(size_t columns)
    : columns_(columns > 0
                   ? columns
                   : std::clamp<size_t>(
                         TerminalColumns(STDOUT_FILENO).value_or(0), 80, 120)) {
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  return WrapHelp(
      absl::StrReplaceAll(CLI::Formatter::make_help(app, std::move(name), mode),
                          {{"\n\n\n", "\n\n"}}),
      columns_);
}

const CLI::App& ChosenCommand(const CLI::App& program) {
  const CLI::App* at = &program;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string UsageMessage(const CLI::App& program, const CLI::ParseError& error,
                         const std::vector<std::string>& arguments) {
  // Unknown arguments are told of before missing ones.
  const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
  const std::string message =
      unknown.empty() ? WithPlaceInConfig(
                            program, InNamesThatWereTyped(
                                         ChosenCommand(program),
                                         InOurWords(program, error), arguments))
                      : UnknownArgument(program, unknown.front());
  return absl::StrCat(message, "; see '", NameOf(ChosenCommand(program)),
                      " --help'");
}

}  // namespace isoshape
