#include "shape/equal_shapes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "shape/accounting.h"

namespace isoshape {
namespace {

// From a reference; two shapes that are this far from it on either side differ
// by kEqualTolerance.
const double kFromReference = kEqualTolerance / (2 + kEqualTolerance);
constexpr double kMaxFfnChange = 8;

struct Quantity {
  const char* name;
  double (*of)(const Shape&);
};

std::vector<Quantity> QuantitiesOf(const Equality& equal) {
  std::vector<Quantity> quantities;
  if (equal.flops) {
    quantities.push_back({"FLOPs per token", [](const Shape& shape) {
                            return TrainingFlopsPerToken(shape);
                          }});
  }
  if (equal.params) {
    quantities.push_back({"parameters", [](const Shape& shape) {
                            return static_cast<double>(
                                CountParameters(shape).total());
                          }});
  }
  return quantities;
}

double FfnRatio(const Shape& shape) {
  return static_cast<double>(shape.ffn_width) /
         static_cast<double>(shape.width);
}

Shape WithFfn(Shape shape, double ffn_width) {
  shape.ffn_width = std::max<int64_t>(1, std::llround(ffn_width));
  return shape;
}

// The ffn_width at which the quantity is `wanted`; each is linear in it.
double FfnAt(const Quantity& quantity, const Shape& shape, double wanted) {
  const double one = quantity.of(WithFfn(shape, 1));
  const double slope = quantity.of(WithFfn(shape, 2)) - one;
  return 1 + (wanted - one) / slope;
}

// The largest relative distance from the reference in any of the quantities.
double Gap(const std::vector<Quantity>& quantities, const Shape& shape,
           const Shape& reference) {
  double gap = 0;
  for (const Quantity& quantity : quantities) {
    gap = std::max(gap,
                   std::abs(quantity.of(shape) / quantity.of(reference) - 1));
  }
  return gap;
}

// Widths of the feed-forward block at which a shape agrees.
struct Stretch {
  double low = 1;
  double high = std::numeric_limits<double>::infinity();
};

Stretch AgreeingFfn(const std::vector<Quantity>& quantities, const Shape& shape,
                    const Shape& reference) {
  const double width = static_cast<double>(shape.width);
  Stretch stretch = {std::max(1.0, FfnRatio(reference) * width / kMaxFfnChange),
                     FfnRatio(reference) * width * kMaxFfnChange};
  for (const Quantity& quantity : quantities) {
    const double wanted = quantity.of(reference);
    stretch.low = std::max(
        stretch.low, FfnAt(quantity, shape, wanted * (1 - kFromReference)));
    stretch.high = std::min(
        stretch.high, FfnAt(quantity, shape, wanted * (1 + kFromReference)));
  }
  return stretch;
}

// The number in the stretch nearest to `wanted` that is a multiple of as much
// as possible; 0 if the stretch holds no whole number.
int64_t RoundFfn(const Stretch& stretch, double wanted, int64_t multiple) {
  for (int64_t step = multiple; step >= 1; step /= 2) {
    const double unit = static_cast<double>(step);
    const double first = std::ceil(stretch.low / unit - 1e-9);
    const double last = std::floor(stretch.high / unit + 1e-9);
    if (first > last) continue;
    return step *
           std::llround(std::clamp(std::round(wanted / unit), first, last));
  }
  return 0;
}

std::string NoneProblem(const std::vector<Quantity>& quantities,
                        const SearchSpace& space, const Shape& reference,
                        const Shape& nearest) {
  std::ostringstream problem;
  problem << "no width from " << MinWidth(space) << " to " << MaxWidth(space)
          << " gives depth " << nearest.depth << " the ";
  for (size_t i = 0; i < quantities.size(); ++i) {
    problem << (i > 0 ? " and " : "") << quantities[i].name;
  }
  problem << " of " << ShapeLabel(reference) << " within "
          << 100 * kEqualTolerance << " %: the nearest, " << ShapeLabel(nearest)
          << " with ffn_width " << nearest.ffn_width << ", has";
  for (size_t i = 0; i < quantities.size(); ++i) {
    problem << (i > 0 ? " and " : " ") << quantities[i].of(nearest) << " "
            << quantities[i].name << " (not " << quantities[i].of(reference)
            << ")";
  }
  problem << "; take depths nearer to " << reference.depth
          << ", another ffn_width of " << ShapeLabel(reference)
          << " (a larger one for lower depths), or equal in one of them alone";
  return problem.str();
}

}  // namespace

std::string EqualityProblem(const std::vector<Shape>& shapes,
                            const Equality& equal) {
  if (shapes.empty()) return "";
  for (const Quantity& quantity : QuantitiesOf(equal)) {
    const auto [least, most] = std::minmax_element(
        shapes.begin(), shapes.end(), [&](const Shape& a, const Shape& b) {
          return quantity.of(a) < quantity.of(b);
        });
    const double apart = quantity.of(*most) / quantity.of(*least) - 1;
    if (apart <= kEqualTolerance) continue;
    std::ostringstream problem;
    problem.precision(4);
    problem << "shapes " << ShapeLabel(*least) << " and " << ShapeLabel(*most)
            << " are to have equal " << quantity.name << " and have "
            << quantity.of(*least) << " and " << quantity.of(*most) << ", "
            << 100 * apart << " % apart, more than " << 100 * kEqualTolerance
            << " %; change a width or ffn_width, or give one of them and the "
               "depths of the others";
    return problem.str();
  }
  return "";
}

std::variant<Shape, std::string> EqualShape(const SearchSpace& space,
                                            const Shape& reference,
                                            int64_t depth,
                                            const Equality& equal) {
  const std::vector<Quantity> quantities = QuantitiesOf(equal);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Shape best, nearest;
  double best_change = kInfinity, nearest_gap = kInfinity;
  for (int64_t width = MinWidth(space); width <= MaxWidth(space);
       width += space.base.head_dim) {
    Shape shape = ShapeInSpace(space, depth, width);
    const double usual = FfnRatio(reference) * static_cast<double>(width);
    const int64_t ffn_width = RoundFfn(
        AgreeingFfn(quantities, shape, reference), usual, space.ffn_multiple);
    if (ffn_width > 0) {
      shape.ffn_width = ffn_width;
      const double change =
          std::abs(std::log(FfnRatio(shape) / FfnRatio(reference)));
      if (change < best_change) {
        best_change = change;
        best = shape;
      }
      continue;
    }
    for (const Quantity& quantity : quantities) {
      const Shape close =
          WithFfn(shape, FfnAt(quantity, shape, quantity.of(reference)));
      const double gap = Gap(quantities, close, reference);
      if (gap < nearest_gap) {
        nearest_gap = gap;
        nearest = close;
      }
    }
  }
  if (best_change < kInfinity) return best;
  return NoneProblem(quantities, space, reference, nearest);
}

}  // namespace isoshape
