#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/commands/commands.h"
#include "cli/console/fit_files.h"
#include "cli/console/law_output.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/run_table_flags.h"
#include "common/status_macros.h"
#include "messages/law_proto.h"
#include "scaling/reports/fit_law.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"

namespace isoshape {
namespace {

struct FitFlags {
  CampaignFlags campaign;
  RunTableFlags runs;
  std::string law;
  LawFlags how;
  std::string residuals, draws;  // paths
};

absl::StatusOr<v1::FitLawResponse> FitFile(const FitFlags& flags) {
  const Law law = FindLaw(flags.law).value_or(Law::kParametric);
  ISOSHAPE_ASSIGN_OR_RETURN(
      RunFile file, ReadRunTable(flags.runs, NeededColumns(flags.how, law)));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const Runs runs,
      WithSize(std::move(file.runs), ToSizeMeasure(flags.how)));
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options,
                            ToLawOptions(flags.how, law, runs.rows()));
  ISOSHAPE_ASSIGN_OR_RETURN(const LawReport report, FitLaw(runs, options));
  if (!flags.residuals.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(WriteResiduals(flags.residuals, report));
  }
  if (!flags.draws.empty()) {
    std::vector<LawFigure> figures = report.parameters;
    figures.insert(figures.end(), report.derived.begin(), report.derived.end());
    ISOSHAPE_RETURN_IF_ERROR(WriteDraws(flags.draws, figures));
  }
  v1::FitLawResponse response = ToProto(report);
  *response.mutable_table() = ToProto(file);
  response.mutable_warnings()->Add(file.warnings.begin(), file.warnings.end());
  return response;
}

absl::StatusOr<v1::FitLawResponse> FitCampaign(const CommandContext& context,
                                               const FitFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckForCampaign(flags.how));
  if (flags.how.corpus) {
    return UsageError(
        "fit takes --corpus of the runs of a file; leave it out, or ask "
        "predict");
  }
  const Law law = FindLaw(flags.law).value_or(Law::kIsoflop);
  return AskCampaign(context, flags.campaign, ToFitLawRequest(flags.how, law),
                     &Client::AnalysisStub::FitLaw);
}

absl::Status Fit(const CommandContext& context, const FitFlags& flags) {
  if (flags.runs.given() != flags.campaign.campaign.empty()) {
    return UsageError(
        "fit takes the runs of a campaign (isoshape fit c1) or of a file "
        "(isoshape fit --input runs.csv), one of them");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::FitLawResponse law,
      flags.runs.given() ? FitFile(flags) : FitCampaign(context, flags));
  if (context.json()) {
    PrintJson(law);
  } else {
    PrintLaw(law, std::cout);
    if (!flags.runs.given()) {
      PrintNextTraining(flags.campaign.campaign, "--predicted", std::cout);
    }
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterFit(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "fit",
      "A law of loss, with intervals, of the runs of a campaign or a file",
      "isoshape fit c1\n"
      "isoshape fit c1 --level 0.9 --bootstrap 5000\n"
      "isoshape fit c1 --law shape\n"
      "isoshape fit --input runs.csv --law parametric --output json\n"
      "isoshape fit --input runs.csv --law shape --size flops "
      "--column loss=val_loss --where cooled=1");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<FitFlags>();
  AddCampaignFlags(*command, context, flags->campaign);
  CLI::Option* input = AddRunTableFlags(*command, flags->runs);
  command
      ->add_option(
          "--law", flags->law,
          "Which law: isoflop for the best size of each budget "
          "(default for a campaign), parametric in size and tokens "
          "(default for a file), shape in width and depth as well, "
          "levine for width over depth, ladder along one line of sizes and "
          "tokens, "
          "envelope for the best at each compute, methods for the "
          "exponents of several side by side")
      ->check(CLI::IsMember(LawNames()));
  AddLawFlags(*command, flags->how, input);
  command
      ->add_option("--residuals", flags->residuals,
                   "Write every run beside the law to this CSV file")
      ->type_name("PATH")
      ->needs(input);
  command
      ->add_option("--draws", flags->draws,
                   "Write every figure in every resample to this CSV file")
      ->type_name("PATH")
      ->needs(input);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Fit(context, *flags); };
  });
}

}  // namespace isoshape
