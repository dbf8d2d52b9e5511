#ifndef ISOSHAPE_SHAPE_EQUAL_SHAPES_H_
#define ISOSHAPE_SHAPE_EQUAL_SHAPES_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "shape/search_space.h"
#include "shape/shape.h"

namespace isoshape {

// Sets of shapes that cost the same, so that what they differ in is depth and
// width alone.

// In which the shapes of a set agree: training FLOPs per token (exact
// convention), all parameters, or both.
struct Equality {
  bool flops = false;
  bool params = false;
};

// The largest is at most this much above the smallest.
inline constexpr double kEqualTolerance = 0.01;

// Returns which two shapes do not agree, with their figures, in one line, or an
// empty string.
std::string EqualityProblem(const std::vector<Shape>& shapes,
                            const Equality& equal);

// A shape of that depth which agrees with `reference`. Free are its width,
// among those of `space`, and its ffn_width, a multiple of space.ffn_multiple
// if one agrees, else of a half of that and so on: both are linear in
// ffn_width, so each width allows one stretch of it. Of all that agree it is
// the one whose ffn_width / width is nearest to the reference's, from an eighth
// to eight times it. Any two shapes that agree with one reference agree with
// each other.
//
// Agreement in both at other depths asks for about depth * width = constant,
// since attention's FLOPs have no parameters, and ffn_width makes up for the
// rest. Returns the shape, or why there is none in one line with the nearest
// one.
std::variant<Shape, std::string> EqualShape(const SearchSpace& space,
                                            const Shape& reference,
                                            int64_t depth,
                                            const Equality& equal);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_EQUAL_SHAPES_H_
