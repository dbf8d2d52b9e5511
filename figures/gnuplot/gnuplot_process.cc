#include "figures/gnuplot/gnuplot_process.h"

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kMaxOutputBytes = size_t{64} << 20;
constexpr size_t kMaxMemoryBytes = size_t{2} << 30;

// The program in PATH, or empty.
std::string FindGnuplot() {
  const char* const path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(
           path == nullptr ? "/usr/bin:/bin" : path, ':', absl::SkipEmpty())) {
    std::string program = absl::StrCat(folder, "/gnuplot");
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> RunGnuplot(const std::string& script) {
  ChildCommand command;
  // -d: nothing is read but the script.
  command.arguments = {FindGnuplot(), "-d", "-"};
  command.environment = {"LC_ALL=C.UTF-8", "GNUTERM=unknown"};
  command.max_memory_bytes = kMaxMemoryBytes;
  command.relay_error = true;
  command.quiet_error = true;
  if (command.arguments[0].empty()) {
    return absl::UnavailableError(
        "gnuplot, which draws pictures, is not in PATH; install it (Debian: "
        "apt install gnuplot-nox), or ask for text, tex, gp, csv or json");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> gnuplot,
                            ChildProcess::Start(command));
  absl::StatusOr<std::string> picture =
      gnuplot->Exchange(script, kMaxOutputBytes, kPatience);
  if (picture.ok() && !picture->empty()) return picture;
  const std::string why =
      picture.ok() ? "it printed nothing; " + gnuplot->LastErrorLine()
                   : std::string(picture.status().message());
  const std::string message =
      absl::StrCat("gnuplot could not draw the figure: ", OneLine(why));
  switch (picture.status().code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(message);
    case absl::StatusCode::kOutOfRange:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::InternalError(message);
  }
}

}  // namespace isoshape
