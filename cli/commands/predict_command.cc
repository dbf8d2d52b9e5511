#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/commands.h"
#include "cli/console/format.h"
#include "cli/console/law_output.h"
#include "cli/console/prediction_output.h"
#include "cli/console/table.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/law_proto.h"
#include "cli/flags/run_table_flags.h"
#include "cli/flags/shape_flags.h"
#include "messages/shape_proto.h"

namespace isoshape {
namespace {

struct PredictFlags {
  CampaignFlags campaign;
  v1::PredictShapeRequest request;  // target and limits also of a file
  double max_budget = 0;
  RunTableFlags runs;
  std::string law;
  std::string constraint = "6nd";
  LawFlags how;
  ShapeFlags shape;
  int choices = 5;
  int64_t tokens_per_step = 2048;
};

absl::Status PredictCampaign(const CommandContext& context,
                             const PredictFlags& flags) {
  v1::PredictShapeRequest request = flags.request;
  request.set_choices(flags.choices);
  *request.mutable_fit() = ToFitRequest(flags.how, flags.max_budget);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::PredictShapeResponse response,
                            AskCampaign(context, flags.campaign, request,
                                        &Client::AnalysisStub::PredictShape));
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const v1::Shape& shape = response.shape();
  std::vector<std::pair<std::string, std::string>> fields = {
      {"target (FLOPs)",
       absl::StrCat(FormatFlops(response.target_flops()), ", ",
                    FormatRatio(response.extrapolation()),
                    " x the largest measured budget")},
      {"best shape",
       absl::StrCat(ShapeLabel(FromProto(shape)), ": depth ", shape.depth(),
                    ", width ", shape.width(), ", heads ", shape.heads(),
                    " of ", shape.head_dim(), ", ffn ", shape.ffn_width())},
      {"parameters", FormatInteger(response.parameters())},
      {"size", FormatCount(response.size())},
      {"tokens", FormatCount(static_cast<double>(response.tokens()))},
      {"optimal size", FormatEstimate(response.optimal_size(), FormatCount)},
      {"optimal tokens",
       FormatEstimate(response.optimal_tokens(), FormatCount)},
      {"loss", FormatEstimate(response.loss(), FormatLoss)},
      {"aspect ratio", FormatRatio(response.aspect_ratio())},
      {"law", response.law()},
      {"method", response.method()}};
  if (response.has_decode_seconds()) {
    fields.emplace_back("a decoded token",
                        absl::StrFormat("%.3g ms, by the shape cards",
                                        1e3 * response.decode_seconds()));
  }
  PrintFields(fields, std::cout);
  std::vector<LawFigure> figures;
  for (const v1::LawFigure& figure : response.figures()) {
    figures.push_back(FromProto(figure));
  }
  if (!figures.empty()) {
    PrintFigures("AT THE OPTIMUM", figures, response.loss().level(), std::cout);
  }
  std::vector<PricedShape> shapes;
  for (const v1::PricedShape& shape : response.shapes()) {
    shapes.push_back(FromProto(shape));
  }
  PrintPricedShapes(shapes, std::cout);
  PrintWarnings(response.warnings(), response.basis());
  return absl::OkStatus();
}

// What the runs of a file say of latency; FitDecodeLatency's errors.
absl::StatusOr<DecodeLatency> LatencyOfRuns(const RunTable& table,
                                            const ShapeFamily& family) {
  std::vector<MeasuredDecode> measured;
  for (size_t i = 0; i < table.decode_seconds.size(); ++i) {
    if (std::isnan(table.decode_seconds[i])) continue;
    measured.push_back(
        {family.At(std::llround(table.depth[i]), std::llround(table.width[i])),
         table.decode_seconds[i]});
  }
  return FitDecodeLatency(measured);
}

// Predicts from the runs of a file.
absl::Status PredictFile(const CommandContext& context,
                         const PredictFlags& flags) {
  const v1::PredictShapeRequest& request = flags.request;
  if (request.target_flops() == 0) {
    return UsageError("predict --input needs --compute, training FLOPs");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const RunTable table, ReadRunTable(flags.runs));
  const bool shapes = !table.width.empty() && !table.depth.empty();
  PredictLawOptions options;
  ISOSHAPE_ASSIGN_OR_RETURN(
      options.fit, ToLawOptions(flags.how,
                                FindLaw(flags.law).value_or(
                                    shapes ? Law::kShape : Law::kParametric),
                                table.rows()));
  if (flags.constraint == "flops") {
    options.fit.constraint = ComputeConstraint::kFlops;
  }
  options.flops = request.target_flops();
  ISOSHAPE_ASSIGN_OR_RETURN(options.family, ShapeFamilyOfFlags(flags.shape));
  options.family.max_parameters = request.max_parameters();
  options.family.max_memory_bytes = request.max_memory_bytes();
  options.family.tokens_per_step = flags.tokens_per_step;
  options.family.max_decode_seconds = request.max_decode_seconds();
  options.choices = flags.choices;
  if (options.fit.law == Law::kParametric && options.family.Limited()) {
    return UsageError(
        "limits are those of shapes: --max-params, --max-memory and "
        "--max-decode-seconds need the columns width and depth and --law "
        "shape");
  }
  if (shapes && !table.decode_seconds.empty()) {
    absl::StatusOr<DecodeLatency> latency =
        LatencyOfRuns(table, options.family);
    if (latency.ok()) {
      options.family.latency = *std::move(latency);
    } else if (request.max_decode_seconds() > 0) {
      return latency.status();
    }
  } else if (request.max_decode_seconds() > 0) {
    return UsageError(
        "--max-decode-seconds needs the column decode_seconds, seconds for one "
        "decoded token of the runs that were measured");
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const LawPrediction prediction,
                            PredictByLaw(table, options));
  if (context.json()) {
    std::cout << PredictionToJson(prediction).dump(2) << '\n';
  } else {
    PrintPrediction(prediction, std::cout);
  }
  return absl::OkStatus();
}

absl::Status Predict(const CommandContext& context, const PredictFlags& flags) {
  if (flags.runs.given() != flags.campaign.campaign.empty()) {
    return UsageError(
        "predict takes the runs of a campaign (isoshape predict c1) or of a "
        "file (isoshape predict --input runs.csv --compute 1e21), one of them");
  }
  if (flags.runs.given()) return PredictFile(context, flags);
  ISOSHAPE_RETURN_IF_ERROR(CheckForCampaign(flags.how));
  return PredictCampaign(context, flags);
}

}  // namespace

void RegisterPredict(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "predict",
      "Best shape at a compute of your choice, from a campaign or a file",
      "isoshape predict c1\n"
      "isoshape predict c1 --target 1e14 --max-parameters 2000000\n"
      "isoshape predict --input runs.csv --compute 1e21\n"
      "isoshape predict --input runs.csv --compute 1e21 --size flops "
      "--head-dim 128 --vocab 50304 --context 2048");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<PredictFlags>();
  CLI::Option* campaign = AddCampaignFlags(*command, context, flags->campaign);
  CLI::Option* input = AddRunTableFlags(*command, flags->runs);
  using Request = v1::PredictShapeRequest;
  AddField(*command, "--target,--compute", &Request::set_target_flops,
           flags->request,
           "Compute to predict for, FLOPs (default: the campaign's target)")
      ->check(PositiveNumber());
  AddField(*command, "--max-parameters,--max-params",
           &Request::set_max_parameters, flags->request, "Most parameters")
      ->check(PositiveNumber());
  AddField(*command, "--max-memory-bytes,--max-memory",
           &Request::set_max_memory_bytes, flags->request,
           "Most training memory, bytes")
      ->check(PositiveNumber());
  AddField(*command, "--max-decode-seconds", &Request::set_max_decode_seconds,
           flags->request,
           "Most seconds for one decoded token, by a model fitted to the "
           "measured shapes")
      ->check(PositiveNumber());
  command
      ->add_option("--max-budget", flags->max_budget,
                   "Use only a campaign's budgets up to this, FLOPs")
      ->check(PositiveNumber())
      ->needs(campaign);
  const std::string group = "Runs of a file";
  command
      ->add_option("--law", flags->law,
                   "Law to predict by (default: shape where width and depth "
                   "are known)")
      ->check(CLI::IsMember({"parametric", "shape"}))
      ->needs(input)
      ->group(group);
  command
      ->add_option("--constraint", flags->constraint,
                   "What a compute buys: 6nd, C = 6 N D, or flops, as the "
                   "runs' own FLOPs say (default 6nd)")
      ->check(CLI::IsMember({"6nd", "flops"}))
      ->needs(input)
      ->group(group);
  command
      ->add_option("--choices", flags->choices,
                   "Shapes to show, the runners-up with what they cost "
                   "(default 5)")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--tokens-per-step", flags->tokens_per_step,
                   "Tokens of one step, for --max-memory (default 2048)")
      ->check(PositiveNumber())
      ->needs(input)
      ->group(group);
  AddLawFlags(*command, flags->how, input);
  AddShapeFamilyFlags(*command, flags->shape);
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Predict(context, *flags); };
  });
}

}  // namespace isoshape
