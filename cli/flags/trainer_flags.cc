#include "cli/flags/trainer_flags.h"

#include "cli/console/command.h"
#include "common/console/one_of.h"

namespace isoshape {

void AddTrainerFlags(CLI::App& command, WorkerOptions& options) {
  const char* const group = "Trainer";
  CLI::Option* trainer =
      command
          .add_option("--trainer", options.trainer,
                      "Shell command of another trainer (default: "
                      "isoshape-trainer beside this program)")
          ->type_name("COMMAND")
          ->group(group);
  command.add_option("--device", options.device, "auto, cpu or cuda")
      ->check(OneOf({"auto", "cpu", "cuda"}))
      ->group(group);
  command
      .add_option("--threads-per-run", options.threads_per_run,
                  "CPU threads of a run (default 1 on a CPU)")
      ->transform(WholeNumber(1, 1024))
      ->group(group);
  command
      .add_option("--cuda-graphs", options.cuda_graphs,
                  "Whole steps as CUDA graphs: on, off or auto")
      ->check(OneOf({"on", "off", "auto"}))
      ->excludes(trainer)
      ->group(group);
}

}  // namespace isoshape
