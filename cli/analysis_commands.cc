#include "cli/analysis_commands.h"

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/client.h"
#include "cli/format.h"
#include "cli/table.h"
#include "cli/trial_commands.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

struct AnalysisFlags {
  std::string campaign;
  bool cached = false;
  v1::ListBestShapesRequest best;
  v1::FitCampaignRequest fit;
  v1::PredictShapeRequest predict;
};

void PrintWarnings(
    const google::protobuf::RepeatedPtrField<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    std::cout << "warning: " << warning << '\n';
  }
}

// Says where trials have ended since that the answer does not know.
void PrintNewer(const v1::DataBasis& basis) {
  if (basis.newer_trials() == 0) return;
  std::cout << "warning: rests on " << basis.trials() << " trials; "
            << basis.newer_trials()
            << " have succeeded since: ask without --cached\n";
}

absl::Status Best(const CommandContext& context, const AnalysisFlags& flags) {
  v1::ListBestShapesRequest request = flags.best;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_campaign(),
                            CampaignArgument(flags.campaign));
  request.set_wait_for_newest(!flags.cached);
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::ListBestShapesResponse response,
      client.Call(&Client::AnalysisStub::ListBestShapes, request));
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"BUDGET", Table::kRight},
               {"RANK", Table::kRight},
               {"SHAPE"},
               {"ASPECT", Table::kRight},
               {"PARAMETERS", Table::kRight},
               {"SIZE", Table::kRight},
               {"TOKENS", Table::kRight},
               {"LOSS", Table::kRight},
               {"STDERR", Table::kRight},
               {"ABOVE BEST", Table::kRight},
               {"TRIALS", Table::kRight},
               {"TOKENS/S", Table::kRight},
               {"MEMORY", Table::kRight}});
  for (const v1::RankedShape& shape : response.shapes()) {
    const double depth = static_cast<double>(shape.shape().depth());
    table.AddRow(
        {FormatFlops(shape.budget_flops()), absl::StrCat(shape.rank()),
         ShapeText(shape.shape()),
         FormatRatio(static_cast<double>(shape.shape().width()) / depth),
         FormatCount(shape.parameters()), FormatCount(shape.size()),
         FormatCount(shape.tokens()), FormatLoss(shape.validation_loss()),
         FormatLoss(shape.validation_loss_stderr()),
         FormatLoss(shape.loss_above_best()), absl::StrCat(shape.trials_size()),
         FormatCount(shape.tokens_per_second()),
         FormatBytes(shape.peak_memory_bytes())});
  }
  table.Print(std::cout);
  PrintNewer(response.basis());
  return absl::OkStatus();
}

void PrintTrend(const char* name, const v1::PowerTrend& trend) {
  std::cout << name << " ~ C^" << FormatEstimate(trend.exponent(), FormatRatio)
            << "  from " << trend.budgets() << " budgets\n";
}

absl::Status Fit(const CommandContext& context, const AnalysisFlags& flags) {
  v1::FitCampaignRequest request = flags.fit;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_campaign(),
                            CampaignArgument(flags.campaign));
  request.set_wait_for_newest(!flags.cached);
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::FitCampaignResponse response,
      client.Call(&Client::AnalysisStub::FitCampaign, request));
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
  std::cout << "method: " << response.method() << " (" << response.trials()
            << " trials)\n";
  PrintWarnings(response.warnings());
  PrintNewer(response.basis());
  return absl::OkStatus();
}

absl::Status Predict(const CommandContext& context,
                     const AnalysisFlags& flags) {
  v1::PredictShapeRequest request = flags.predict;
  *request.mutable_fit() = flags.fit;
  ISOSHAPE_ASSIGN_OR_RETURN(*request.mutable_campaign(),
                            CampaignArgument(flags.campaign));
  request.set_wait_for_newest(!flags.cached);
  Client client(context.server);
  ISOSHAPE_ASSIGN_OR_RETURN(
      const v1::PredictShapeResponse response,
      client.Call(&Client::AnalysisStub::PredictShape, request));
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const v1::Shape& shape = response.shape();
  PrintFields(
      {{"target (FLOPs)",
        absl::StrCat(FormatFlops(response.target_flops()), ", ",
                     FormatRatio(response.extrapolation()),
                     " x the largest measured budget")},
       {"best shape",
        absl::StrCat(ShapeText(shape), ": depth ", shape.depth(), ", width ",
                     shape.width(), ", heads ", shape.heads(), " of ",
                     shape.head_dim(), ", ffn ", shape.ffn_width())},
       {"parameters", FormatInteger(response.parameters())},
       {"size", FormatCount(response.size())},
       {"tokens", FormatCount(static_cast<double>(response.tokens()))},
       {"optimal size", FormatEstimate(response.optimal_size(), FormatCount)},
       {"optimal tokens",
        FormatEstimate(response.optimal_tokens(), FormatCount)},
       {"loss", FormatEstimate(response.loss(), FormatLoss)},
       {"aspect ratio", FormatRatio(response.aspect_ratio())},
       {"method", response.method()}},
      std::cout);
  PrintWarnings(response.warnings());
  PrintNewer(response.basis());
  return absl::OkStatus();
}

// A flag that writes straight into a field of a request.
template <typename Value, typename Message>
CLI::Option* AddField(CLI::App& command, const std::string& flag,
                      void (Message::*set)(Value), Message& message,
                      const std::string& description) {
  return command.add_option_function<Value>(
      flag, [&message, set](const Value& value) { (message.*set)(value); },
      description);
}

void AddFitFlags(CLI::App& command, AnalysisFlags& flags) {
  using Request = v1::FitCampaignRequest;
  AddField(command, "--resamples", &Request::set_resamples, flags.fit,
           "Bootstrap resamples (default 1000)")
      ->check(CLI::Range(1, 100000));
  AddField(command, "--seed", &Request::set_seed, flags.fit,
           "Seed of the bootstrap");
  AddField(command, "--level", &Request::set_level, flags.fit,
           "Level of the intervals (default 0.95)")
      ->check([](const std::string& text) {
        double level = 0;
        return CLI::detail::lexical_cast(text, level) && level > 0 && level < 1
                   ? std::string()
                   : text + " is not between 0 and 1, such as 0.95";
      });
  AddField(command, "--max-budget", &Request::set_max_budget_flops, flags.fit,
           "Use only budgets up to this, FLOPs")
      ->check(PositiveNumber());
}

}  // namespace

void RegisterAnalysisCommands(CLI::App& app, CommandContext& context) {
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<AnalysisFlags>();
  const auto add = [&](const char* name, const char* description,
                       const std::string& examples,
                       absl::Status (*run)(const CommandContext&,
                                           const AnalysisFlags&)) {
    CLI::App* command = AddCommand(app, name, description, examples);
    command->add_option("campaign", flags->campaign, "Campaign, such as c1")
        ->required();
    command->add_flag("--cached", flags->cached,
                      "Answer at once from what the coordinator has ready, "
                      "which may lack trials that ended a moment ago");
    AddServerFlags(*command, context);
    command->callback([flags, &context, run] {
      context.action = [flags, &context, run] { return run(context, *flags); };
    });
    return command;
  };

  CLI::App* best = add("best", "Best measured shapes of each budget",
                       "isoshape best c1\n"
                       "isoshape best c1 --top 1 --max-parameters 100000\n"
                       "isoshape best c1 --output=json",
                       Best);
  using BestRequest = v1::ListBestShapesRequest;
  AddField(*best, "--top", &BestRequest::set_top, flags->best,
           "Shapes for each budget (default 3)")
      ->check(CLI::Range(1, 100));
  AddField(*best, "--budget", &BestRequest::set_budget_flops, flags->best,
           "Only this budget, FLOPs")
      ->check(PositiveNumber());
  AddField(*best, "--max-parameters", &BestRequest::set_max_parameters,
           flags->best, "Only shapes with at most this many parameters")
      ->check(PositiveNumber());
  AddField(*best, "--max-memory-bytes", &BestRequest::set_max_memory_bytes,
           flags->best, "Only shapes whose measured peak is at most this")
      ->check(PositiveNumber());

  CLI::App* fit = add("fit", "Optimal size of each budget, and its trend",
                      "isoshape fit c1\n"
                      "isoshape fit c1 --level 0.9 --resamples 5000",
                      Fit);
  AddFitFlags(*fit, *flags);

  CLI::App* predict = add("predict", "Best shape at a compute of your choice",
                          "isoshape predict c1\n"
                          "isoshape predict c1 --target 1e14 "
                          "--max-parameters 2000000",
                          Predict);
  using PredictRequest = v1::PredictShapeRequest;
  AddField(*predict, "--target", &PredictRequest::set_target_flops,
           flags->predict,
           "Compute to predict for, FLOPs (default: the campaign's target)")
      ->check(PositiveNumber());
  AddField(*predict, "--max-parameters", &PredictRequest::set_max_parameters,
           flags->predict, "Most parameters")
      ->check(PositiveNumber());
  AddField(*predict, "--max-memory-bytes",
           &PredictRequest::set_max_memory_bytes, flags->predict,
           "Most training memory, bytes")
      ->check(PositiveNumber());
  AddFitFlags(*predict, *flags);
}

}  // namespace isoshape
