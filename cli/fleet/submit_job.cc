#include "cli/fleet/submit_job.h"

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/process/child_process.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/shell_word.h"

namespace isoshape {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);

struct Answer {
  std::vector<std::string> lines;  // of both its outputs
  bool succeeded = false;
};

// Runs a command by the shell, which looks for it in PATH.
absl::StatusOr<Answer> Run(const std::string& command) {
  ChildCommand child;
  child.arguments = {"/bin/sh", "-c", absl::StrCat("{ ", command, "; } 2>&1")};
  ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> process,
                            ChildProcess::Start(child));
  process->CloseInput();
  Answer answer;
  while (true) {
    const auto line = process->ReadLine(kPatience);
    if (!line.ok()) break;  // it has ended
    if (!line->has_value()) {
      return absl::UnavailableError(
          absl::StrCat("sbatch has not answered within ",
                       absl::FormatDuration(kPatience), "; try again later"));
    }
    answer.lines.push_back(OneLine(**line));
  }
  answer.succeeded =
      process->WaitForEnd(kPatience) && process->Ending() == "exit code 0";
  return answer;
}

}  // namespace

absl::Status CheckSbatch() {
  ISOSHAPE_ASSIGN_OR_RETURN(const Answer answer, Run("command -v sbatch"));
  if (answer.succeeded) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "--submit: there is no sbatch on this machine; run this where Slurm's "
      "commands are, or leave --submit out and give the script to sbatch "
      "there");
}

absl::StatusOr<std::string> SubmitJob(const std::string& script) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Answer answer,
                            Run(absl::StrCat("unset ISOSHAPE_TOKEN; sbatch "
                                             "--parsable ",
                                             ShellQuoted(script))));
  if (answer.succeeded && !answer.lines.empty()) {
    // `12`, or `12;cluster`.
    const std::string& last = answer.lines.back();
    return last.substr(0, last.find(';'));
  }
  std::vector<std::string> words;
  bool partition = false;
  for (const std::string& line : answer.lines) {
    words.emplace_back(absl::StripPrefix(line, "sbatch: error: "));
    partition = partition || absl::StrContains(line, "partition");
  }
  return absl::FailedPreconditionError(
      absl::StrCat("sbatch refuses the job: ", absl::StrJoin(words, "; "),
                   partition ? " (sinfo -s lists the partitions)" : "",
                   "; the script is ", OneLine(script)));
}

}  // namespace isoshape
