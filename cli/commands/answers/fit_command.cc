#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/console/fit_files.h"
#include "cli/console/output_file.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/run_table_flags.h"
#include "cli/output/law_output.h"
#include "cli/output/recipe_output.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/analysis/law_proto.h"
#include "messages/analysis/prediction_proto.h"
#include "scaling/reports/fit_law.h"
#include "scaling/reports/recipe_comparison.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"

namespace isoshape {
namespace {

struct FitFlags {
  CampaignFlags campaign;
  RunTableFlags runs;
  std::string law;
  LawFlags how;
  std::string by;           // a column
  double advise_flops = 0;  // 0: no advice
};

// What a fit of the runs of a file says, in all forms.
struct FileFit {
  LawReport report;
  v1::FitLawResponse response;
};

absl::StatusOr<FileFit> FitRuns(const FitFlags& flags, Law law, RunFile file) {
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs runs, SizedRuns(flags.how.size, file));
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options,
                            ToLawOptions(flags.how, law, runs.rows()));
  FileFit fit;
  ISOSHAPE_ASSIGN_OR_RETURN(fit.report, FitLaw(runs, options));
  fit.response = ToProto(fit.report);
  *fit.response.mutable_table() = ToProto(file);
  fit.response.mutable_warnings()->Add(file.warnings.begin(),
                                       file.warnings.end());
  if (flags.advise_flops > 0) {
    ISOSHAPE_ASSIGN_OR_RETURN(const Runs used,
                              RunsUpTo(runs, options.max_budget));
    ISOSHAPE_RETURN_IF_ERROR(AddAdvice(used, flags.advise_flops, fit.response));
  }
  return fit;
}

absl::StatusOr<v1::FitLawResponse> FitFile(const FitFlags& flags) {
  const Law law = FindLaw(flags.law).value_or(Law::kParametric);
  ISOSHAPE_RETURN_IF_ERROR(CheckOutputs(
      flags.runs.input,
      {{"--residuals", flags.how.residuals}, {"--draws", flags.how.draws}}));
  ISOSHAPE_ASSIGN_OR_RETURN(
      RunFile file, ReadRunTable(flags.runs, NeededColumns(flags.how, law)));
  absl::StatusOr<FileFit> made = FitRuns(flags, law, std::move(file));
  ISOSHAPE_RETURN_IF_ERROR(AboutFile(flags.runs, made.status()));
  FileFit fit = *std::move(made);
  const LawReport& report = fit.report;
  if (!flags.how.residuals.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(WriteResiduals(flags.how.residuals, report));
  }
  if (!flags.how.draws.empty()) {
    std::vector<LawFigure> figures = report.parameters;
    figures.insert(figures.end(), report.derived.begin(), report.derived.end());
    ISOSHAPE_RETURN_IF_ERROR(WriteDraws(flags.how.draws, figures));
  }
  return std::move(fit.response);
}

// The runs of each recipe by themselves, and whether their exponents differ.
absl::StatusOr<v1::RecipeFits> FitRecipes(const FitFlags& flags) {
  const LawFlags& how = flags.how;
  if (!how.residuals.empty() || !how.draws.empty() || !how.resamples.empty()) {
    return UsageError(
        "--residuals, --draws and --resamples are of one fit, and --by makes "
        "several; choose a recipe by --where instead");
  }
  const Law law = FindLaw(flags.law).value_or(Law::kParametric);
  ISOSHAPE_ASSIGN_OR_RETURN(
      auto files,
      ReadRunTablesBy(flags.by, flags.runs, NeededColumns(flags.how, law)));
  std::vector<std::pair<std::string, LawReport>> reports;
  v1::RecipeFits fits;
  fits.set_column(flags.by);
  for (auto& [value, file] : files) {
    absl::StatusOr<FileFit> fit = FitRuns(flags, law, std::move(file));
    if (!fit.ok()) {
      return AboutFile(
          flags.runs,
          absl::Status(
              fit.status().code(),
              absl::StrCat("the runs with ", OneLine(flags.by), " ",
                           OneLine(value), ": ", fit.status().message())));
    }
    v1::RecipeFits::Recipe* recipe = fits.add_recipes();
    recipe->set_value(value);
    *recipe->mutable_fit() = std::move(fit->response);
    reports.emplace_back(value, std::move(fit->report));
  }
  for (const EqualTest& test : TestEqualExponents(reports)) {
    *fits.add_tests() = ToProto(test);
  }
  return fits;
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
  v1::FitLawRequest request = ToFitLawRequest(flags.how, law);
  request.set_advise_flops(flags.advise_flops);
  return AskCampaign(context, flags.campaign, std::move(request),
                     &Client::AnalysisStub::FitLaw);
}

absl::Status Fit(const CommandContext& context, const FitFlags& flags) {
  if (flags.runs.given() != flags.campaign.campaign.empty()) {
    return UsageError(
        "fit takes the runs of a campaign (isoshape fit c1) or of a file "
        "(isoshape fit --input runs.csv), one of them");
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckVariantFlag(flags.campaign, flags.runs.given()));
  if (!flags.by.empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(const v1::RecipeFits fits, FitRecipes(flags));
    if (context.json()) {
      PrintJson(fits);
    } else {
      PrintRecipes(fits, std::cout);
    }
    return absl::OkStatus();
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::FitLawResponse law,
      flags.runs.given() ? FitFile(flags) : FitCampaign(context, flags));
  if (context.json()) {
    PrintJson(law);
  } else {
    PrintLaw(law, std::cout);
    const auto is_known = [](const v1::LawFigure& figure) {
      return figure.unidentified().empty();
    };
    // What predict would refuse is not said to be next.
    if (!flags.runs.given() && std::any_of(law.parameters().begin(),
                                           law.parameters().end(), is_known)) {
      PrintNextPrediction(flags.campaign.campaign, flags.campaign.variant,
                          std::cout);
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
      "isoshape fit c1 --imported\n"
      "isoshape fit --input runs.csv --law parametric --output json\n"
      "isoshape fit --input runs.csv --law shape --size flops "
      "--column loss=val_loss --where cooled=1\n"
      "isoshape fit --input runs.csv --by schedule");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<FitFlags>();
  AddCampaignFlags(*command, context, flags->campaign);
  AddVariantFlag(*command, flags->campaign);
  AddImportedFlag(*command, flags->campaign.imported);
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
      ->check(OneOf(LawNames()));
  AddLawFlags(*command, flags->how, input);
  command
      ->add_option("--by", flags->by,
                   "Column that tells recipes apart: a fit of the runs of each "
                   "text in it, side by side, and a test whether exponents are "
                   "equal")
      ->type_name("COLUMN")
      ->needs(input);
  command
      ->add_option(
          "--advise", flags->advise_flops,
          "Also name the runs that would tell most about the best size "
          "at this compute, FLOPs")
      ->transform(PositiveNumber());
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Fit(context, *flags); };
  });
}

}  // namespace isoshape
