#include "shape/search_space.h"

#include <algorithm>
#include <sstream>

#include "shape/accounting.h"

namespace isoshape {
namespace {

constexpr int64_t kDefaultFloorSteps = 20;

}  // namespace

std::string SpaceProblem(const SearchSpace& space) {
  std::ostringstream problem;
  if (space.min_depth < 1 || space.max_depth < space.min_depth) {
    problem << "depth bounds " << space.min_depth << " to " << space.max_depth
            << " hold no depth; give 1 <= min_depth <= max_depth";
  } else if (space.base.head_dim < 1) {
    problem << "head_dim " << space.base.head_dim
            << " is less than 1; give at least 1";
  } else if (MinWidth(space) > MaxWidth(space)) {
    problem << "width bounds " << space.min_width << " to " << space.max_width
            << " hold no multiple of head_dim " << space.base.head_dim
            << "; raise max_width to at least " << MinWidth(space);
  } else if (!(space.ffn_ratio > 0) || space.ffn_ratio > 1024) {
    problem << "ffn_ratio " << space.ffn_ratio
            << " is not within (0, 1024]; 8/3 or 4 are usual";
  } else if (space.ffn_multiple < 1) {
    problem << "ffn_multiple " << space.ffn_multiple
            << " is less than 1; 8 is usual";
  } else {
    return ShapeProblem(SmallestShape(space));
  }
  return problem.str();
}

int64_t MinWidth(const SearchSpace& space) {
  const int64_t head_dim = space.base.head_dim;
  const int64_t width = std::max(space.min_width, head_dim);
  return (width + head_dim - 1) / head_dim * head_dim;
}

int64_t MaxWidth(const SearchSpace& space) {
  return space.max_width / space.base.head_dim * space.base.head_dim;
}

Shape ShapeInSpace(const SearchSpace& space, int64_t depth, int64_t width) {
  Shape shape = space.base;
  shape.depth = depth;
  shape.width = width;
  shape.heads = width / shape.head_dim;
  const bool grouped = space.kv_heads > 0 && shape.heads % space.kv_heads == 0;
  shape.kv_heads = grouped ? space.kv_heads : shape.heads;
  shape.ffn_width = FfnWidth(width, space.ffn_ratio, space.ffn_multiple);
  return shape;
}

Shape SmallestShape(const SearchSpace& space) {
  return ShapeInSpace(space, space.min_depth, MinWidth(space));
}

int64_t TokenFloor(const SearchSpace& space, int64_t tokens_per_step) {
  return space.min_tokens > 0 ? space.min_tokens
                              : kDefaultFloorSteps * tokens_per_step;
}

bool WithinLimits(const SearchSpace& space, const Shape& shape,
                  int64_t tokens_per_step) {
  return (space.max_parameters == 0 ||
          CountParameters(shape).total() <= space.max_parameters) &&
         (space.max_memory_bytes == 0 ||
          EstimateTrainingMemory(shape, tokens_per_step).total() <=
              space.max_memory_bytes);
}

}  // namespace isoshape
