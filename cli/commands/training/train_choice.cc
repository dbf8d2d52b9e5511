#include "cli/commands/training/train_choice.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/console/command.h"
#include "cli/flags/shape_flags.h"
#include "cli/output/format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "messages/campaign/campaign_space.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/shape/shape_proto.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

// The fingerprint of the data that trials of a variant (empty: base) train on;
// empty if none has read them yet.
std::string DataOf(const v1::Campaign& campaign, const std::string& variant) {
  for (const v1::Variant& one : campaign.variants()) {
    if (one.name() == variant && !one.dataset().empty()) {
      return DataFingerprint(campaign, one.dataset());
    }
  }
  return campaign.data_fingerprint();
}

absl::StatusOr<ChosenShape> BestShape(Client& client,
                                      const v1::Campaign& campaign,
                                      const ShapeQuestion& question) {
  v1::ListBestShapesRequest request;
  request.set_top(1);
  request.set_budget_flops(question.budget);
  request.set_variant(question.variant);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::ListBestShapesResponse best,
                            client.Ask(&Client::AnalysisStub::ListBestShapes,
                                       campaign.name(), request));
  if (best.shapes().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(campaign.name(),
                     " has no best shape yet; wait for "
                     "trials to end"));
  }
  const v1::RankedShape& shape = *best.shapes().rbegin();  // the largest budget
  ChosenShape choice;
  choice.shape = FromProto(shape.shape());
  choice.budget = shape.budget_flops();
  choice.source =
      absl::StrFormat("best of %s FLOPs", FormatFlops(choice.budget));
  choice.expectation = absl::StrCat(FormatLoss(shape.validation_loss()),
                                    " in the campaign, standard error ",
                                    FormatLoss(shape.validation_loss_stderr()));
  v1::GetTrialRequest get;
  get.set_name(shape.trials(0));
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::Trial trial,
                            client.Call(&Client::CampaignStub::GetTrial, get));
  choice.fingerprint = trial.shape_card().data_fingerprint();
  return choice;
}

absl::StatusOr<ChosenShape> PredictedShape(Client& client,
                                           const v1::Campaign& campaign,
                                           const ShapeQuestion& question) {
  v1::PredictShapeRequest request;
  request.set_target_flops(question.target);
  request.set_variant(question.variant);
  ISOSHAPE_ASSIGN_OR_RETURN(const v1::PredictShapeResponse prediction,
                            client.Ask(&Client::AnalysisStub::PredictShape,
                                       campaign.name(), request));
  for (const std::string& warning : prediction.warnings()) {
    std::cerr << "warning: " << warning << '\n';
  }
  ChosenShape choice;
  choice.shape = FromProto(prediction.shape());
  choice.budget = prediction.target_flops();
  choice.source =
      absl::StrFormat("predicted for %s FLOPs", FormatFlops(choice.budget));
  choice.expectation =
      FormatEstimate(prediction.loss(), FormatLoss) + " predicted";
  choice.fingerprint = DataOf(campaign, question.variant);
  return choice;
}

absl::StatusOr<ChosenShape> NamedShape(const v1::Campaign& campaign,
                                       const ShapeQuestion& question) {
  ISOSHAPE_ASSIGN_OR_RETURN(const DepthAndWidth size,
                            ParseDepthAndWidth(question.shape));
  const SearchSpace space = SpaceOfCampaign(campaign);
  const int64_t head_dim = space.base.head_dim;
  if (size.width % head_dim != 0) {
    return UsageError(absl::StrCat("--shape ", question.shape, ": width ",
                                   size.width,
                                   " is not a multiple of the "
                                   "campaign's head_dim ",
                                   head_dim));
  }
  ChosenShape choice;
  choice.shape = ShapeInSpace(space, size.depth, size.width);
  if (const std::string problem = ShapeProblem(choice.shape);
      !problem.empty()) {
    return UsageError(absl::StrCat("--shape ", question.shape, ": ", problem));
  }
  if (question.budget <= 0 && campaign.budgets().empty()) {
    return UsageError(
        absl::StrCat(campaign.name(), " has no budgets; give --budget 2.5e11"));
  }
  choice.budget = question.budget > 0
                      ? question.budget
                      : campaign.budgets(campaign.budgets_size() - 1);
  choice.source = "given";
  choice.fingerprint = DataOf(campaign, question.variant);
  return choice;
}

}  // namespace

absl::StatusOr<ChosenShape> ChooseShape(Client& client,
                                        const v1::Campaign& campaign,
                                        const ShapeQuestion& question) {
  if (question.best) return BestShape(client, campaign, question);
  if (question.predicted) return PredictedShape(client, campaign, question);
  return NamedShape(campaign, question);
}

}  // namespace isoshape
