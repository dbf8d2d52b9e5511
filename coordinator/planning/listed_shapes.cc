#include "coordinator/planning/listed_shapes.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "messages/campaign/campaign_space.h"
#include "messages/shape/shape_proto.h"
#include "messages/shape/shape_sizes.h"
#include "shape/equal_shapes.h"
#include "shape/search_space.h"

namespace isoshape {
namespace {

constexpr char kField[] = "algorithm.listed";

Equality EqualityOf(const v1::ListedAlgorithm& listed) {
  Equality equal;
  for (const int quantity : listed.equal()) {
    equal.flops = equal.flops || quantity == v1::ListedAlgorithm::FLOPS;
    equal.params = equal.params || quantity == v1::ListedAlgorithm::PARAMS;
  }
  return equal;
}

Shape WithOptions(const v1::Campaign& campaign, const v1::Shape& sizes) {
  v1::Shape shape = campaign.space().base();
  shape.MergeFrom(sizes);
  return FromProto(shape);
}

bool HasDepth(const v1::ListedAlgorithm& listed, int64_t depth) {
  return std::any_of(
      listed.shapes().begin(), listed.shapes().end(),
      [&](const v1::Shape& shape) { return shape.depth() == depth; });
}

// Whether there can be arithmetic with the campaign's space and the shapes.
bool CanBeSolved(const v1::Campaign& campaign) {
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  return SpaceProblem(SpaceOfCampaign(campaign)).empty() &&
         !listed.shapes().empty() &&
         ShapeProblem(WithOptions(campaign, listed.shapes(0))).empty();
}

std::variant<Shape, std::string> Solve(const v1::Campaign& campaign,
                                       int64_t depth) {
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  return EqualShape(SpaceOfCampaign(campaign),
                    WithOptions(campaign, listed.shapes(0)), depth,
                    EqualityOf(listed));
}

absl::Status CheckDepths(const v1::Campaign& campaign) {
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  if (listed.depths().empty()) return absl::OkStatus();
  if (listed.equal().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        kField, ".depths needs to know what the shapes have in common; give ",
        "equal: [flops, params], or one of the two"));
  }
  for (const int64_t depth : listed.depths()) {
    ISOSHAPE_RETURN_IF_ERROR(
        CheckInteger(absl::StrCat(kField, ".depths"), depth, 1, 1024));
    if (HasDepth(listed, depth)) continue;
    const auto solved = Solve(campaign, depth);
    const auto* const problem = std::get_if<std::string>(&solved);
    if (problem == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(
          kField, ".depths goes with one shape that the others are to agree ",
          "with, and shapes has ", listed.shapes_size(),
          "; leave the depths or all but one of the shapes out"));
    }
    return absl::InvalidArgumentError(
        absl::StrCat(kField, ".depths: ", *problem));
  }
  return absl::OkStatus();
}

}  // namespace

void FillListedShapes(v1::Campaign* campaign) {
  if (!campaign->algorithm().has_listed()) return;
  v1::ListedAlgorithm& listed =
      *campaign->mutable_algorithm()->mutable_listed();
  const SearchSpace space = SpaceOfCampaign(*campaign);
  if (!SpaceProblem(space).empty()) return;
  for (v1::Shape& shape : *listed.mutable_shapes()) {
    if (shape.depth() < 1 || shape.width() < 1) continue;
    v1::Shape filled =
        SizesOf(ToProto(ShapeInSpace(space, shape.depth(), shape.width())));
    if (shape.heads() > 0) filled.clear_kv_heads();
    filled.MergeFrom(shape);
    if (filled.kv_heads() == 0) filled.set_kv_heads(filled.heads());
    shape = filled;
  }
  if (listed.shapes_size() != 1 || listed.equal().empty() ||
      !CanBeSolved(*campaign)) {
    return;
  }
  for (const int64_t depth : listed.depths()) {
    if (depth < 1 || depth > 1024 || HasDepth(listed, depth)) continue;
    const auto solved = Solve(*campaign, depth);
    if (const auto* shape = std::get_if<Shape>(&solved)) {
      *listed.add_shapes() = SizesOf(ToProto(*shape));
    }
  }
}

absl::Status CheckListedShapes(const v1::Campaign& campaign) {
  if (!campaign.algorithm().has_listed()) return absl::OkStatus();
  const v1::ListedAlgorithm& listed = campaign.algorithm().listed();
  std::vector<Shape> shapes;
  for (int i = 0; i < listed.shapes_size(); ++i) {
    const v1::Shape& given = listed.shapes(i);
    const std::string path = absl::StrCat(kField, ".shapes[", i, "]");
    v1::Shape options = given;
    options.clear_depth();
    options.clear_width();
    options.clear_heads();
    options.clear_kv_heads();
    options.clear_ffn_width();
    if (options.ByteSizeLong() > 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, " sets more than sizes; options of shapes are in space.base, ",
          "and those that differ in variants"));
    }
    const Shape shape = WithOptions(campaign, given);
    std::string problem = ShapeProblem(shape);
    if (problem.empty()) problem = HeadsProblem(shape);
    if (!problem.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", problem));
    }
    shapes.push_back(shape);
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckDepths(campaign));
  const std::string problem = EqualityProblem(shapes, EqualityOf(listed));
  if (problem.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(kField, ".equal: ", problem));
}

}  // namespace isoshape
