#include "search/grid/grid_entry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "scaling/laws/weak_prior.h"
#include "search/grid/grid.h"

namespace isoshape {
namespace {

// One run may serve several budgets only if its beginning is the same at each
// of them.
absl::Status CheckSharedTrunks(const v1::Campaign& campaign) {
  const v1::Recipe& recipe = campaign.recipe();
  constexpr char kField[] = "algorithm.grid.share_trunks";
  if (campaign.budgets_size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        kField,
        " has nothing to share with one budget; give a second one or leave it "
        "out"));
  }
  if (recipe.schedule() != v1::Recipe::WSD || recipe.cooldown_fraction() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        kField,
        " needs a constant rate to branch off and a cooldown; use the schedule "
        "wsd and a recipe.cooldown_fraction above 0, or leave it out"));
  }
  if (recipe.batch_exponent() != 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s needs the same batch at every budget and recipe.batch_exponent is "
        "%g; set it to 0, or leave %s out",
        kField, recipe.batch_exponent(), kField));
  }
  return absl::OkStatus();
}

GridOptions OptionsOf(const v1::GridAlgorithm& grid) {
  return {.sizes = grid.sizes(),
          .aspect_ratios = grid.aspect_ratios(),
          .center_aspect_ratio = grid.center_aspect_ratio(),
          .aspect_ratio_step = grid.aspect_ratio_step(),
          .size_range = grid.size_range(),
          .center_size = grid.center_size(),
          .share_trunks = grid.share_trunks()};
}

}  // namespace

void FillGridDefaults(const v1::Campaign& campaign, v1::Algorithm* algorithm) {
  const GridOptions defaults;
  v1::GridAlgorithm filled;
  filled.set_sizes(defaults.sizes);
  filled.set_aspect_ratios(defaults.aspect_ratios);
  filled.set_center_aspect_ratio(defaults.center_aspect_ratio);
  filled.set_aspect_ratio_step(defaults.aspect_ratio_step);
  filled.set_size_range(defaults.size_range);
  if (campaign.budgets_size() > 0 && campaign.budgets(0) > 0) {
    filled.set_center_size(PriorSize(campaign.budgets(0)));
  }
  filled.MergeFrom(algorithm->grid());
  *algorithm->mutable_grid() = std::move(filled);
}

absl::Status CheckGrid(const v1::Campaign& campaign) {
  const v1::GridAlgorithm& grid = campaign.algorithm().grid();
  ISOSHAPE_RETURN_IF_ERROR(
      CheckInteger("algorithm.grid.sizes", grid.sizes(), 3, 1000));
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger("algorithm.grid.aspect_ratios",
                                        grid.aspect_ratios(), 1, 100));
  ISOSHAPE_RETURN_IF_ERROR(CheckPositive("algorithm.grid.center_aspect_ratio",
                                         grid.center_aspect_ratio()));
  ISOSHAPE_RETURN_IF_ERROR(CheckAboveOne("algorithm.grid.aspect_ratio_step",
                                         grid.aspect_ratio_step()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckAboveOne("algorithm.grid.size_range", grid.size_range()));
  ISOSHAPE_RETURN_IF_ERROR(
      CheckPositive("algorithm.grid.center_size", grid.center_size()));
  return grid.share_trunks() ? CheckSharedTrunks(campaign) : absl::OkStatus();
}

int64_t GridShapes(const v1::Algorithm& algorithm) {
  return int64_t{algorithm.grid().sizes()} * algorithm.grid().aspect_ratios();
}

std::unique_ptr<SearchAlgorithm> MakeGrid(const v1::Algorithm& algorithm) {
  return std::make_unique<GridSearch>(OptionsOf(algorithm.grid()));
}

absl::StatusOr<Outlook> ExpectOfGrid(const v1::Algorithm& algorithm,
                                     const SearchProblem& problem) {
  return GridSearch(OptionsOf(algorithm.grid())).Expect(problem);
}

}  // namespace isoshape
