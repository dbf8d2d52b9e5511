#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/commands.h"
#include "cli/console/format.h"
#include "cli/console/law_output.h"
#include "cli/console/table.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/law_proto.h"
#include "cli/flags/run_table_flags.h"

namespace isoshape {
namespace {

struct FitFlags {
  CampaignFlags campaign;
  RunTableFlags runs;
  std::string law;
  LawFlags how;
  double max_budget = 0;
};

void PrintTrend(const char* name, const v1::PowerTrend& trend) {
  std::cout << name << " ~ C^" << FormatEstimate(trend.exponent(), FormatRatio)
            << "  from " << trend.budgets() << " budgets\n";
}

absl::Status FitCurves(const CommandContext& context, const FitFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::FitCampaignResponse response,
      AskCampaign(context, flags.campaign,
                  ToFitRequest(flags.how, flags.max_budget),
                  &Client::AnalysisStub::FitCampaign));
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"BUDGET", Table::kRight},
               {"TRIALS", Table::kRight},
               {"SIZES", Table::kRight},
               {"OPTIMAL SIZE"},
               {"OPTIMAL TOKENS"},
               {"OPTIMAL LOSS"},
               {"MEASURED", Table::kRight},
               {"ASPECT", Table::kRight},
               {"NOTE"}});
  for (const v1::BudgetOptimum& optimum : response.optima()) {
    table.AddRow(
        {FormatFlops(optimum.budget_flops()), absl::StrCat(optimum.trials()),
         absl::StrCat(optimum.sizes()),
         FormatEstimate(optimum.optimal_size(), FormatCount),
         FormatEstimate(optimum.optimal_tokens(), FormatCount),
         FormatEstimate(optimum.optimal_loss(), FormatLoss),
         FormatLoss(optimum.best_measured_loss()),
         FormatRatio(optimum.best_aspect_ratio()),
         optimum.on_edge() ? "not bracketed; left out of the trends" : ""});
  }
  table.Print(std::cout);
  std::cout << '\n';
  if (response.has_size_trend()) {
    PrintTrend("N*", response.size_trend());
    if (response.has_tokens_trend()) PrintTrend("D*", response.tokens_trend());
    if (response.has_loss_trend()) PrintTrend("L*", response.loss_trend());
  } else {
    std::cout << "no trend: fewer than two budgets have a bracketed optimum\n";
  }
  const v1::DataBasis& basis = response.basis();
  std::cout << "method: " << response.method() << " (" << response.trials();
  if (basis.points() > basis.trials()) {
    std::cout << " points of " << basis.trials();
  }
  std::cout << " trials)\n";
  PrintWarnings(response.warnings(), response.basis());
  return absl::OkStatus();
}

void Print(const CommandContext& context, const LawReport& report) {
  if (context.json()) {
    std::cout << LawToJson(report).dump(2) << '\n';
  } else {
    PrintLaw(report, std::cout);
  }
}

// Fits the runs of a file.
absl::Status FitFile(const CommandContext& context, const FitFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(const RunTable table, ReadRunTable(flags.runs));
  const Law law = FindLaw(flags.law).value_or(Law::kParametric);
  ISOSHAPE_ASSIGN_OR_RETURN(const LawOptions options,
                            ToLawOptions(flags.how, law, table.rows()));
  ISOSHAPE_ASSIGN_OR_RETURN(const LawReport report, FitLaw(table, options));
  Print(context, report);
  return absl::OkStatus();
}

// Has the coordinator fit a law to a campaign.
absl::Status FitCampaignLaw(const CommandContext& context,
                            const FitFlags& flags) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::FitLawResponse response,
      AskCampaign(context, flags.campaign,
                  ToFitLawRequest(flags.how, *FindLaw(flags.law)),
                  &Client::AnalysisStub::FitLaw));
  LawReport report = FromProto(response);
  if (std::string newer = NewerWarning(response.basis()); !newer.empty()) {
    report.warnings.push_back(std::move(newer));
  }
  Print(context, report);
  return absl::OkStatus();
}

absl::Status Fit(const CommandContext& context, const FitFlags& flags) {
  if (flags.runs.given() != flags.campaign.campaign.empty()) {
    return UsageError(
        "fit takes the runs of a campaign (isoshape fit c1) or of a file "
        "(isoshape fit --input runs.csv), one of them");
  }
  if (flags.runs.given()) return FitFile(context, flags);
  ISOSHAPE_RETURN_IF_ERROR(CheckForCampaign(flags.how));
  if (FindLaw(flags.law)) return FitCampaignLaw(context, flags);
  if (flags.how.of_law()) {
    return UsageError(
        "--size, --huber-delta, --loss and --fixed-e are of a law; name one "
        "with --law, such as parametric");
  }
  return FitCurves(context, flags);
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
  CLI::Option* campaign = AddCampaignFlags(*command, context, flags->campaign);
  CLI::Option* input = AddRunTableFlags(*command, flags->runs);
  command
      ->add_option("--law", flags->law,
                   "Which law: parametric in size and tokens (default for a "
                   "file), shape in width and depth as well, levine for width "
                   "over depth, isoflop for the best size of each budget, "
                   "envelope for the best at each compute, methods for the "
                   "exponents of several side by side (default for a "
                   "campaign: isoFLOP parabolas)")
      ->check(CLI::IsMember(LawNames()));
  AddLawFlags(*command, flags->how, input);
  command
      ->add_option("--max-budget", flags->max_budget,
                   "Use only a campaign's budgets up to this, FLOPs")
      ->check(PositiveNumber())
      ->needs(campaign);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Fit(context, *flags); };
  });
}

}  // namespace isoshape
