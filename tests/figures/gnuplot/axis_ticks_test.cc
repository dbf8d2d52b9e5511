#include "figures/drawing/axis_ticks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::FigureAxis Axis(double min, double max, bool log) {
  v1::FigureAxis axis;
  axis.set_label("N");
  axis.set_min(min);
  axis.set_max(max);
  axis.set_log(log);
  return axis;
}

std::vector<std::string> Labels(const v1::FigureAxis& axis, int wanted) {
  std::vector<std::string> labels;
  for (const AxisTick& tick : DrawAxis(axis, wanted).ticks) {
    if (!tick.minor) labels.push_back(tick.label);
  }
  return labels;
}

TEST(AxisTicksTest, LabelsOfLogAxesAreRoundNumbers) {
  EXPECT_THAT(Labels(Axis(6e3, 6e5, true), 6),
              ElementsAre("10k", "20k", "50k", "100k", "200k", "500k"));
  EXPECT_THAT(Labels(Axis(8e10, 2e13, true), 4),
              ElementsAre("10¹¹", "10¹²", "10¹³"));
  EXPECT_THAT(Labels(Axis(1e-4, 1e-2, true), 3),
              ElementsAre("0.0001", "0.001", "0.01"));
  // Two decades of twenty.
  EXPECT_THAT(Labels(Axis(1, 1e20, true), 3),
              ElementsAre("10⁰", "10⁷", "10¹⁴"));
}

TEST(AxisTicksTest, ALogAxisOfLessThanADecadeHasLabelsToo) {
  EXPECT_THAT(Labels(Axis(1.9, 3.2, true), 5),
              ElementsAre("2.0", "2.5", "3.0"));
  EXPECT_THAT(Labels(Axis(22e3, 29e3, true), 5),
              ElementsAre("22k", "24k", "26k", "28k"));
}

TEST(AxisTicksTest, LinearLabelsHaveTheDigitsOfTheirStep) {
  EXPECT_THAT(Labels(Axis(2.3, 3.05, false), 5),
              ElementsAre("2.4", "2.6", "2.8", "3.0"));
  EXPECT_THAT(Labels(Axis(0, 0.012, false), 4),
              ElementsAre("0", "0.005", "0.010"));
  EXPECT_THAT(Labels(Axis(-1, 1, false), 4),
              ElementsAre("-1.0", "-0.5", "0", "0.5", "1.0"));
}

TEST(AxisTicksTest, TimesSayTheirDayOnce) {
  v1::FigureAxis axis = Axis(1.79e9, 1.79e9 + 5400, false);
  axis.set_time(true);
  EXPECT_THAT(Labels(axis, 4), ElementsAre("14:30", "15:00", "15:30"));
  EXPECT_EQ(DrawAxis(axis, 4).label, "N, 2026-09-21 (UTC)");
  axis.set_max(1.79e9 + 30 * 86400);
  EXPECT_EQ(DrawAxis(axis, 4).label, "N");
  EXPECT_EQ(Labels(axis, 5).front(), "2026-09-24");
}

// The page's axes read the same table in their test.
TEST(AxisTicksTest, PlacesAreTheSameInEveryRenderer) {
  std::ifstream file(ISOSHAPE_FIGURE_TICKS);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "axis\tlabel\tmin\tmax\twanted\tticks");
  int axes = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    ASSERT_EQ(cells.size(), 6u) << line;
    double min = 0;
    double max = 0;
    int wanted = 0;
    ASSERT_TRUE(absl::SimpleAtod(cells[2], &min) &&
                absl::SimpleAtod(cells[3], &max) &&
                absl::SimpleAtoi(cells[4], &wanted));
    v1::FigureAxis axis = Axis(min, max, cells[0] == "log");
    axis.set_label(cells[1]);
    axis.set_time(cells[0] == "time");
    std::vector<std::string> places;
    for (const AxisTick& tick : DrawAxis(axis, wanted).ticks) {
      if (!tick.minor) {
        places.push_back(absl::StrFormat("%.14g", tick.value + 0.0));
      }
    }
    EXPECT_EQ(absl::StrJoin(places, " "), cells[5]) << line;
    ++axes;
  }
  EXPECT_GT(axes, 10);
}

TEST(AxisTicksTest, CategoriesAreTheTicks) {
  v1::FigureAxis axis;
  axis.add_categories("approach 1");
  axis.add_categories("approach 2");
  const DrawnAxis drawn = DrawAxis(axis, 5);
  EXPECT_EQ(drawn.min, -0.5);
  EXPECT_EQ(drawn.max, 1.5);
  EXPECT_THAT(Labels(axis, 5), ElementsAre("approach 1", "approach 2"));
}

TEST(AxisTicksTest, LimitsThatCannotBeDrawnAreMended) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const bool log : {false, true}) {
    for (const auto& [min, max] : std::vector<std::pair<double, double>>{
             {0, 0}, {kNaN, kNaN}, {-kInf, kInf}, {5, 5}, {3, 1}, {-2, 4}}) {
      const DrawnAxis drawn = DrawAxis(Axis(min, max, log), 5);
      EXPECT_LT(drawn.min, drawn.max);
      EXPECT_TRUE(!log || drawn.min > 0);
      EXPECT_THAT(drawn.ticks, ::testing::Not(IsEmpty())) << min << " " << max;
    }
  }
}

}  // namespace
}  // namespace isoshape
