#include "scaling/allocation/size_beyond.h"

#include "absl/strings/str_cat.h"
#include "scaling/allocation/shape_choice.h"
#include "scaling/laws/weak_prior.h"
#include "scaling/runs/equal_size.h"
#include "shape/accounting.h"
#include "shape/feasible.h"

namespace isoshape {
namespace {

std::string NoneSmaller(const SearchSpace& space, const SizeTried& tried) {
  if (SizeOf(SmallestShape(space), tried.measure) * kEqualSizeFactor <
      tried.size) {
    return "";
  }
  const bool widths = MinWidth(space) > space.base.head_dim;
  const char* const flags = widths && space.min_depth > 1
                                ? "--min-depth or --min-width"
                            : widths              ? "--min-width"
                            : space.min_depth > 1 ? "--min-depth or --head-dim"
                                                  : "--head-dim or --vocab";
  return absl::StrCat("the space has none smaller: create a campaign of lower ",
                      flags);
}

std::string NoneLarger(const SearchSpace& space, int64_t tokens_per_step,
                       const SizeTried& tried) {
  const Shape largest = ShapeInSpace(space, space.max_depth, MaxWidth(space));
  if (SizeOf(largest, tried.measure) < kEqualSizeFactor * tried.size) {
    return "the space has none larger: create a campaign of higher --max-depth "
           "or --max-width";
  }
  SearchSpace unlimited = space;
  unlimited.max_parameters = unlimited.max_memory_bytes = 0;
  // The nearest shape to twice the size that the budget pays for.
  const auto feasible = [&](const SearchSpace& in) {
    const Shape wanted =
        NearestShape(in, tried.measure, 2 * tried.size, kPriorAspectRatio);
    const auto found = NearestFeasibleShape(
        in, tokens_per_step, tried.flops,
        {.size = EffectiveSize(wanted), .aspect_ratio = AspectRatio(wanted)});
    return found &&
           SizeOf(*found, tried.measure) > kEqualSizeFactor * tried.size;
  };
  if (feasible(space)) return "";
  return feasible(unlimited)
             ? "its limits of parameters and memory allow none larger: create "
               "a campaign without them"
             : "no larger one has its min tokens there: create a campaign of "
               "lower --min-tokens, or of larger --budgets";
}

}  // namespace

std::string NoSizeBeyond(const SearchSpace& space, int64_t tokens_per_step,
                         const SizeTried& tried, bool smaller) {
  if (!(tried.size > 0) || !SpaceProblem(space).empty()) return "";
  return smaller ? NoneSmaller(space, tried)
                 : NoneLarger(space, tokens_per_step, tried);
}

}  // namespace isoshape
