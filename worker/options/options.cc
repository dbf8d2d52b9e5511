#include "worker/options/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/console/command_line.h"
#include "common/console/config_file.h"
#include "common/console/one_of.h"
#include "common/files/output_folder.h"
#include "common/net/host_port.h"
#include "common/net/servers.h"
#include "common/process/environment.h"
#include "common/process/program_log.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "messages/names/resource_name.h"
#include "worker/options/data_flag.h"
#include "worker/options/machine.h"

namespace isoshape {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  isoshape-worker --data corpus.txt\n"
    "  isoshape-worker --server 10.0.0.5:50551 --data text=/data/books "
    "--data code=/data/src\n"
    "  isoshape-worker --data corpus.txt --slots 1 --threads-per-run 4\n"
    "  isoshape-worker --data corpus.txt --trainer 'python3 my_trainer.py'\n"
    "  isoshape-worker --check-trainer 'python3 my_trainer.py'\n"
    "  isoshape-worker --data corpus.txt --exit-when-idle 5m --max-runtime "
    "7h50m\n"
    "  isoshape-worker --config /etc/isoshape/worker.yaml\n"
    "SIGTERM, SIGINT (Ctrl-C), SIGHUP, SIGUSR1 and SIGUSR2 hand the trials "
    "back and end the worker; a second Ctrl-C ends it at once.\n"
    "Exit codes: 0 (nothing is left to train), 1 (it failed), 2 (wrong use), "
    "75 "
    "(it ended with work left: start it again).";

std::string Absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

absl::Status MakeCheckpointFolder(const std::string& path) {
  if (!IsUtf8(path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--checkpoints ", OneLine(path),
        ": the path is not UTF-8, and a trainer is told of it in JSON; name "
        "another folder"));
  }
  return MakeOutputFolder("--checkpoints", path);
}

// A whole number as people write it: `4`, `1e0`.
bool ReadWhole(const std::string& text, int* number) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || value != std::floor(value) ||
      std::abs(value) > 1e9) {
    return false;
  }
  *number = static_cast<int>(value);
  return true;
}

// `60` (seconds), `90s`, `1m`.
absl::Status ReadTimeout(const std::string& text, absl::Duration* timeout) {
  constexpr absl::Duration kLongest = absl::Hours(24);
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    *timeout = absl::Seconds(seconds);
  } else {
    *timeout = ReadDuration(text).value_or(absl::ZeroDuration());
  }
  if (*timeout > absl::ZeroDuration() && *timeout <= kLongest) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--trainer-timeout ", OneLine(text),
      " is not a number of seconds above 0 and at most 86400, nor a duration "
      "such as 90s or 2m"));
}

absl::Status ReadSlots(const std::string& text, int* slots) {
  if (text == "auto") return absl::OkStatus();
  if (!ReadWhole(text, slots) || *slots < 1 || *slots > kMaxSlots) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--slots ", text, " is neither 'auto' nor a number in 1..", kMaxSlots));
  }
  return absl::OkStatus();
}

// The values of the command line, before they are checked.
struct Flags {
  WorkerOptions options;
  std::vector<std::string> data;
  bool data_as_is = false;
  std::string slots = "auto";
  std::string check;           // --check-trainer
  std::string timeout = "60";  // --trainer-timeout
};

// Checks the values, and completes the options by them.
absl::Status CheckValues(Flags& flags) {
  WorkerOptions& options = flags.options;
  ISOSHAPE_RETURN_IF_ERROR(ReadServers("--server", options.server).status());
  ISOSHAPE_RETURN_IF_ERROR(CheckId("--name", options.id));
  ISOSHAPE_RETURN_IF_ERROR(ReadSlots(flags.slots, &options.slots));
  if (!options.http.empty() && !ParseHostPort(options.http).has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http '", OneLine(options.http),
                     "' is not HOST:PORT; give for example 127.0.0.1:50581"));
  }
  ISOSHAPE_RETURN_IF_ERROR(
      ReadTimeout(flags.timeout, &options.trainer_timeout));
  if (!options.trainer.empty() && options.cuda_graphs != "auto") {
    return absl::InvalidArgumentError(
        absl::StrCat("--cuda-graphs ", options.cuda_graphs,
                     " is for isoshape-trainer alone; write it into the "
                     "command of --trainer"));
  }
  if (flags.data.empty() && !options.check_trainer) {
    return absl::InvalidArgumentError(
        "--data is missing; give the text to train on, --data NAME=PATH, or "
        "--data synthetic: for generated tasks alone");
  }
  for (const std::string& flag : flags.data) {
    ISOSHAPE_RETURN_IF_ERROR(AddData(flag, flags.data_as_is, options));
  }
  if (!options.checkpoints.empty()) {
    options.checkpoints = Absolute(options.checkpoints);
    ISOSHAPE_RETURN_IF_ERROR(MakeCheckpointFolder(options.checkpoints));
  }
  // One that nobody named is made when a result waits, if it can be.
  if (!options.results.empty()) {
    options.results = Absolute(options.results);
    ISOSHAPE_RETURN_IF_ERROR(MakeOutputFolder("--results", options.results));
  } else {
    options.results = DefaultResults(options);
  }
  if (options.trainer.empty()) options.generates_data = true;
  return absl::OkStatus();
}

ParsedOptions WrongUse(absl::string_view message) {
  return {std::nullopt,
          absl::StrCat("isoshape-worker: ",
                       absl::StrReplaceAll(message, {{"\n", " "}}), "\n"),
          2};
}
ParsedOptions WrongUseSeeHelp(absl::string_view message) {
  return WrongUse(absl::StrCat(message, "; see 'isoshape-worker --help'"));
}

void AddDuration(CLI::App& app, const char* name, absl::Duration& duration,
                 const char* description) {
  app.add_option_function<std::string>(
         name,
         [name, &duration](const std::string& text) {
           const absl::StatusOr<absl::Duration> read = ReadDuration(text);
           if (!read.ok()) {
             throw CLI::ValidationError(name,
                                        std::string(read.status().message()));
           }
           duration = *read;
         },
         description)
      ->type_name("DURATION");
}

// Adds the flags of where trials, their data and their trainer come from.
void AddSourceFlags(CLI::App& app, Flags& flags) {
  app.add_option("--server", flags.options.server,
                 "Coordinator, HOST:PORT, or several with commas, of which the "
                 "one that answers is used; @FILE: as the file says, which is "
                 "read again while none answers; also from ISOSHAPE_SERVER")
      ->capture_default_str();
  app.add_option("--data", flags.data,
                 "File or folder that campaigns call NAME; PATH alone means "
                 "text=PATH; synthetic: stands for generated tasks, which "
                 "isoshape-trainer knows anyway; may be given several times")
      ->type_name("NAME=PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--trainer", flags.options.trainer,
                 "Shell command of another trainer; default: isoshape-trainer "
                 "beside this program");
  app.add_flag("--data-as-is", flags.data_as_is,
               "The other trainer reads files of --data that are compressed, "
               "or tables (Parquet), which are refused otherwise");
  app.add_option("--check-trainer", flags.check,
                 "Give this trainer short runs, a stop and an impossible run, "
                 "say what it does right and wrong, and end; with the data "
                 "of --data, or words made for it; needs no coordinator")
      ->type_name("COMMAND");
}

// Adds the flags of how trials are trained.
void AddRunFlags(CLI::App& app, Flags& flags) {
  // `1e0` as `1`, for those that are whole numbers.
  const auto as_whole = [](const std::string& text) {
    int number = 0;
    return ReadWhole(text, &number) ? absl::StrCat(number) : text;
  };
  app.add_option("--slots", flags.slots,
                 "Trials at the same time; auto: one a core, or one a GPU")
      ->capture_default_str();
  app.add_option("--name", flags.options.id,
                 "Id of this worker, kept over restarts; default: host and "
                 "process id");
  app.add_option("--device", flags.options.device, "auto, cpu or cuda")
      ->check(OneOf({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  app.add_option("--cuda-graphs", flags.options.cuda_graphs,
                 "Whole steps as CUDA graphs, for small shapes: on, off or "
                 "auto, which isoshape-trainer --help explains")
      ->check(OneOf({"on", "off", "auto"}))
      ->capture_default_str();
  app.add_option("--threads-per-run", flags.options.threads_per_run,
                 "CPU threads of one run; default: 1 on a CPU")
      ->transform(as_whole)
      ->check(CLI::Range(1, 1024));
  app.add_option("--replicas", flags.options.replicas,
                 "Trials of one shape (seeds) that a slot trains as one "
                 "batched model, at most; for GPUs that one trial does not "
                 "fill; on a CPU it is slower than 1")
      ->transform(as_whole)
      ->check(CLI::Range(1, kMaxSlots))
      ->capture_default_str();
  app.add_option("--checkpoints", flags.options.checkpoints,
                 "Folder of checkpoints: a trial that comes again goes on from "
                 "where it was; removed when it ends; default: none")
      ->type_name("DIR");
  app.add_option("--results", flags.options.results,
                 "Folder in which a result waits that no coordinator has "
                 "taken; the next worker that uses it reports it; default: "
                 "that of --checkpoints, or isoshape in $XDG_STATE_HOME or "
                 "~/.local/state")
      ->type_name("DIR");
}

// Adds the flags of how long the worker lives, and what it says of itself.
void AddLifeFlags(CLI::App& app, Flags& flags) {
  AddDuration(app, "--exit-when-idle", flags.options.exit_when_idle,
              "End when there was nothing to train for so long");
  AddDuration(app, "--max-runtime", flags.options.max_runtime,
              "Hand the trials back and end after so long, as a batch queue "
              "would make it");
  app.add_option("--http", flags.options.http,
                 "Answer probes here: /healthz, and /readyz with the reason if "
                 "the coordinator can give this worker nothing; port 0: any "
                 "that is free; default: off")
      ->type_name("HOST:PORT");
  app.add_option("--log-level", flags.options.log_level,
                 "debug, info, warn or error")
      ->check(OneOf(LogLevels()))
      ->capture_default_str();
  app.add_option("--trainer-timeout", flags.timeout,
                 "Silence after which a trainer is ended, seconds or a "
                 "duration such as 2m")
      ->capture_default_str();
}

}  // namespace

std::string WorkerOptions::DataPath(const std::string& dataset) const {
  if (absl::StartsWith(dataset, "synthetic:")) return dataset;
  const auto found = data.find(dataset);
  return found == data.end() ? "" : found->second;
}

std::string DefaultResults(const WorkerOptions& options) {
  if (!options.checkpoints.empty()) return options.checkpoints;
  const std::string state = EnvironmentVariable("XDG_STATE_HOME");
  if (state.starts_with('/')) return absl::StrCat(state, "/isoshape");
  const std::string home = EnvironmentVariable("HOME");
  if (home.starts_with('/')) {
    return absl::StrCat(home, "/.local/state/isoshape");
  }
  return "";
}

ParsedOptions ParseOptions(const std::vector<std::string>& arguments) {
  Flags flags;
  WorkerOptions& options = flags.options;
  if (const std::string server = EnvironmentVariable("ISOSHAPE_SERVER");
      !server.empty()) {
    options.server = server;
  }
  options.id = DefaultWorkerId();

  CLI::App app(
      "Trains the trials that a coordinator hands out, with one trainer "
      "process for each slot.",
      "isoshape-worker");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", "isoshape-worker " ISOSHAPE_VERSION);
  app.footer(kExamples);
  AddSourceFlags(app, flags);
  AddRunFlags(app, flags);
  AddLifeFlags(app, flags);
  AddConfigFlag(app);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);  // as CLI11 wants them
  } catch (const CLI::CallForHelp&) {
    return {std::nullopt, app.help(), 0};
  } catch (const CLI::CallForVersion& version) {
    return {std::nullopt, absl::StrCat(version.what(), "\n"), 0};
  } catch (const CLI::ParseError& error) {
    return WrongUse(UsageMessage(app, error, arguments));
  }
  if (!flags.check.empty()) {
    if (!options.trainer.empty()) {
      return WrongUseSeeHelp(
          "--check-trainer takes the command itself; leave --trainer out");
    }
    options.trainer = flags.check;
    options.check_trainer = true;
  }
  const absl::Status status = CheckValues(flags);
  if (!status.ok()) {
    return WrongUseSeeHelp(WithPlaceInConfig(app, status.message()));
  }
  return {options, "", 0};
}

}  // namespace isoshape
