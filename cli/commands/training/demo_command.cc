#include <memory>
#include <string>

#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/demo/demo.h"
#include "common/process/program_folder.h"

namespace isoshape {

void RegisterDemo(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "demo", "Run a whole campaign on this machine and check it",
      "isoshape demo --data corpus.txt\n"
      "isoshape demo --data corpus.txt --fresh\n"
      "isoshape demo --data corpus.txt --budgets 1e11,3e11,9e11");
  // Lives as long as the callbacks that hold it.
  const auto options = std::make_shared<DemoOptions>();
  options->directory = "isoshape-demo";
  command
      ->add_option("--directory", options->directory,
                   "Database and logs (default isoshape-demo); a second call "
                   "goes on there")
      ->type_name("PATH");
  command
      ->add_option("--data", options->data, "Text file or folder to train on")
      ->type_name("PATH");
  const auto default_data = std::make_shared<std::string>();
  command
      ->add_option("--default-data", *default_data,
                   "Data if --data is not given; for scripts")
      ->type_name("PATH");
  command
      ->add_option("--budgets", options->budgets,
                   "Training FLOPs of one trial, one for each isoFLOP level")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->transform(PositiveNumber());
  command->add_flag("--fresh", options->fresh,
                    "Forget what an earlier call measured");
  command
      ->add_option("--worker-flag", options->worker_flags,
                   "A further flag of the worker, such as "
                   "--worker-flag=--device=cpu; may be repeated")
      ->type_name("FLAG");
  AddOutputFlag(*command, context);
  command->callback([options, default_data, &context] {
    if (options->data.empty()) options->data = *default_data;
    if (options->data.empty()) {
      throw CLI::RequiredError("--data (a text file or folder)");
    }
    options->binaries = ProgramFolder();
    options->json = context.json();
    context.action = [options] { return RunDemo(*options); };
  });
}

}  // namespace isoshape
