#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "figures/build_figure.h"
#include "tests/figures/figure_checks.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using Series = v1::FigureSeries;

constexpr double kBudget = 2.25e12;

double SizeAt(double depth, double width) { return 12 * depth * width * width; }

// Shapes of many sizes and ratios at three budgets, without noise.
Runs ManyShapes() {
  Runs runs;
  for (const double budget : {2.5e11, 7.5e11, kBudget}) {
    for (const double depth : {1, 2, 3, 5, 8, 12}) {
      for (const double width : {16, 32, 48, 80, 128}) {
        const double size = SizeAt(depth, width);
        AddRun(budget, size, FlooredPowerLaw(size, budget / 6 / size), runs,
               depth, width);
      }
    }
  }
  return runs;
}

TEST(HeatmapFigureTest, ALawHasLinesOfEqualLossAsFarAsSizesWereMeasured) {
  const Runs runs = ManyShapes();
  v1::GetFigureRequest request = RequestOf(v1::Figure::HEATMAP, 0);
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  const auto figure =
      BuildFigure({.name = "campaigns/c1", .runs = &runs}, request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  CheckFigure(*figure);
  double best = INFINITY;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (runs.budget[i] == kBudget) best = std::min(best, runs.loss[i]);
  }
  int lines = 0;
  for (const Series& series : figure->panels(0).series()) {
    if (series.role() != Series::FIT) continue;
    ++lines;
    EXPECT_THAT(series.name(), HasSubstr("parametric"));
    std::string label;
    for (const std::string& text : series.labels()) label += text;
    ASSERT_THAT(label, testing::StartsWith("+"));
    const double above = std::stod(label.substr(1));
    for (int i = 0; i < series.x_size(); ++i) {
      const double size = SizeAt(series.x(i), series.y(i));
      EXPECT_NEAR(FlooredPowerLaw(size, kBudget / 6 / size) - best, above,
                  0.1 * above + 0.005)
          << series.x(i) << " x " << series.y(i);
      EXPECT_GE(size, 0.99 * SizeAt(1, 16));
      EXPECT_LE(size, 1.01 * SizeAt(12, 128));
    }
  }
  EXPECT_GE(lines, 3);
}

TEST(HeatmapFigureTest, WithoutALawThereIsNoLineOfEqualLoss) {
  const Runs runs = ManyShapes();
  const auto figure = BuildFigure({.name = "campaigns/c1", .runs = &runs},
                                  RequestOf(v1::Figure::HEATMAP, 0));
  ASSERT_TRUE(figure.ok()) << figure.status();
  for (const Series& series : figure->panels(0).series()) {
    EXPECT_NE(series.role(), Series::FIT) << series.name();
  }
}

}  // namespace
}  // namespace isoshape
