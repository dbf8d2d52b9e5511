#include "scaling/runs/geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "scaling/runs/size_remedy.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs along ln D = slope ln N + constant, every other one `off` times beside.
Runs Line(double slope, double off) {
  Runs runs;
  for (int i = 0; i < 8; ++i) {
    const double size = 1e7 * std::pow(2, i);
    runs.size.push_back(size);
    runs.tokens.push_back(2e8 * std::pow(size / 1e7, slope) *
                          (i % 2 == 0 ? off : 1 / off));
    runs.loss.push_back(3);
  }
  return runs;
}

TEST(RunGeometryTest, NamesALineOfSizesAndTokensAndWhatWouldTell) {
  const RunGeometry ladder = MeasureGeometry(Line(1, 1.02));
  EXPECT_NEAR(ladder.token_slope, 1, 0.02);
  EXPECT_NEAR(ladder.tokens_per_size, 20, 0.5);
  EXPECT_THAT(ladder.one_line, HasSubstr("about 20 tokens per unit of size"));
  EXPECT_THAT(ladder.one_line, HasSubstr("such as size 320M on "));
  EXPECT_THAT(MeasureGeometry(Line(0.74, 1)).one_line,
              HasSubstr("grow with their size as N^0.74"));
  // Twice and half the ratio are enough to tell.
  EXPECT_EQ(MeasureGeometry(Line(1, 2)).one_line, "");
}

// A space of sizes up to 1.5 times the middle run's was told of one twice that.
TEST(RunGeometryTest, RunsThatWouldTellAreOfSizesThatThereAre) {
  const SizeBounds bounds([](const SizeTried& tried, bool smaller) {
    return std::string(!smaller && tried.size > 2.4e8 ? "none larger" : "");
  });
  const SizeBounds::Scope scope(&bounds);
  EXPECT_THAT(MeasureGeometry(Line(1, 1.02)).one_line,
              AllOf(HasSubstr("such as size 80M on "), Not(HasSubstr("320M"))));
}

TEST(RunGeometryTest, OneBudgetIsNoLadder) {
  const RunGeometry geometry = MeasureGeometry(Line(-1, 1));
  EXPECT_EQ(geometry.one_line, "");
  EXPECT_THAT(geometry.one_budget, HasSubstr("add a second budget"));
  EXPECT_NEAR(geometry.flops_span, 1, 1e-9);
  // Nor if the FLOPs of its runs are not quite equal.
  EXPECT_EQ(MeasureGeometry(Line(-1, 1.08)).one_line, "");
  EXPECT_NE(MeasureGeometry(Line(-1, 1.08)).one_budget, "");
}

// Sizes that hardly differ, at very different tokens: a line the other way.
TEST(RunGeometryTest, NearlyOneSizeTellsNothingOfSize) {
  Runs runs = Line(0, 1);
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.size[i] = 1e8 * (1 + 0.01 * static_cast<double>(i));
    runs.tokens[i] = 1e9 * std::pow(2, (i * 5) % 8);
  }
  EXPECT_THAT(MeasureGeometry(runs).one_line,
              HasSubstr("the part of size in the loss is not seen"));
}

TEST(RunGeometryTest, AspectRatiosThatFollowSizeTellNothing) {
  Runs runs = Line(1, 2);
  for (size_t i = 0; i < runs.rows(); ++i) {
    runs.depth.push_back(std::pow(runs.size[i], 0.2));
    runs.width.push_back(std::pow(runs.size[i], 0.4));
  }
  EXPECT_THAT(MeasureGeometry(runs).one_ratio,
              HasSubstr("hardly vary at equal size"));
  for (size_t i = 0; i < runs.rows(); i += 3) runs.width[i] *= 4;
  EXPECT_EQ(MeasureGeometry(runs).one_ratio, "");
}

TEST(RunGeometryTest, CountsPlacesAndClusters) {
  Runs runs = Line(1, 2);
  runs.size.push_back(runs.size[0]);
  runs.tokens.push_back(runs.tokens[0]);
  runs.loss.push_back(3.1);
  runs.run = {"a", "a", "b", "b", "c", "c", "c", "c", "c"};
  const RunGeometry geometry = MeasureGeometry(runs);
  EXPECT_EQ(geometry.runs, 9);
  EXPECT_EQ(geometry.different, 8);
  EXPECT_EQ(geometry.clusters, 3);
}

}  // namespace
}  // namespace isoshape
