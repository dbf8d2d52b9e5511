// isoshape doctor: is all there that isoshape needs?
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/flags/trainer_flags.h"
#include "cli/local/doctor.h"
#include "common/process/environment.h"
#include "common/process/program_folder.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

std::string KindName(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kOk:
      return "ok";
    case Finding::Kind::kNote:
      return "note";
    case Finding::Kind::kWrong:
      break;
  }
  return "wrong";
}

void PrintText(const Finding& finding) {
  // Wide enough for all but `campaign NAME`, as what comes is not known.
  constexpr size_t kColumns = 28;
  std::string label = KindName(finding.kind);
  label.resize(7, ' ');
  label += Printable(finding.what);
  label.resize(std::max(kColumns, label.size()), ' ');
  std::cout << label << ' ' << Printable(finding.text) << '\n' << std::flush;
}

absl::Status Run(const DoctorOptions& options, bool json) {
  int wrong = 0;
  auto list = nlohmann::ordered_json::array();
  Diagnose(options, [&](const Finding& finding) {
    wrong += finding.kind == Finding::Kind::kWrong ? 1 : 0;
    if (!json) return PrintText(finding);
    list.push_back({{"verdict", KindName(finding.kind)},
                    {"what", finding.what},
                    {"text", finding.text}});
  });
  if (json) {
    std::cout << nlohmann::ordered_json{{"findings", list}}.dump(2) << '\n';
  }
  if (wrong == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      wrong == 1 ? "one thing is wrong"
                 : absl::StrCat(wrong, " things are wrong"));
}

}  // namespace

void RegisterDoctor(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "doctor",
      "Look whether all is there that isoshape needs: programs, trainer, disk, "
      "database, coordinator, workers",
      "isoshape doctor\nisoshape doctor --db results.db --device cuda");
  auto options = std::make_shared<DoctorOptions>();
  options->database = "isoshape.db";
  command
      ->add_option("--db", options->database,
                   "the coordinator's database, as its own --db")
      ->capture_default_str();
  AddTrainerFlags(*command, options->trainer);
  AddServerFlags(*command, context);
  command->callback([options, command, &context] {
    options->server_is_named = command->count("--server") > 0 ||
                               !EnvironmentVariable("ISOSHAPE_SERVER").empty();
    context.action = [options, &context] {
      options->server = context.server;
      options->binaries = ProgramFolder();
      return Run(*options, context.json());
    };
  });
}

}  // namespace isoshape
