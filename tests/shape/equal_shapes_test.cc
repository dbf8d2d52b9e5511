#include "shape/equal_shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "shape/accounting.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

SearchSpace SmallSpace() {
  SearchSpace space;
  space.base.head_dim = 16;
  space.base.vocab = 256;
  space.base.context = 128;
  return space;
}

double Apart(double a, double b) { return std::max(a / b, b / a) - 1; }

double FlopsApart(const Shape& a, const Shape& b) {
  return Apart(TrainingFlopsPerToken(a), TrainingFlopsPerToken(b));
}

double ParamsApart(const Shape& a, const Shape& b) {
  return Apart(static_cast<double>(CountParameters(a).total()),
               static_cast<double>(CountParameters(b).total()));
}

TEST(EqualShapes, AgreeInBothWithTheReferenceAndWithEachOther) {
  const SearchSpace space = SmallSpace();
  Shape reference = ShapeInSpace(space, 8, 128);
  reference.ffn_width = 768;  // which leaves room for lower depths
  std::vector<Shape> shapes = {reference};
  for (const int64_t depth : {4, 6, 12, 16}) {
    const auto solved =
        EqualShape(space, reference, depth, {.flops = true, .params = true});
    ASSERT_TRUE(std::holds_alternative<Shape>(solved))
        << depth << ": " << std::get<std::string>(solved);
    const Shape& shape = std::get<Shape>(solved);
    EXPECT_EQ(shape.depth, depth);
    EXPECT_EQ(shape.width % 16, 0);
    EXPECT_EQ(shape.heads * shape.head_dim, shape.width);
    EXPECT_EQ(ShapeProblem(shape), "");
    shapes.push_back(shape);
  }
  for (const Shape& a : shapes) {
    for (const Shape& b : shapes) {
      EXPECT_LE(FlopsApart(a, b), 0.01)
          << ShapeLabel(a) << " and " << ShapeLabel(b);
      EXPECT_LE(ParamsApart(a, b), 0.01)
          << ShapeLabel(a) << " and " << ShapeLabel(b);
    }
  }
  EXPECT_EQ(EqualityProblem(shapes, {.flops = true, .params = true}), "");
}

TEST(EqualShapes, ByOneQuantityKeepTheUsualFfnWidth) {
  const SearchSpace space = SmallSpace();
  const Shape reference = ShapeInSpace(space, 4, 128);
  for (const int64_t depth : {1, 2, 16, 64}) {
    const auto solved = EqualShape(space, reference, depth, {.params = true});
    ASSERT_TRUE(std::holds_alternative<Shape>(solved)) << depth;
    const Shape& shape = std::get<Shape>(solved);
    EXPECT_LE(ParamsApart(shape, reference), 0.01);
    const double change = static_cast<double>(shape.ffn_width) /
                          static_cast<double>(shape.width) / (344.0 / 128);
    EXPECT_GT(change, 0.6) << depth;
    EXPECT_LT(change, 1.7) << depth;
  }
}

TEST(EqualShapes, AMultipleOfAsMuchAsPossible) {
  const SearchSpace space = SmallSpace();
  // One per cent of so large a shape leaves room for multiples of 8.
  const auto solved =
      EqualShape(space, ShapeInSpace(space, 4, 1024), 8, {.params = true});
  ASSERT_TRUE(std::holds_alternative<Shape>(solved));
  EXPECT_EQ(std::get<Shape>(solved).ffn_width % 8, 0);
}

TEST(EqualShapes, SaysWhichIsNearestIfThereIsNone) {
  const SearchSpace space = SmallSpace();
  const auto solved = EqualShape(space, ShapeInSpace(space, 8, 128), 1,
                                 {.flops = true, .params = true});
  ASSERT_TRUE(std::holds_alternative<std::string>(solved));
  const std::string& problem = std::get<std::string>(solved);
  EXPECT_THAT(problem,
              AllOf(HasSubstr("no width from 16 to 8192"), HasSubstr("depth 1"),
                    HasSubstr("8x128"), HasSubstr("the nearest, 1x")));
  EXPECT_EQ(problem.find('\n'), std::string::npos);
}

TEST(EqualityProblem, NamesTheTwoShapesAndTheirFigures) {
  const SearchSpace space = SmallSpace();
  const std::vector<Shape> shapes = {ShapeInSpace(space, 4, 128),
                                     ShapeInSpace(space, 8, 128),
                                     ShapeInSpace(space, 6, 128)};
  EXPECT_THAT(EqualityProblem(shapes, {.params = true}),
              AllOf(HasSubstr("shapes 4x128 and 8x128 are to have equal "
                              "parameters and have "),
                    HasSubstr("8.572e+05 and 1.649e+06, 92.34 % apart")));
  EXPECT_EQ(EqualityProblem(shapes, {}), "");
  EXPECT_EQ(EqualityProblem({}, {.flops = true}), "");
}

TEST(EqualityProblem, OnePerCentIsEqual) {
  const SearchSpace space = SmallSpace();
  Shape a = ShapeInSpace(space, 8, 256);
  Shape b = a;
  b.ffn_width += 8;
  ASSERT_LT(ParamsApart(a, b), 0.01);
  EXPECT_EQ(EqualityProblem({a, b}, {.params = true}), "");
  b.ffn_width = a.ffn_width + 24;
  ASSERT_GT(ParamsApart(a, b), 0.01);
  EXPECT_NE(EqualityProblem({a, b}, {.params = true}), "");
}

}  // namespace
}  // namespace isoshape
