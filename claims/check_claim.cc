#include "claims/check_claim.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "claims/cells.h"
#include "claims/judge.h"
#include "claims/pipeline.h"
#include "claims/verdict.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "messages/campaign/campaign_recipe.h"

namespace isoshape {
namespace {

absl::Status Refused(const v1::Claim& claim, absl::string_view what) {
  // A name in a file may be any text.
  return absl::InvalidArgumentError(
      OneLine(absl::StrCat("claim '", OneLine(claim.id(), 100), "': ", what)));
}

absl::Status CheckPart(const v1::Claim& claim, const v1::ClaimPart& part) {
  if (part.name().empty() || part.figure().empty()) {
    return Refused(claim, "a part needs a name and a figure");
  }
  if (!part.has_above() && !part.has_below()) {
    return Refused(claim,
                   absl::StrCat("part '", part.name(),
                                "' says neither above nor below what its "
                                "figure is if the statement holds"));
  }
  if (part.has_above() && part.has_below() && part.above() >= part.below()) {
    return Refused(
        claim, absl::StrCat("part '", part.name(), "': above ", part.above(),
                            " is not less than below ", part.below()));
  }
  for (const v1::ClaimPipeline* pipeline : PipelinesOf(part)) {
    const absl::Status measure = CellsOf({}, pipeline->measure()).status();
    if (!measure.ok()) {
      return Refused(
          claim, absl::StrCat("part '", part.name(), "': ", measure.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDesign(const v1::Claim& claim,
                         const v1::ClaimDesign& design) {
  const std::string where = absl::StrCat("design '", design.scale(), "'");
  if (design.scale().empty()) return Refused(claim, "a design has no scale");
  if (design.campaigns().empty()) {
    return Refused(claim, absl::StrCat(where, " has no campaigns"));
  }
  std::set<std::string> labels;
  for (const v1::ClaimCampaign& campaign : design.campaigns()) {
    if (!labels.insert(campaign.label()).second) {
      return Refused(claim, absl::StrCat(where, " has two campaigns labelled '",
                                         campaign.label(), "'"));
    }
    const int seeds = CampaignOf(design, campaign).seeds();
    if (seeds < kMinSeeds) {
      return Refused(
          claim, absl::StrCat(where, ": seeds ", seeds,
                              " are too few for an interval; give at least ",
                              kMinSeeds));
    }
  }
  return absl::OkStatus();
}

// Sets a number by its name; false if the message has no such field.
bool SetNumber(const std::string& name, double value,
               google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated()) return false;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      reflection.SetDouble(&message, field, value);
      return true;
    case FieldDescriptor::CPPTYPE_INT64:
      reflection.SetInt64(&message, field, static_cast<int64_t>(value));
      return true;
    case FieldDescriptor::CPPTYPE_INT32:
      reflection.SetInt32(&message, field, static_cast<int32_t>(value));
      return true;
    default:
      return false;
  }
}

// A run as it would end, with 1 for the measure.
v1::Trial RunAsIf(const v1::Shape& shape, double budget,
                  const std::string& variant, const std::string& measure) {
  v1::Trial trial;
  *trial.mutable_shape() = shape;
  trial.set_budget_flops(budget);
  trial.set_variant(variant);
  trial.set_state(v1::Trial::SUCCEEDED);
  const auto depth = static_cast<double>(shape.depth());
  const auto width = static_cast<double>(shape.width());
  trial.set_parameters(12 * shape.depth() * shape.width() * shape.width());
  trial.set_flops_per_token(72 * depth * width * width);
  v1::ShapeCard& card = *trial.mutable_shape_card();
  card.set_validation_loss(1);
  card.set_loss_floor(0);
  if (!SetNumber(measure, 1, card)) SetNumber(measure, 1, trial);
  return trial;
}

// One seed of what a design trains, as if it had been; none if its shapes are
// not said but solved for or searched.
std::optional<std::vector<ClaimRuns>> RunsAsIf(const v1::ClaimDesign& design,
                                               const std::string& measure) {
  std::vector<ClaimRuns> all;
  for (const v1::ClaimCampaign& of_design : design.campaigns()) {
    ClaimRuns runs;
    runs.label = of_design.label();
    runs.setting = of_design.setting();
    runs.campaign = CampaignOf(design, of_design);
    FillRecipeDefaults(runs.campaign.space().base().context(),
                       runs.campaign.mutable_recipe());
    const v1::ListedAlgorithm& listed = runs.campaign.algorithm().listed();
    if (listed.shapes().empty() || !listed.depths().empty()) return {};
    std::vector<std::string> variants = {""};
    for (const v1::Variant& variant : runs.campaign.variants()) {
      variants.push_back(variant.name());
    }
    for (const v1::Shape& shape : listed.shapes()) {
      for (const double budget : runs.campaign.budgets()) {
        for (const std::string& variant : variants) {
          runs.trials.push_back(RunAsIf(shape, budget, variant, measure));
        }
      }
    }
    all.push_back(std::move(runs));
  }
  return all;
}

// Whether a figure would follow from the runs of a design.
absl::Status CheckPipeline(const v1::Claim& claim, const v1::ClaimPart& part,
                           const v1::ClaimPipeline& pipeline,
                           const v1::ClaimDesign& design) {
  const auto runs = RunsAsIf(design, pipeline.measure());
  if (!runs.has_value()) return absl::OkStatus();
  // What is left counts, and not what its value is: the difference of runs that
  // are alike is 0, of which there is no ratio.
  const auto left = CellsAfter(pipeline, pipeline.steps_size(), *runs);
  const std::string where =
      absl::StrCat("part '", part.name(), "', design '", design.scale(), "': ");
  if (!left.ok()) {
    return Refused(claim, absl::StrCat(where, left.status().message()));
  }
  if (!left->empty()) return absl::OkStatus();
  for (int step = 1; step <= pipeline.steps_size(); ++step) {
    const auto cells = CellsAfter(pipeline, step, *runs);
    if (!cells.ok() || !cells->empty()) continue;
    return Refused(
        claim, absl::StrCat(where, "step ", step, " over ",
                            pipeline.steps(step - 1).over(),
                            " leaves nothing of the runs; a comparison takes "
                            "two, a slope or basin two places, a minimum or "
                            "curvature three"));
  }
  return Refused(claim, absl::StrCat(where, "the design has no runs"));
}

absl::Status CheckPipelines(const v1::Claim& claim) {
  for (const v1::ClaimDesign& design : claim.designs()) {
    for (const v1::ClaimPart& part : claim.parts()) {
      for (const v1::ClaimPipeline* pipeline : PipelinesOf(part)) {
        ISOSHAPE_RETURN_IF_ERROR(CheckPipeline(claim, part, *pipeline, design));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckClaim(const v1::Claim& claim) {
  if (claim.id().empty() || claim.statement().empty()) {
    return Refused(claim, "it needs an id and a statement");
  }
  if (claim.parts().empty()) {
    return Refused(claim, "it has no parts, so that nothing judges it");
  }
  std::set<std::string> names;
  for (const v1::ClaimPart& part : claim.parts()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckPart(claim, part));
    if (!names.insert(part.name()).second) {
      return Refused(claim,
                     absl::StrCat("two parts are named '", part.name(), "'"));
    }
  }
  if (claim.designs().empty()) {
    return Refused(claim, "it has no designs, so that nothing is trained");
  }
  for (const v1::ClaimDesign& design : claim.designs()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckDesign(claim, design));
  }
  return CheckPipelines(claim);
}

}  // namespace isoshape
