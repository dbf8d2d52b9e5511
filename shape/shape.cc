#include "shape/shape.h"

#include <sstream>
#include <utility>

namespace isoshape {

std::string ShapeProblem(const Shape& shape) {
  const std::pair<const char*, int64_t> positive[] = {
      {"depth", shape.depth},       {"width", shape.width},
      {"head_dim", shape.head_dim}, {"heads", shape.heads},
      {"kv_heads", shape.kv_heads}, {"ffn_width", shape.ffn_width},
      {"context", shape.context},
  };
  std::ostringstream problem;
  if (shape.heads == 0 && shape.head_dim > shape.width && shape.width > 0) {
    problem << "width " << shape.width << " is less than head_dim "
            << shape.head_dim << "; the min is " << shape.head_dim;
    return problem.str();
  }
  for (const auto& [name, value] : positive) {
    if (value < 1) {
      problem << name << " " << value << " is less than 1; give at least 1";
      return problem.str();
    }
  }
  // Max values for which no product below overflows 63 bits.
  constexpr int64_t kMax = int64_t{1} << 24;
  const std::pair<const char*, int64_t> bounded[] = {
      {"depth", shape.depth},         {"width", shape.width},
      {"heads", shape.heads},         {"head_dim", shape.head_dim},
      {"ffn_width", shape.ffn_width}, {"vocab", shape.vocab},
      {"context", shape.context},
  };
  for (const auto& [name, value] : bounded) {
    if (value > kMax) {
      problem << name << " " << value << " is too large; the max is " << kMax;
      return problem.str();
    }
  }
  if (shape.vocab < 2) {
    problem << "vocab " << shape.vocab << " is less than 2; bytes need 256";
  } else if (shape.objective == Objective::kMasked && shape.vocab < 3) {
    problem << "vocab " << shape.vocab << " is less than 3, and the masked "
            << "objective takes the last token for the mask; bytes need 257";
  } else if (shape.heads % shape.kv_heads != 0) {
    problem << "kv_heads " << shape.kv_heads << " does not divide heads "
            << shape.heads;
  } else if (shape.positions == Positions::kRope && shape.head_dim % 2 != 0) {
    problem << "head_dim " << shape.head_dim
            << " is odd, and rotary positions turn pairs; use an even one";
  }
  return problem.str();
}

std::string HeadsProblem(const Shape& shape) {
  if (shape.heads * shape.head_dim == shape.width) return "";
  std::ostringstream problem;
  problem << "width " << shape.width;
  if (shape.width % shape.head_dim != 0) {
    const int64_t below = shape.width / shape.head_dim * shape.head_dim;
    problem << " is not a multiple of head_dim " << shape.head_dim
            << "; the nearest ";
    if (below > 0) {
      problem << "are " << below << " and " << below + shape.head_dim;
    } else {
      problem << "is " << shape.head_dim;
    }
  } else {
    problem << " is not heads " << shape.heads << " x head_dim "
            << shape.head_dim << "; use " << shape.width / shape.head_dim
            << " heads";
  }
  return problem.str();
}

std::string ShapeLabel(const Shape& shape) {
  return std::to_string(shape.depth) + "x" + std::to_string(shape.width);
}

double AspectRatio(const Shape& shape) {
  return static_cast<double>(shape.width) / static_cast<double>(shape.depth);
}

}  // namespace isoshape
