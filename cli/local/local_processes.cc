#include "cli/local/local_processes.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/local/local_folder.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr char kCoordinator[] = "isoshape-coordinator";
constexpr char kWorker[] = "isoshape-worker";
// Restarts before it gives up.
constexpr int kMaxRestarts = 20;
// Time within which a coordinator must listen.
constexpr absl::Duration kStartPatience = absl::Seconds(30);

std::string LastLine(const std::string& path) {
  std::ifstream file(path);
  std::string last = "its log is empty";
  for (std::string line; std::getline(file, line);) {
    if (!absl::StripAsciiWhitespace(line).empty()) last = line;
  }
  return last;
}

}  // namespace

std::string LocalProcesses::LogPath(const std::string& program) const {
  return absl::StrCat(options_.directory, "/", program, ".log");
}

absl::StatusOr<std::unique_ptr<LocalProcesses>> LocalProcesses::Start(
    Options options) {
  auto processes =
      std::unique_ptr<LocalProcesses>(new LocalProcesses(std::move(options)));
  absl::MutexLock lock(&processes->mutex_);
  ISOSHAPE_RETURN_IF_ERROR(processes->StartCoordinator());
  if (!processes->options_.coordinator_alone) {
    ISOSHAPE_RETURN_IF_ERROR(processes->StartWorker());
  }
  return processes;
}

absl::Status LocalProcesses::StartCoordinator() {
  const std::string address = address_.empty() ? "127.0.0.1:0" : address_;
  ChildCommand command;
  command.arguments = {absl::StrCat(options_.binaries, "/", kCoordinator),
                       "--address",
                       address,
                       "--db",
                       absl::StrCat(options_.directory, "/", options_.database),
                       "--lease-duration",
                       "10s"};
  command.error_log = LogPath(kCoordinator);
  ISOSHAPE_ASSIGN_OR_RETURN(coordinator_, ChildProcess::Start(command));
  // "isoshape-coordinator 0.1.0 listening on 127.0.0.1:50551, database …"
  const absl::StatusOr<std::optional<std::string>> line =
      coordinator_->ReadLine(kStartPatience);
  if (!line.ok() || !line->has_value()) {
    return absl::UnavailableError(absl::StrCat(
        kCoordinator, " did not start (",
        line.ok() ? absl::StrCat("it does not listen after ",
                                 absl::FormatDuration(kStartPatience))
                  : line.status().message(),
        "): ", LastLine(LogPath(kCoordinator))));
  }
  const std::vector<std::string> halves =
      absl::StrSplit(**line, absl::MaxSplits(" listening on ", 1));
  if (halves.size() != 2) {
    return absl::InternalError(absl::StrCat(kCoordinator, " said '", **line,
                                            "' instead of its address"));
  }
  address_ = halves[1].substr(0, halves[1].find(','));
  return absl::OkStatus();
}

absl::Status LocalProcesses::StartWorker() {
  ChildCommand command;
  command.arguments = {absl::StrCat(options_.binaries, "/", kWorker),
                       "--server",
                       address_,
                       "--name",
                       options_.worker_name,
                       "--results",
                       absl::StrCat(options_.directory, "/", kResultsFolder)};
  for (const auto& [name, path] : options_.data) {
    command.arguments.push_back("--data");
    command.arguments.push_back(absl::StrCat(name, "=", path));
  }
  if (options_.data.empty()) {
    command.arguments.push_back("--data");
    command.arguments.push_back("synthetic:");
  }
  // Nobody looks at a worker of one's own that is started again and again: on a
  // machine that is busy a trainer takes minutes to begin. (It is the longest
  // silence during a run, too.)
  constexpr absl::string_view kPatience = "--trainer-timeout";
  if (std::none_of(options_.worker_flags.begin(), options_.worker_flags.end(),
                   [&](const std::string& flag) {
                     return absl::StartsWith(flag, kPatience);
                   })) {
    command.arguments.push_back(absl::StrCat(kPatience, "=600"));
  }
  command.arguments.insert(command.arguments.end(),
                           options_.worker_flags.begin(),
                           options_.worker_flags.end());
  command.error_log = LogPath(kWorker);
  ISOSHAPE_ASSIGN_OR_RETURN(worker_, ChildProcess::Start(command));
  return absl::OkStatus();
}

absl::Status LocalProcesses::Tend() {
  absl::MutexLock lock(&mutex_);
  for (const bool is_coordinator : {true, false}) {
    const std::unique_ptr<ChildProcess>& child =
        is_coordinator ? coordinator_ : worker_;
    if (child == nullptr || child->Running()) continue;
    const char* program = is_coordinator ? kCoordinator : kWorker;
    const std::string what = absl::StrCat(program, " (process ", child->pid(),
                                          ") ended by ", child->Ending());
    if (++restarts_ > kMaxRestarts) {
      return absl::UnavailableError(absl::StrCat(
          what, " once more; giving up: ", LastLine(LogPath(program))));
    }
    // Before the new one writes to the same file.
    const std::string last = LastLine(LogPath(program));
    ISOSHAPE_RETURN_IF_ERROR(is_coordinator ? StartCoordinator()
                                            : StartWorker());
    if (options_.notice) {
      options_.notice(absl::StrCat(what, ", its log ends: ", OneLine(last, 300),
                                   "; started again as process ",
                                   child->pid()));
    }
  }
  return absl::OkStatus();
}

void LocalProcesses::Stop() {
  absl::MutexLock lock(&mutex_);
  if (worker_ != nullptr) worker_->Stop(absl::Seconds(15));
  if (coordinator_ != nullptr) coordinator_->Stop(absl::Seconds(10));
  worker_.reset();
  coordinator_.reset();
}

}  // namespace isoshape
