#include "cli/console/confirm.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/console/command.h"

namespace isoshape {

void AddYesFlag(CLI::App& command, bool& yes) {
  command.add_flag("-y,--yes", yes,
                   "Do not ask first; needed if there is no terminal");
}

absl::Status Ask(const std::string& question, std::istream& in,
                 std::ostream& out) {
  out << "isoshape: " << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(in, answer)) out << '\n';
  absl::AsciiStrToLower(&answer);
  absl::StripAsciiWhitespace(&answer);
  if (answer == "y" || answer == "yes") return absl::OkStatus();
  return absl::CancelledError("nothing was done; answer y, or give --yes");
}

absl::Status Confirm(const std::string& question, bool yes) {
  if (yes) return absl::OkStatus();
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) {
    return UsageError(absl::StrCat(
        question.substr(0, question.find('?')),
        "? There is no terminal to ask at, and nothing was done; give --yes"));
  }
  return Ask(question, std::cin, std::cerr);
}

}  // namespace isoshape
