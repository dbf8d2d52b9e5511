#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "figures/build_figure.h"
#include "tests/figures/figure_checks.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using Series = v1::FigureSeries;

// Shapes of which every tenth is on the front.
std::vector<v1::RankedShape> Shapes(int count) {
  std::vector<v1::RankedShape> shapes;
  for (int i = 0; i < count; ++i) {
    v1::RankedShape& shape = shapes.emplace_back();
    shape.set_budget_flops(1e12);
    shape.set_decode_seconds(1e-3 * (i + 1));
    shape.set_validation_loss(i % 10 == 0 ? 4 - 1e-3 * i : 5);
    shape.mutable_shape()->set_depth(i + 1);
    shape.mutable_shape()->set_width(64);
    shape.add_trials("campaigns/c1/trials/1");
  }
  return shapes;
}

std::map<Series::Role, int> PointsByRole(const v1::Figure& figure) {
  std::map<Series::Role, int> points;
  for (const Series& series : figure.panels(0).series()) {
    if (series.mark() == Series::POINTS) {
      points[series.role()] += series.x_size();
    }
  }
  return points;
}

TEST(ParetoFigureTest, OfManyShapesTheFrontIsDrawnWholeAndOthersAreSpread) {
  Runs runs;
  AddRun(1e12, 2e4, 4, runs);
  const std::vector<v1::RankedShape> shapes = Shapes(2000);
  v1::GetFigureRequest request = RequestOf(v1::Figure::PARETO, 0);
  request.set_max_marks(500);
  const auto figure = BuildFigure(
      {.name = "campaigns/c1", .runs = &runs, .shapes = shapes}, request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  CheckFigure(*figure);
  auto points = PointsByRole(*figure);
  EXPECT_EQ(points[Series::FRONT], 200);
  EXPECT_EQ(points[Series::DOMINATED], 300);
  EXPECT_EQ(figure->drawn(), 500);
  EXPECT_EQ(figure->total(), 2000);
  EXPECT_THAT(figure->thinning(), HasSubstr("1800 shapes"));
  for (const Series& series : figure->panels(0).series()) {
    if (series.role() != Series::DOMINATED) continue;
    // A sixth of 1800, over all costs.
    EXPECT_LT(series.x(0), 0.02);
    EXPECT_GT(series.x(series.x_size() - 1), 1.98);
  }
}

TEST(ParetoFigureTest, AFrontOfMoreThanThereIsRoomForIsDrawnAlone) {
  Runs runs;
  AddRun(1e12, 2e4, 4, runs);
  const std::vector<v1::RankedShape> shapes = Shapes(2000);
  v1::GetFigureRequest request = RequestOf(v1::Figure::PARETO, 0);
  request.set_max_marks(100);
  const auto figure = BuildFigure(
      {.name = "campaigns/c1", .runs = &runs, .shapes = shapes}, request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  CheckFigure(*figure);
  auto points = PointsByRole(*figure);
  EXPECT_EQ(points[Series::FRONT], 200);
  EXPECT_EQ(points[Series::DOMINATED], 0);
}

TEST(ParetoFigureTest, FewShapesAreAllDrawn) {
  Runs runs;
  AddRun(1e12, 2e4, 4, runs);
  const std::vector<v1::RankedShape> shapes = Shapes(30);
  const auto figure =
      BuildFigure({.name = "campaigns/c1", .runs = &runs, .shapes = shapes},
                  RequestOf(v1::Figure::PARETO, 0));
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_EQ(figure->drawn(), 30);
  EXPECT_EQ(figure->thinning(), "");
}

// As ListBestShapes takes it, which gives the budget with fewer digits.
TEST(ParetoFigureTest, ABudgetMayBeGivenWithFewerDigits) {
  Runs runs;
  AddRun(1e12, 2e4, 4, runs);
  const std::vector<v1::RankedShape> shapes = Shapes(30);
  v1::GetFigureRequest request = RequestOf(v1::Figure::PARETO, 0);
  const auto drawn = [&](double budget) {
    request.set_budget_flops(budget);
    return BuildFigure(
        {.name = "campaigns/c1", .runs = &runs, .shapes = shapes}, request);
  };
  const auto near = drawn(1.0000005e12);
  ASSERT_TRUE(near.ok()) << near.status();
  EXPECT_EQ(near->drawn(), 30);
  EXPECT_EQ(drawn(1.00001e12).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ParetoFigureTest, ALimitIsALineWithinTheAxis) {
  Runs runs;
  AddRun(1e12, 2e4, 4, runs);
  const std::vector<v1::RankedShape> shapes = Shapes(30);
  v1::GetFigureRequest request = RequestOf(v1::Figure::PARETO, 0);
  request.set_max_cost(0.2);
  const auto build = [&] {
    return BuildFigure(
        {.name = "campaigns/c1", .runs = &runs, .shapes = shapes}, request);
  };
  // Without its unit it says nothing.
  EXPECT_EQ(build().status().code(), absl::StatusCode::kInvalidArgument);
  request.set_cost(v1::SHAPE_COST_DECODE_SECONDS);
  const auto figure = build();
  ASSERT_TRUE(figure.ok()) << figure.status();
  CheckFigure(*figure);
  int rules = 0;
  for (const Series& series : figure->panels(0).series()) {
    if (series.mark() != Series::RULE_X) continue;
    ++rules;
    EXPECT_EQ(series.role(), Series::TARGET);
    EXPECT_EQ(series.x(0), 0.2);
    EXPECT_EQ(series.name(), "limit 200 ms");
  }
  EXPECT_EQ(rules, 1);
  EXPECT_GE(figure->panels(0).x().max(), 0.2);
}

}  // namespace
}  // namespace isoshape
