#ifndef ISOSHAPE_SHAPE_SEARCH_SPACE_H_
#define ISOSHAPE_SHAPE_SEARCH_SPACE_H_

#include <cstdint>
#include <string>

#include "shape/ffn_width.h"
#include "shape/shape.h"

namespace isoshape {

// The shapes to choose from: every depth and every width within the bounds that
// is a multiple of head_dim, with heads that fill the width. Search proposes
// from it and predictions recommend from it. Units as in campaign.proto,
// SearchSpace.
struct SearchSpace {
  Shape base;  // options that all shapes share
  double ffn_ratio = 8.0 / 3.0;
  int64_t ffn_multiple = kDefaultFfnMultiple;
  // Key and value heads of the shapes whose heads are a multiple of it; the
  // others, and all if it is 0, have as many as heads.
  int64_t kv_heads = 0;
  int64_t min_depth = 1, max_depth = 64;
  int64_t min_width = 16, max_width = 8192;
  // Min tokens of a trial. 0: 20 steps.
  int64_t min_tokens = 0;
  int64_t max_parameters = 0;    // 0: no limit
  int64_t max_memory_bytes = 0;  // of training; 0: no limit
};

// Returns which bounds contradict each other or are out of range, in one line
// with values and the remedy, or an empty string. What follows expects it to be
// empty.
std::string SpaceProblem(const SearchSpace& space);

// The smallest and largest multiples of head_dim within the bounds of width.
int64_t MinWidth(const SearchSpace& space);
int64_t MaxWidth(const SearchSpace& space);

// The shape of `space` with this depth and width: heads = width / head_dim,
// ffn_width = ffn_ratio * width rounded to ffn_multiple.
Shape ShapeInSpace(const SearchSpace& space, int64_t depth, int64_t width);

// The smallest of these in every count, all of which grow with depth and width.
Shape SmallestShape(const SearchSpace& space);

// Min tokens of a trial: min_tokens, or 20 steps if that is 0.
int64_t TokenFloor(const SearchSpace& space, int64_t tokens_per_step);

// Whether the shape keeps max_parameters and max_memory_bytes.
bool WithinLimits(const SearchSpace& space, const Shape& shape,
                  int64_t tokens_per_step);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_SEARCH_SPACE_H_
