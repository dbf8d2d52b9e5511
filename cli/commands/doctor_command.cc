// isoshape doctor: is all there that isoshape needs?
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "cli/console/table.h"
#include "cli/flags/trainer_flags.h"
#include "cli/local/doctor.h"
#include "common/program_folder.h"

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

void Print(const std::vector<Finding>& findings, bool json) {
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const Finding& finding : findings) {
      list.push_back({{"verdict", KindName(finding.kind)},
                      {"what", finding.what},
                      {"text", finding.text}});
    }
    std::cout << nlohmann::ordered_json{{"findings", list}}.dump(2) << '\n';
    return;
  }
  std::vector<std::pair<std::string, std::string>> fields;
  for (const Finding& finding : findings) {
    std::string verdict = KindName(finding.kind);
    verdict.resize(7, ' ');
    fields.emplace_back(verdict + finding.what, finding.text);
  }
  PrintFields(fields, std::cout);
}

absl::Status Run(const DoctorOptions& options, bool json) {
  const std::vector<Finding> findings = Diagnose(options);
  Print(findings, json);
  const auto wrong = std::count_if(
      findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.kind == Finding::Kind::kWrong;
      });
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
                   "the coordinator's database, PATH or sqlite:PATH")
      ->capture_default_str();
  AddTrainerFlags(*command, options->trainer);
  AddServerFlags(*command, context);
  command->callback([options, &context] {
    context.action = [options, &context] {
      options->server = context.server;
      options->binaries = ProgramFolder();
      return Run(*options, context.json());
    };
  });
}

}  // namespace isoshape
