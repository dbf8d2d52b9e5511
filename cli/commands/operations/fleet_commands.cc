// isoshape fleet: workers by the engines that clusters have.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "cli/fleet/slurm_script.h"
#include "cli/fleet/submit_job.h"
#include "common/process/program_folder.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "common/text/shell_word.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

struct SlurmFlags {
  SlurmJob job;
  std::string out;
  bool submit = false;
};

void PrintSubmitted(const CommandContext& context, const SlurmScript& script,
                    const std::string& out, const std::string& id) {
  const std::string logs =
      absl::StrCat(script.logs, "/", id.empty() ? "%A" : id, "_*.log");
  if (context.json()) {
    ordered_json json = {
        {"script", out}, {"workers", script.workers}, {"logs", script.logs}};
    if (!id.empty()) json["job"] = id;
    std::cout << json.dump(2) << '\n';
    return;
  }
  if (id.empty()) {
    std::cout << OneLine(out) << ": " << Counted(script.workers, "worker")
              << "; submit it by: sbatch " << ShellWord(out) << '\n';
    return;
  }
  std::cout << "job " << id << ": " << Counted(script.workers, "worker")
            << "; logs: " << OneLine(logs) << "; to end them: scancel " << id
            << '\n';
}

absl::Status Slurm(const CommandContext& context, const SlurmFlags& flags) {
  if (flags.submit) ISOSHAPE_RETURN_IF_ERROR(CheckSbatch());
  SlurmJob job = flags.job;
  job.server = context.server;
  ISOSHAPE_ASSIGN_OR_RETURN(
      const SlurmScript script,
      MakeSlurmScript(job, absl::StrCat(ProgramFolder(), "/isoshape-worker")));
  for (const std::string& note : script.notes) {
    std::cerr << "isoshape: " << note << '\n';
  }
  std::string out = flags.out;
  if (out.empty() && flags.submit)
    out = absl::StrCat(job.folder, "/worker.sbatch");
  if (out.empty() || out == "-") {
    if (flags.submit) {
      return UsageError(
          "--out - with --submit: sbatch keeps no copy for you; name a file");
    }
    std::cout << script.text;
    return absl::OkStatus();
  }
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(out, script.text));
  std::string id;
  if (flags.submit) {
    ISOSHAPE_ASSIGN_OR_RETURN(id, SubmitJob(out));
  }
  PrintSubmitted(context, script, out, id);
  return absl::OkStatus();
}

// The flags of what Slurm is asked for.
void AddResourceFlags(CLI::App& command, SlurmJob& job) {
  command
      .add_option("--nodes", job.nodes,
                  "How many nodes' GPUs; Slurm gives them one by one, as they "
                  "come free (default 1)")
      ->transform(WholeNumber(1, 100'000));
  command
      .add_option("--gpus-per-node", job.gpus_per_node,
                  "GPUs of a node, N or TYPE:N: a worker for each (default 0: "
                  "a worker for each node, on CPUs)")
      ->type_name("N");
  command
      .add_option("--cpus-per-task", job.cpus_per_task,
                  "CPUs of each worker; without GPUs, as many trials at a time "
                  "(default: the cluster's, 1)")
      ->transform(WholeNumber(1, 1024));
  command
      .add_option("--array", job.array,
                  "Tasks in Slurm's own words in the place of --nodes, such as "
                  "0-63%32: 64 workers, 32 at a time")
      ->type_name("TASKS");
  command.add_option("--partition", job.partition,
                     "Partition (default: the cluster's)");
  command
      .add_option("--time", job.time,
                  "Time limit of a worker, after which it is queued again if "
                  "work is left (default: the partition's)")
      ->type_name("HH:MM:SS");
  command
      .add_option("--option", job.options,
                  "Another option of sbatch, such as account=ml or mem=16G; "
                  "may be given several times")
      ->type_name("NAME[=VALUE]")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);  // which would eat the -- after it
}

void RegisterSlurm(CLI::App& group, CommandContext& context) {
  CLI::App* command = AddCommand(
      group, "slurm",
      "Write, or submit, an array job of Slurm: a worker for each GPU, which "
      "is queued again as long as work is left",
      "isoshape fleet slurm --server head:50551 --data text=/shared/books "
      "--nodes 4 --gpus-per-node 8 --time 08:00:00 --out workers.sbatch\n"
      "isoshape fleet slurm --server head:50551 --data text=/shared/books "
      "--array 0-63%32 --gpus-per-node 1 --partition gpu --option account=ml "
      "--submit\n"
      "isoshape fleet slurm --server head:50551 --data synthetic: --nodes 16 "
      "--cpus-per-task 4 --submit -- --replicas 2");
  const auto flags = std::make_shared<SlurmFlags>();
  flags->job.folder = "isoshape-slurm";
  AddServerFlags(*command, context);
  command
      ->add_option("--data", flags->job.data,
                   "Data as workers have them, on a file system that the nodes "
                   "share; may be given several times")
      ->type_name("NAME=PATH")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);  // which would eat the -- after it
  AddResourceFlags(*command, flags->job);
  command
      ->add_option("--token-file", flags->job.token_file,
                   "File with the workers' token, which only you can read "
                   "(default: ISOSHAPE_TOKEN_FILE)")
      ->type_name("FILE");
  command
      ->add_option("--folder", flags->job.folder,
                   "Folder of checkpoints and logs, on a file system that the "
                   "nodes share")
      ->type_name("DIR")
      ->capture_default_str();
  command
      ->add_option("--out", flags->out,
                   "Where the script is written (default: standard output; "
                   "with --submit worker.sbatch in --folder)")
      ->type_name("FILE");
  command->add_flag("--submit", flags->submit, "Submit it by sbatch");
  command->add_option("WORKER-FLAGS", flags->job.worker,
                      "After --: further flags of isoshape-worker");
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Slurm(context, *flags); };
  });
}

}  // namespace

void RegisterFleetCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group =
      AddCommand(app, "fleet", "Workers by the engine that a cluster has",
                 "isoshape fleet slurm --server head:50551 --data "
                 "text=/shared/books --nodes 4 --gpus-per-node 8 --submit");
  group->require_subcommand(1);
  RegisterSlurm(*group, context);
}

}  // namespace isoshape
