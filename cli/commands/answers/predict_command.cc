#include <cmath>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "cli/commands/commands.h"
#include "cli/console/campaign_reads.h"
#include "cli/console/fit_files.h"
#include "cli/console/output_file.h"
#include "cli/flags/analysis_flags.h"
#include "cli/flags/law_flags.h"
#include "cli/flags/run_shapes.h"
#include "cli/flags/run_table_flags.h"
#include "cli/flags/shape_flags.h"
#include "cli/output/law_output.h"
#include "cli/output/prediction_output.h"
#include "common/console/one_of.h"
#include "common/status/status_macros.h"
#include "messages/analysis/law_proto.h"
#include "messages/analysis/prediction_proto.h"
#include "messages/shape/shape_limits.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/refusal.h"
#include "scaling/reports/fit_law.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"
#include "scaling/tables/run_format.h"
#include "shape/default_step.h"

namespace isoshape {
namespace {

struct PredictFlags {
  CampaignFlags campaign;
  v1::PredictShapeRequest request;  // target and limits also of a file
  RunTableFlags runs;
  std::string law;
  std::string constraint = "6nd";
  LawFlags how;
  ShapeFlags shape;
  int choices = 5;
  int64_t tokens_per_step = kDefaultTokensPerStep;
};

// What the flags ask of a campaign or of the runs of a file.
v1::PredictShapeRequest RequestOf(const PredictFlags& flags) {
  v1::PredictShapeRequest request = flags.request;
  request.set_choices(flags.choices);
  SetSharedFields(flags.how, request);
  request.set_corpus_tokens(flags.how.corpus.value_or(0));
  if (const std::optional<Law> law = FindLaw(flags.law)) {
    request.set_law(ToProto(*law));
  }
  return request;
}

// An answer, and what its N is.
struct Answer {
  v1::PredictShapeResponse prediction;
  SizeMeasure measure;
};

absl::StatusOr<Answer> PredictCampaign(const CommandContext& context,
                                       const PredictFlags& flags) {
  ISOSHAPE_RETURN_IF_ERROR(CheckForCampaign(flags.how));
  SizeMeasure measure = SizeMeasure::kFlopsPerToken;
  if (!context.json()) {  // which does not say what N is
    ISOSHAPE_ASSIGN_OR_RETURN(const std::string name,
                              CampaignArgument(flags.campaign.campaign));
    Client client(context.server);
    ISOSHAPE_ASSIGN_OR_RETURN(const ImportedTrials imported,
                              CountImported(client, name));
    if (imported.alone) measure = SizeMeasure::kParams;
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      v1::PredictShapeResponse prediction,
      AskCampaign(context, flags.campaign, RequestOf(flags),
                  &Client::AnalysisStub::PredictShape));
  return Answer{std::move(prediction), measure};
}

// The decoded tokens that the runs of a file measured.
std::vector<MeasuredDecode> MeasuredOf(const Runs& runs,
                                       const SearchSpace& space) {
  std::vector<MeasuredDecode> measured;
  for (size_t i = 0; i < runs.decode_seconds.size() && runs.has_shapes(); ++i) {
    if (std::isnan(runs.decode_seconds[i])) continue;
    measured.push_back({ShapeInSpace(space, std::llround(runs.depth[i]),
                                     std::llround(runs.width[i])),
                        runs.decode_seconds[i]});
  }
  return measured;
}

// Usage errors if the file lacks a column that a limit needs.
absl::Status CheckLimits(const v1::PredictShapeRequest& request,
                         const Runs& runs) {
  if (HasLimits(request) && !runs.has_shapes()) {
    return UsageError(
        "limits are those of shapes: --max-params, --max-memory and "
        "--max-decode-seconds need the columns width and depth");
  }
  if (request.max_decode_seconds() > 0 && runs.decode_seconds.empty()) {
    return UsageError(
        "--max-decode-seconds needs the column decode_seconds, seconds for one "
        "decoded token of the runs that were measured");
  }
  return absl::OkStatus();
}

// What the law and the limits need of the file.
std::vector<RunColumn> ColumnsNeeded(const PredictFlags& flags) {
  const v1::PredictShapeRequest& request = flags.request;
  std::vector<RunColumn> needed = NeededColumns(flags.how, FindLaw(flags.law));
  if (HasLimits(request)) {
    needed.insert(needed.end(), {RunColumn::kWidth, RunColumn::kDepth});
  }
  if (flags.constraint == "flops") needed.push_back(RunColumn::kFlops);
  return needed;
}

// The files that the flags name beside a prediction of the runs of a file.
absl::Status WriteFiles(const PredictFlags& flags, const Runs& runs,
                        LawOptions fit, const Prediction& prediction) {
  if (!flags.how.draws.empty()) {
    ISOSHAPE_RETURN_IF_ERROR(WriteDraws(flags.how.draws, prediction.figures));
  }
  if (flags.how.residuals.empty()) return absl::OkStatus();
  // The fit that the prediction rests on, made again: it is deterministic.
  fit.law = *FindLaw(prediction.law);
  fit.resamples = 0;
  fit.resampling.reset();
  // It was of a law that was not chosen.
  if (!CheckTakes(fit.law, fit).ok()) {
    fit.tie_exponents = false;
    fit.free_gamma = false;
    fit.fixed_e.reset();
    fit.loss = RobustLoss();
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const LawReport report, FitLaw(runs, fit));
  return WriteResiduals(flags.how.residuals, report);
}

// The run of which the loss is asked.
void AddRunQuestion(CLI::App& command, v1::PredictShapeRequest& request) {
  const auto add = [&](const char* flag, const char* description,
                       const auto& set) {
    command
        .add_option_function<double>(
            flag, [&request, set](double value) { set(request, value); },
            description)
        ->transform(PositiveNumber());
  };
  using Request = v1::PredictShapeRequest;
  add("--at-size",
      "Ask for the loss of a run of this size (or of --at-depth and "
      "--at-width) on --at-tokens instead of an optimum",
      [](Request& to, double value) { to.mutable_run()->set_size(value); });
  add("--at-tokens", "Its training tokens",
      [](Request& to, double value) { to.mutable_run()->set_tokens(value); });
  add("--at-depth", "Its layers", [](Request& to, double value) {
    to.mutable_run()->set_depth(std::llround(value));
  });
  add("--at-width", "Its d_model", [](Request& to, double value) {
    to.mutable_run()->set_width(std::llround(value));
  });
}

// What is asked of the runs of a file; notes about them go to `file`.
absl::StatusOr<PredictionQuestion> QuestionOf(const PredictFlags& flags,
                                              RunFile& file, const Runs& runs) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      LawOptions fit, ToLawOptions(flags.how, Law::kParametric, runs.rows()));
  ISOSHAPE_ASSIGN_OR_RETURN(const ShapeFlags family,
                            WithFamilyOfRuns(flags.shape, file, runs));
  ISOSHAPE_ASSIGN_OR_RETURN(SearchSpace space, SearchSpaceOfFlags(family));
  v1::PredictShapeRequest request = RequestOf(flags);
  space.max_parameters = request.max_parameters();
  space.max_memory_bytes = request.max_memory_bytes();
  request.clear_resamples();  // a file may have more, or none: see `fit`
  ISOSHAPE_ASSIGN_OR_RETURN(PredictionQuestion question,
                            ToQuestion(request, space));
  question.fit = std::move(fit);
  if (flags.constraint == "flops") {
    question.fit.constraint = ComputeConstraint::kFlops;
  }
  question.candidates.tokens_per_step = flags.tokens_per_step;
  question.measured = MeasuredOf(runs, question.candidates.space);
  return question;
}

absl::StatusOr<Answer> PredictFile(const PredictFlags& flags) {
  const v1::PredictShapeRequest& request = flags.request;
  if (request.target_flops() == 0 && !request.has_run() &&
      request.target_loss() == 0) {
    return UsageError(
        "predict --input needs --compute, training FLOPs, a loss to reach, "
        "--target-loss, or a run, --at-size and --at-tokens");
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckOutputs(
      flags.runs.input,
      {{"--residuals", flags.how.residuals}, {"--draws", flags.how.draws}}));
  ISOSHAPE_ASSIGN_OR_RETURN(RunFile file,
                            ReadRunTable(flags.runs, ColumnsNeeded(flags)));
  ISOSHAPE_RETURN_IF_ERROR(CheckLimits(request, file.runs));
  ISOSHAPE_ASSIGN_OR_RETURN(const Runs runs, SizedRuns(flags.how.size, file));
  ISOSHAPE_ASSIGN_OR_RETURN(PredictionQuestion question,
                            QuestionOf(flags, file, runs));
  const absl::StatusOr<Prediction> made = Predict(runs, question);
  ISOSHAPE_RETURN_IF_ERROR(AboutFile(flags.runs, made.status()));
  const Prediction& prediction = *made;
  ISOSHAPE_RETURN_IF_ERROR(WriteFiles(flags, runs, question.fit, prediction));
  v1::PredictShapeResponse response =
      ToProto(prediction, flags.tokens_per_step);
  *response.mutable_table() = ToProto(file);
  response.mutable_warnings()->Add(file.warnings.begin(), file.warnings.end());
  return Answer{std::move(response), runs.measure};
}

// `isoshape train` asks for the prediction anew, by the target alone.
void PrintNext(const PredictFlags& flags) {
  v1::PredictShapeRequest others = flags.request;
  others.clear_target_flops();
  others.clear_advise();
  if (flags.runs.given() || !flags.law.empty() || others.ByteSizeLong() > 0) {
    return;
  }
  const double target = flags.request.target_flops();
  PrintNextTraining(flags.campaign.campaign,
                    target > 0
                        ? absl::StrFormat("--predicted --target %g", target)
                        : "--predicted",
                    flags.campaign.variant, std::cout);
}

absl::Status PredictShape(const CommandContext& context,
                          const PredictFlags& flags) {
  if (flags.runs.given() != flags.campaign.campaign.empty()) {
    return UsageError(
        "predict takes the runs of a campaign (isoshape predict c1) or of a "
        "file (isoshape predict --input runs.csv --compute 1e21), one of them");
  }
  ISOSHAPE_RETURN_IF_ERROR(
      CheckVariantFlag(flags.campaign, flags.runs.given()));
  const absl::StatusOr<Answer> answer =
      flags.runs.given() ? PredictFile(flags) : PredictCampaign(context, flags);
  if (context.json() && absl::IsFailedPrecondition(answer.status())) {
    std::cout << RefusalJson(answer.status()) << '\n';
  }
  ISOSHAPE_RETURN_IF_ERROR(answer.status());
  if (context.json()) {
    PrintJson(answer->prediction);
  } else {
    PrintPrediction(answer->prediction, answer->measure,
                    HasLimits(flags.request), std::cout);
    PrintNext(flags);
  }
  return absl::OkStatus();
}

// Adds the flags of the compute, the limits and what is to be served.
void AddRequestFlags(CLI::App& command, v1::PredictShapeRequest& request) {
  using Request = v1::PredictShapeRequest;
  AddField(command, "--target,--compute", &Request::set_target_flops, request,
           "Compute to predict for, FLOPs (default: the campaign's target)")
      ->transform(PositiveNumber());
  AddField(command, "--max-parameters,--max-params",
           &Request::set_max_parameters, request, "Max parameters")
      ->transform(WholeNumber(1));
  AddField(command, "--max-memory-bytes,--max-memory",
           &Request::set_max_memory_bytes, request,
           "Max training memory, bytes")
      ->transform(WholeNumber(1));
  AddField(command, "--max-decode-seconds,--max-latency",
           &Request::set_max_decode_seconds, request,
           "Max seconds for one decoded token, by a model fitted to the "
           "measured shapes")
      ->transform(PositiveSeconds());
  AddField(command, "--tokens-per-param", &Request::set_tokens_per_size,
           request, "Overtraining: tokens per unit of size, whatever is best")
      ->transform(PositiveNumber());
  AddField(command, "--serve-tokens", &Request::set_serve_tokens, request,
           "Tokens that the compute is to serve beside the training, a third "
           "of a training token's FLOPs each")
      ->transform(PositiveNumber());
  AddField(command, "--target-loss", &Request::set_target_loss, request,
           "Ask for the compute that reaches this loss with the least FLOPs of "
           "training and serving (--serve-tokens) together, by the law "
           "parametric")
      ->transform(PositiveNumber());
  AddField(command, "--max-serve-flops", &Request::set_max_serve_flops, request,
           "With --target-loss, max FLOPs of one served token: it bounds the "
           "size")
      ->transform(PositiveNumber());
}

// Adds the flags of how it is predicted and how much of the answer is shown;
// some are of the runs of a file alone, which `input` names.
void AddAnswerFlags(CLI::App& command,
                    const std::shared_ptr<PredictFlags>& flags,
                    CLI::Option* input) {
  const std::string group = "Runs of a file";
  command
      .add_option("--law", flags->law,
                  "Law to predict by, whether the runs identify it or not "
                  "(default: the one that predicts the largest budget best "
                  "when it is left out, of those that they identify)")
      ->check(OneOf({"surface", "shape", "parametric", "isoflop", "ladder"}));
  command.add_flag_callback(
      "--anyway", [flags] { flags->request.set_anyway(true); },
      "Answer also if the compute is more than 1,000 times beyond all runs");
  command.add_flag_callback(
      "--advise", [flags] { flags->request.set_advise(true); },
      "Also name the runs that would tell most about the best size");
  command
      .add_option("--constraint", flags->constraint,
                  "What a compute buys: 6nd, C = 6 N D, or flops, as the "
                  "runs' own FLOPs say (default 6nd)")
      ->check(OneOf({"6nd", "flops"}))
      ->needs(input)
      ->group(group);
  command
      .add_option("--choices", flags->choices,
                  "Shapes to show, the runners-up with what they cost "
                  "(default 5)")
      ->transform(WholeNumber(1, 100));
  command
      .add_option("--tokens-per-step", flags->tokens_per_step,
                  "Tokens of one step, for --max-memory (default 2048)")
      ->transform(WholeNumber(1))
      ->needs(input)
      ->group(group);
}

}  // namespace

void RegisterPredict(CLI::App& app, CommandContext& context) {
  CLI::App* command = AddCommand(
      app, "predict",
      "Best shape at a compute of your choice, from a campaign or a file",
      "isoshape predict c1\n"
      "isoshape predict c1 --target 1e14 --max-parameters 2000000\n"
      "isoshape predict --input runs.csv --compute 1e21\n"
      "isoshape predict --input runs.csv --at-size 1e9 --at-tokens 2e10\n"
      "isoshape predict --input runs.csv --compute 1e21 --serve-tokens 1e12\n"
      "isoshape predict --input runs.csv --target-loss 2.1 --serve-tokens "
      "1e12\n"
      "isoshape predict --input runs.csv --compute 1e21 --size flops "
      "--head-dim 128 --vocab 50304 --context 2048");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<PredictFlags>();
  AddCampaignFlags(*command, context, flags->campaign);
  AddVariantFlag(*command, flags->campaign);
  AddImportedFlag(*command, flags->campaign.imported);
  CLI::Option* input = AddRunTableFlags(*command, flags->runs);
  AddRequestFlags(*command, flags->request);
  AddRunQuestion(*command, flags->request);
  AddAnswerFlags(*command, flags, input);
  AddLawFlags(*command, flags->how, input);
  // A campaign's request has no such fields: what they say would not count.
  for (const char* name : {"--size", "--huber-delta", "--loss", "--fixed-e"}) {
    command->get_option(name)->needs(input);
  }
  const size_t before = command->get_options().size();
  AddShapeFamilyFlags(*command, flags->shape);
  const std::vector<CLI::Option*> options = command->get_options();
  for (size_t i = before; i < options.size(); ++i) options[i]->needs(input);
  command->callback([flags, &context] {
    context.action = [flags, &context] {
      return PredictShape(context, *flags);
    };
  });
}

}  // namespace isoshape
