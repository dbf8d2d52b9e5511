#include "cli/fleet/slurm_script.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cli/console/command.h"
#include "cli/fleet/slurm_template.h"
#include "cli/fleet/slurm_values.h"
#include "common/net/client_token.h"
#include "common/net/host_port.h"
#include "common/net/servers.h"
#include "common/process/environment.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/shell_word.h"
#include "worker/options/options.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// What the script sets itself, and by which of our flags.
constexpr std::pair<absl::string_view, absl::string_view> kOwnOptions[] = {
    {"array", "--array"},         {"gres", "--gpus-per-node"},
    {"gpus", "--gpus-per-node"},  {"cpus-per-task", "--cpus-per-task"},
    {"time", "--time"},           {"partition", "--partition"},
    {"output", "--folder"},       {"error", "--folder"},
    {"signal", "the script"},     {"requeue", "the script"},
    {"no-requeue", "the script"}, {"open-mode", "the script"},
    {"nodes", "the script"},      {"ntasks", "the script"}};

std::string Absolute(const std::string& path) {
  std::error_code error;
  return fs::absolute(path, error).lexically_normal().string();
}

bool Given(const std::vector<std::string>& flags, absl::string_view flag) {
  return std::any_of(flags.begin(), flags.end(), [&](const std::string& word) {
    return word == flag || absl::StartsWith(word, absl::StrCat(flag, "="));
  });
}

absl::Status CheckTogether(const SlurmJob& job) {
  if (!job.array.empty() && job.nodes > 0) {
    return UsageError(
        absl::StrCat("--array ", OneLine(job.array), " and --nodes ", job.nodes,
                     " both say how many workers there are; give one of them"));
  }
  for (const std::string& option : job.options) {
    const std::string name = option.substr(0, option.find('='));
    if (name.empty() || name.front() == '-' ||
        !std::all_of(name.begin(), name.end(), [](unsigned char letter) {
          return absl::ascii_islower(letter) || absl::ascii_isdigit(letter) ||
                 letter == '-';
        })) {
      return UsageError(absl::StrCat(
          "--option '", OneLine(option),
          "' is no option of sbatch; give NAME=VALUE without dashes, such as "
          "account=ml"));
    }
    for (const auto& [own, by] : kOwnOptions) {
      if (name == own) {
        return UsageError(absl::StrCat("--option ", OneLine(option), ": ", name,
                                       " is set by ", by,
                                       " already; leave the option out"));
      }
    }
  }
  for (const absl::string_view flag : {"--name", "--server", "--checkpoints"}) {
    if (Given(job.worker, flag)) {
      return UsageError(absl::StrCat(
          flag, " after --: the script sets it for each worker; ",
          flag == "--server" ? "give it before the --" : "leave it out"));
    }
  }
  return absl::OkStatus();
}

// The permissions as chmod takes them, `644`.
std::string ModeText(mode_t mode) {
  return absl::StrCat((mode >> 6) & 7, (mode >> 3) & 7, mode & 7);
}

// The absolute path of a token's file that nobody else can read.
absl::StatusOr<std::string> CheckTokenFile(const std::string& given) {
  std::string path = Absolute(given);
  struct stat file = {};
  if (stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) {
    return UsageError(absl::StrCat(
        "--token-file ", OneLine(given),
        ": there is no such file; write 'isoshape token create' to it"));
  }
  if ((file.st_mode & 077) != 0) {
    return UsageError(absl::StrCat(
        "--token-file ", OneLine(given), ": others can read it (mode ",
        ModeText(file.st_mode), "); run chmod 600 ", ShellWord(given)));
  }
  // Read as the worker will read it.
  setenv("ISOSHAPE_TOKEN_FILE", path.c_str(), 1);
  const absl::StatusOr<std::string> token = ClientToken::Read();
  if (!token.ok()) return UsageError(token.status().message());
  return path;
}

// Lines that give the workers the credentials of `token_file` and of this
// environment.
absl::StatusOr<std::string> Credentials(const std::string& token_file) {
  std::string file = token_file;
  if (file.empty()) file = EnvironmentVariable("ISOSHAPE_TOKEN_FILE");
  if (file.empty() && !EnvironmentVariable("ISOSHAPE_TOKEN").empty()) {
    return UsageError(
        "ISOSHAPE_TOKEN would be kept by Slurm with the job's environment; "
        "write the token to a file of mode 600 and give --token-file");
  }
  std::string lines;
  const auto set = [&lines](const char* name, const std::string& value) {
    absl::StrAppend(&lines, "export ", name, "=", ShellWord(value), "\n");
  };
  if (!file.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(file, CheckTokenFile(file));
    set("ISOSHAPE_TOKEN_FILE", file);
  }
  for (const char* const name :
       {"ISOSHAPE_TLS_CA", "ISOSHAPE_TLS_CERT", "ISOSHAPE_TLS_KEY"}) {
    const std::string path = EnvironmentVariable(name);
    if (!path.empty()) set(name, path == "system" ? path : Absolute(path));
  }
  const std::string insecure = EnvironmentVariable("ISOSHAPE_INSECURE");
  if (!insecure.empty()) set("ISOSHAPE_INSECURE", insecure);
  return lines;
}

absl::StatusOr<std::string> CheckServer(const std::string& given,
                                        std::vector<std::string>& notes) {
  std::string server = absl::StartsWith(given, "@")
                           ? absl::StrCat("@", Absolute(given.substr(1)))
                           : given;
  const auto addresses = ReadServers("--server", server);
  if (!addresses.ok()) return UsageError(addresses.status().message());
  for (const std::string& address : *addresses) {
    const std::optional<HostPort> parts = ParseHostPort(address);
    if (absl::StartsWith(address, "unix:") ||
        (parts.has_value() && IsLoopbackHost(parts->host))) {
      notes.push_back(absl::StrCat(
          "--server ", OneLine(address),
          " is this machine alone; if the nodes are others, give the host that "
          "runs the coordinator"));
    }
  }
  return server;
}

// The worker's command line but for its --name, checked by the worker's own
// parser.
absl::StatusOr<std::vector<std::string>> WorkerCommand(
    const SlurmJob& job, const std::string& program, const std::string& server,
    bool gpus) {
  std::vector<std::string> flags = {"--server", server};
  for (const std::string& data : job.data) {
    flags.insert(flags.end(), {"--data", data});
  }
  flags.insert(flags.end(),
               {"--checkpoints", absl::StrCat(job.folder, "/checkpoints")});
  const auto unless_given = [&](const std::string& flag,
                                const std::string& value) {
    if (!Given(job.worker, flag)) flags.insert(flags.end(), {flag, value});
  };
  unless_given("--exit-when-idle", "5m");
  unless_given("--device", gpus ? "cuda" : "cpu");
  if (!gpus) {
    unless_given("--slots",
                 absl::StrCat(std::max<int64_t>(1, job.cpus_per_task)));
  }
  flags.insert(flags.end(), job.worker.begin(), job.worker.end());
  const ParsedOptions parsed = ParseOptions(flags);
  if (!parsed.options.has_value()) {
    if (parsed.exit_code == 0) {
      return UsageError(
          "--help and --version are no flags for workers that run; leave them "
          "out after --");
    }
    return UsageError(absl::StripPrefix(absl::StripAsciiWhitespace(parsed.text),
                                        "isoshape-worker: "));
  }
  std::vector<std::string> command = {program};
  // The job may be submitted from another folder: the data by absolute paths.
  auto flag = flags.begin();
  for (; flag != flags.end(); ++flag) {
    if (*flag != "--data") {
      command.push_back(*flag);
      continue;
    }
    const std::string value = *++flag;
    const size_t equals = value.find('=');
    command.push_back("--data");
    command.push_back(value == "synthetic:" ? value
                      : equals == std::string::npos
                          ? absl::StrCat("text=", Absolute(value))
                          : absl::StrCat(value.substr(0, equals + 1),
                                         Absolute(value.substr(equals + 1))));
  }
  return command;
}

absl::StatusOr<std::string> SbatchLines(const SlurmJob& job,
                                        const std::string& array,
                                        const NodeGpus& gpus,
                                        const std::string& logs) {
  std::vector<std::pair<std::string, std::string>> values;
  if (!Given(job.options, "job-name"))
    values.emplace_back("job-name", "isoshape");
  values.emplace_back("array", array);
  if (gpus.count > 0) {
    values.emplace_back(
        "gres",
        absl::StrCat("gpu:", gpus.type, gpus.type.empty() ? "" : ":", "1"));
  }
  if (job.cpus_per_task > 0) {
    values.emplace_back("cpus-per-task", absl::StrCat(job.cpus_per_task));
  }
  if (!job.partition.empty()) values.emplace_back("partition", job.partition);
  if (!job.time.empty()) values.emplace_back("time", job.time);
  // In the names of files Slurm replaces %A and %a, and %% by %.
  values.emplace_back(
      "output",
      absl::StrCat(absl::StrReplaceAll(logs, {{"%", "%%"}}), "/%A_%a.log"));
  for (const std::string& option : job.options) {
    const size_t equals = option.find('=');
    values.emplace_back(
        option.substr(0, equals),
        equals == std::string::npos ? "" : option.substr(equals + 1));
  }
  std::string lines;
  for (const auto& [name, value] : values) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string line, SbatchLine(name, value));
    lines += line;
  }
  return lines;
}

// The template with these lines between its two marks.
std::string Fill(absl::string_view settings) {
  const absl::string_view text = kSlurmTemplate;
  constexpr absl::string_view kBegin = "# Settings\n";
  constexpr absl::string_view kEnd = "# End of settings\n";
  const size_t begin = text.find(kBegin) + kBegin.size();
  return absl::StrCat(text.substr(0, begin), settings,
                      text.substr(text.find(kEnd)));
}

}  // namespace

absl::StatusOr<SlurmScript> MakeSlurmScript(const SlurmJob& asked,
                                            const std::string& program) {
  SlurmJob job = asked;
  SlurmScript script;
  ISOSHAPE_RETURN_IF_ERROR(CheckTogether(job));
  if (!job.time.empty()) ISOSHAPE_RETURN_IF_ERROR(CheckTimeLimit(job.time));
  NodeGpus gpus;
  if (!job.gpus_per_node.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(gpus, ReadGpus(job.gpus_per_node));
  }
  std::string array = job.array;
  if (array.empty()) {
    array = absl::StrCat(
        "0-",
        std::max<int64_t>(1, job.nodes) * std::max<int64_t>(1, gpus.count) - 1);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(script.workers, CountTasks(array));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string credentials,
                            Credentials(job.token_file));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string server,
                            CheckServer(job.server, script.notes));
  job.folder = Absolute(job.folder);
  script.logs = absl::StrCat(job.folder, "/logs");
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string lines,
                            SbatchLines(job, array, gpus, script.logs));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::vector<std::string> command,
      WorkerCommand(job, program, server, gpus.count > 0));
  std::error_code error;
  fs::create_directories(script.logs, error);
  if (error) {
    return UsageError(absl::StrCat("--folder ", OneLine(asked.folder),
                                   " cannot be made: ", error.message(),
                                   "; name another one"));
  }
  std::string words;
  for (const std::string& word : command) {
    // A flag and its value share a line.
    absl::StrAppend(&words,
                    words.empty()                  ? ""
                    : absl::StartsWith(word, "--") ? "\n  "
                                                   : " ",
                    ShellWord(word));
  }
  script.text = Fill(absl::StrCat(lines, credentials, "unset ISOSHAPE_TOKEN\n",
                                  "worker=(", words, ")\n"));
  return script;
}

}  // namespace isoshape
