#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/claims/claim_files.h"
#include "cli/claims/claims_output.h"
#include "cli/claims/claims_plan.h"
#include "cli/claims/claims_run.h"
#include "cli/claims/claims_time.h"
#include "cli/commands/commands.h"
#include "cli/console/command.h"
#include "common/console/one_of.h"
#include "common/process/program_folder.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

struct ClaimsFlags {
  ClaimsPlace place;
  std::vector<std::string> files;
  std::vector<std::string> only;
  std::string scale = "demo";
  int seeds = 0;
  std::string write;
  std::vector<std::string> notes;
  bool no_time = false;
  std::string default_data;
};

using Flags = std::shared_ptr<ClaimsFlags>;

absl::StatusOr<std::vector<PlannedClaim>> PlanOf(const ClaimsFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<v1::Claim> claims,
                            LoadClaims(flags.files, flags.only));
  return PlanClaims(claims, flags.scale, flags.seeds);
}

absl::Status Show(const CommandContext& context, const ClaimsFlags& flags,
                  const JudgedClaims& judged) {
  if (!flags.write.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(WriteClaims(judged, flags.notes, flags.write));
  }
  if (context.json()) {
    PrintJson(judged.report);
  } else {
    PrintClaims(judged.report, std::cout);
  }
  return absl::OkStatus();
}

absl::Status List(const ClaimsFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const auto plan, PlanOf(flags));
  std::optional<ClaimsTime> time;
  if (!flags.no_time) {
    absl::StatusOr<ClaimsTime> measured = ClaimsTime::Measure(plan);
    if (measured.ok()) {
      time = *std::move(measured);
    } else {
      std::cerr << "isoshape: no times: " << measured.status().message()
                << '\n';
    }
  }
  PrintPlan(plan, time, std::cout);
  return absl::OkStatus();
}

absl::Status Run(const CommandContext& context, const ClaimsFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckClaimsFile(flags.write));
  ISOSHAPE_ASSIGN_OR_RETURN(const auto plan, PlanOf(flags));
  ISOSHAPE_ASSIGN_OR_RETURN(const JudgedClaims judged,
                            RunClaims(flags.place, plan, flags.scale));
  return Show(context, flags, judged);
}

absl::Status Report(const CommandContext& context, const ClaimsFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckClaimsFile(flags.write));
  ISOSHAPE_ASSIGN_OR_RETURN(const auto plan, PlanOf(flags));
  ISOSHAPE_ASSIGN_OR_RETURN(const JudgedClaims judged,
                            ReportClaims(flags.place, plan, flags.scale));
  return Show(context, flags, judged);
}

void AddClaimFlags(CLI::App& command, ClaimsFlags& flags) {
  command
      .add_option("--only", flags.only,
                  "Claims, by id, separated by commas (default: all)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--claims", flags.files,
                  "A claim of your own, or a folder of them, as YAML; may be "
                  "repeated")
      ->allow_extra_args(false)
      ->type_name("PATH");
  command
      .add_option("--scale", flags.scale,
                  "demo: minutes on two CPU cores; small; gpu")
      ->check(OneOf({"demo", "small", "gpu"}))
      ->capture_default_str();
  command
      .add_option("--seeds", flags.seeds,
                  "Seeds of every run, 3 or more, instead of those that the "
                  "claims ask for")
      ->transform(WholeNumber(3, 100));
}

void AddPlaceFlags(CLI::App& command, ClaimsFlags& flags) {
  command
      .add_option("--server", flags.place.server,
                  "Coordinator with workers, host:port; without it, one is "
                  "started here")
      ->type_name("HOST:PORT");
  command
      .add_option("--directory", flags.place.directory,
                  "Database and logs if no --server is named; a second call "
                  "goes on there")
      ->capture_default_str()
      ->type_name("PATH");
  command
      .add_option("--write", flags.write,
                  "Also write the report to this file: .md, .html or .json")
      ->type_name("FILE");
  command
      .add_option("--note", flags.notes,
                  "A paragraph for that file: what a reader must know of how "
                  "it was measured; may be repeated")
      ->allow_extra_args(false)
      ->type_name("TEXT");
}

}  // namespace

void RegisterClaimsCommands(CLI::App& app, CommandContext& context) {
  CLI::App* group = AddCommand(
      app, "claims",
      "Statements about depth and width: measure them and judge them",
      "isoshape claims list\n"
      "isoshape claims run --data corpus.txt");
  group->require_subcommand(1);

  const auto list_flags = std::make_shared<ClaimsFlags>();
  CLI::App* list =
      AddCommand(*group, "list", "What is stated, and what would be trained",
                 "isoshape claims list --scale small");
  AddClaimFlags(*list, *list_flags);
  list->add_flag("--no-time", list_flags->no_time,
                 "Do not measure how long it takes here, which takes a moment");
  list->callback([list_flags, &context] {
    context.action = [list_flags] { return List(*list_flags); };
  });

  const auto run_flags = std::make_shared<ClaimsFlags>();
  CLI::App* run =
      AddCommand(*group, "run", "Train what the claims need, then report",
                 "isoshape claims run --data corpus.txt\n"
                 "isoshape claims run --only mine --claims mine.yaml");
  AddClaimFlags(*run, *run_flags);
  AddPlaceFlags(*run, *run_flags);
  run->add_option("--data", run_flags->place.data,
                  "Text file or folder for claims about text")
      ->type_name("PATH");
  run->add_option("--default-data", run_flags->default_data,
                  "Data if --data is not given; for scripts")
      ->type_name("PATH");
  run->add_option("--worker-flag", run_flags->place.worker_flags,
                  "A further flag of the worker, such as "
                  "--worker-flag=--device=cpu; may be repeated")
      ->type_name("FLAG");
  AddOutputFlag(*run, context);
  run->callback([run_flags, &context] {
    ClaimsPlace& place = run_flags->place;
    if (place.data.empty()) place.data = run_flags->default_data;
    place.binaries = ProgramFolder();
    context.action = [run_flags, &context] { return Run(context, *run_flags); };
  });

  const auto report_flags = std::make_shared<ClaimsFlags>();
  CLI::App* report =
      AddCommand(*group, "report", "What the runs say by now",
                 "isoshape claims report --write claims.md\n"
                 "isoshape claims report --server 127.0.0.1:50551");
  AddClaimFlags(*report, *report_flags);
  AddPlaceFlags(*report, *report_flags);
  AddOutputFlag(*report, context);
  report->callback([report_flags, &context] {
    report_flags->place.binaries = ProgramFolder();
    context.action = [report_flags, &context] {
      return Report(context, *report_flags);
    };
  });
}

}  // namespace isoshape
