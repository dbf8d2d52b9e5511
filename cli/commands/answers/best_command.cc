#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/commands.h"
#include "cli/console/client.h"
#include "cli/console/command.h"
#include "cli/flags/analysis_flags.h"
#include "cli/output/best_output.h"
#include "cli/output/law_output.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "isoshape/v1/analysis_service.pb.h"
#include "messages/shape/shape_limits.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {
namespace {

struct BestFlags {
  CampaignFlags campaign;
  v1::ListBestShapesRequest request;
  bool pareto = false;
};

// The most that may be asked for of a budget.
constexpr int kMaxShapes = 100;

// Why there is no shape: none was measured, or none fits.
void PrintNone(const BestFlags& flags) {
  const v1::ListBestShapesRequest& request = flags.request;
  std::cout << "no shape"
            << (request.budget_flops() > 0
                    ? absl::StrFormat(" at %s FLOPs",
                                      FormatFlops(request.budget_flops()))
                    : "")
            << (HasLimits(request)
                    ? " that has been measured is within the limits; raise "
                      "them, or leave them out to see what there is\n"
                    : " has been measured yet\n");
}

// `isoshape train` asks for the best shape anew, without limits.
void PrintNext(const BestFlags& flags,
               const v1::ListBestShapesResponse& response) {
  const v1::ListBestShapesRequest& request = flags.request;
  if (response.shapes().empty() || HasLimits(request)) return;
  const double budget = request.budget_flops();
  PrintNextTraining(flags.campaign.campaign,
                    budget > 0
                        ? absl::StrCat("--best --budget ", BudgetText(budget))
                        : "--best",
                    flags.campaign.variant, std::cout);
}

absl::Status Best(const CommandContext& context, const BestFlags& flags) {
  v1::ListBestShapesRequest request = flags.request;
  if (flags.pareto) request.set_top(kMaxShapes);
  ISOSHAPE_ASSIGN_OR_RETURN(v1::ListBestShapesResponse response,
                            AskCampaign(context, flags.campaign, request,
                                        &Client::AnalysisStub::ListBestShapes));
  if (flags.pareto) KeepParetoFront(kMaxShapes, &response);
  if (context.json()) {
    PrintJson(response);
    return absl::OkStatus();
  }
  if (response.shapes().empty()) {
    PrintNone(flags);
  } else {
    PrintBestShapes(response, std::cout);
  }
  PrintWarnings(response.warnings(), response.basis(), std::cout);
  PrintNext(flags, response);
  return absl::OkStatus();
}

}  // namespace

void RegisterBest(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      AddCommand(app, "best", "Best measured shapes of each budget",
                 "isoshape best c1\n"
                 "isoshape best c1 --top 1 --max-parameters 100000\n"
                 "isoshape best c1 --pareto --max-decode-seconds 0.01\n"
                 "isoshape best c1 --variant no-residual\n"
                 "isoshape best c1 --output=json");
  // Lives as long as the callbacks that hold it.
  const auto flags = std::make_shared<BestFlags>();
  AddCampaignFlags(*command, context, flags->campaign)->required();
  AddVariantFlag(*command, flags->campaign);
  using BestRequest = v1::ListBestShapesRequest;
  CLI::Option* const top =
      AddField(*command, "--top", &BestRequest::set_top, flags->request,
               "Shapes for each budget (default 3)");
  top->transform(WholeNumber(1, kMaxShapes));
  command
      ->add_flag("--pareto", flags->pareto,
                 "The shapes of each budget that no other is as good as in "
                 "loss, parameters, memory and latency together")
      ->excludes(top);
  AddField(*command, "--budget", &BestRequest::set_budget_flops, flags->request,
           "Only this budget, FLOPs")
      ->transform(PositiveNumber());
  AddField(*command, "--max-parameters,--max-params",
           &BestRequest::set_max_parameters, flags->request,
           "Only shapes with at most this many parameters")
      ->transform(WholeNumber(1));
  AddField(*command, "--max-memory-bytes,--max-memory",
           &BestRequest::set_max_memory_bytes, flags->request,
           "Only shapes whose peak memory was measured and is at most "
           "this")
      ->transform(WholeNumber(1));
  AddField(*command, "--max-decode-seconds,--max-latency",
           &BestRequest::set_max_decode_seconds, flags->request,
           "Only shapes that were measured to decode a token in at most this")
      ->transform(PositiveSeconds());
  command->callback([flags, &context] {
    context.action = [flags, &context] { return Best(context, *flags); };
  });
}

}  // namespace isoshape
