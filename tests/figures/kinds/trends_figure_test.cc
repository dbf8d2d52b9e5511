#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "figures/build_figure.h"
#include "figures/parts/figure_options.h"
#include "scaling/predict/predict.h"
#include "tests/figures/figure_checks.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;
using testing::HasSubstr;

v1::Figure Draw(const Runs& runs, const v1::GetFigureRequest& request) {
  const auto figure =
      BuildFigure({.name = "campaigns/c1", .runs = &runs}, request);
  EXPECT_TRUE(figure.ok()) << figure.status();
  if (!figure.ok()) return {};
  CheckFigure(*figure);
  return *figure;
}

TEST(TrendsFigureTest, TheBandAtTheTargetIsTheIntervalThatPredictPrints) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 1);
  v1::GetFigureRequest request = RequestOf(v1::Figure::TRENDS, 200);
  request.set_target_flops(1e14);
  request.set_level(0.8);
  const v1::Figure figure = Draw(runs, request);
  ASSERT_EQ(figure.panels_size(), 4);
  const auto options = ToFigureOptions(request);
  ASSERT_TRUE(options.ok());
  const auto prediction =
      Predict(runs, {.flops = 1e14, .law = Law::kIsoflop, .fit = options->fit});
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  for (const auto& [panel, estimate] :
       {std::pair{0, prediction->size}, std::pair{1, prediction->tokens}}) {
    SCOPED_TRACE(panel);
    const auto bands = SeriesOf(figure.panels(panel), Series::UNCERTAINTY);
    ASSERT_EQ(bands.size(), 1);
    const int last = bands[0]->x_size() - 1;
    EXPECT_EQ(bands[0]->x(last), 1e14);
    EXPECT_NEAR(bands[0]->y_lower(last) / *estimate.percentile.lower, 1, 1e-9);
    EXPECT_NEAR(bands[0]->y_upper(last) / *estimate.percentile.upper, 1, 1e-9);
    const auto at = SeriesOf(figure.panels(panel), Series::PREDICTED);
    ASSERT_EQ(at.size(), 1);
    EXPECT_NEAR(at[0]->y(0) / estimate.value, 1, 1e-9);
  }
  // Of the loss the whole interval is that of a run, in picture and words.
  const auto loss = SeriesOf(figure.panels(3), Series::PREDICTED);
  ASSERT_EQ(loss.size(), 1);
  EXPECT_EQ(loss[0]->y(0), prediction->loss.value);
  EXPECT_EQ(loss[0]->y_lower(0), *prediction->loss.lower);
  EXPECT_EQ(loss[0]->y_upper(0), *prediction->loss.upper);
  EXPECT_THAT(figure.sentence(),
              HasSubstr(absl::StrFormat(
                  "have a loss of %.4f [%.4f, %.4f]", prediction->loss.value,
                  *prediction->loss.lower, *prediction->loss.upper)));
}

// A straight line of ln L* over ln C falls below a loss that has a floor.
TEST(TrendsFigureTest, TheLineOfTheLossBendsWithIt) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 1);
  v1::GetFigureRequest request = RequestOf(v1::Figure::TRENDS, 200);
  request.set_target_flops(1e14);
  const v1::Figure figure = Draw(runs, request);
  const Series& line = *SeriesOf(figure.panels(3), Series::FIT).at(0);
  const auto local = [&](int i) {
    return std::log(line.y(i + 1) / line.y(i)) /
           std::log(line.x(i + 1) / line.x(i));
  };
  EXPECT_GT(local(line.x_size() - 2), 0.97 * local(0));  // both below 0
  const auto optima = SeriesOf(figure.panels(3), Series::OPTIMUM);
  ASSERT_FALSE(optima.empty());
  for (const Series* optimum : optima) {
    const auto after =
        std::lower_bound(line.x().begin(), line.x().end(), optimum->x(0));
    const auto at = std::min<int>(static_cast<int>(after - line.x().begin()),
                                  line.x_size() - 1);
    EXPECT_NEAR(line.y(at) / optimum->y(0), 1, 0.02);
  }
}

// Another law answers there, and the trend was drawn on past the runs.
TEST(TrendsFigureTest, ATrendThatARunFarOffDrawsEndsAtTheRuns) {
  Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 1);
  v1::GetFigureRequest request = RequestOf(v1::Figure::TRENDS, 100);
  request.set_target_flops(1e14);
  const double largest = runs.budget.back();
  const auto end = [&] {
    const v1::Figure figure = Draw(runs, request);
    const Series& line = *SeriesOf(figure.panels(0), Series::FIT).at(0);
    return std::pair(line.x(line.x_size() - 1), figure);
  };
  EXPECT_NEAR(end().first / 1e14, 1, 1e-9);
  runs.loss[23] *= 1.15;
  const auto [last, figure] = end();
  EXPECT_NEAR(last / largest, 1, 1e-9);
  EXPECT_THAT(figure.warnings(), testing::Contains(HasSubstr("far off")));
}

TEST(TrendsFigureTest, TokensPerSizeIsTheRatioOfTheTrendsWithABandOfItsOwn) {
  const v1::Figure figure = Draw(DemoRuns(FlooredPowerLaw, 4, 0.003, 1),
                                 RequestOf(v1::Figure::TRENDS, 200));
  std::vector<const Series*> lines;
  for (const auto& panel : figure.panels()) {
    lines.push_back(SeriesOf(panel, Series::FIT).at(0));
  }
  for (int i = 0; i < lines[0]->x_size(); ++i) {
    EXPECT_NEAR(lines[2]->y(i) / (lines[1]->y(i) / lines[0]->y(i)), 1, 1e-9);
  }
  const auto bands = SeriesOf(figure.panels(2), Series::UNCERTAINTY);
  ASSERT_EQ(bands.size(), 1);
  for (int i = 0; i < bands[0]->x_size(); ++i) {
    EXPECT_LE(bands[0]->y_lower(i), lines[2]->y(i));
    EXPECT_GE(bands[0]->y_upper(i), lines[2]->y(i));
  }
}

TEST(TrendsFigureTest, ReferencesAreChinchillasAndKaplans) {
  const v1::Figure figure = Draw(DemoRuns(FlooredPowerLaw, 3, 0.003, 1),
                                 RequestOf(v1::Figure::TRENDS));
  const auto sizes = SeriesOf(figure.panels(0), Series::REFERENCE);
  ASSERT_EQ(sizes.size(), 2);
  // 20 tokens per unit of size, and 6 FLOPs for each of both.
  for (int i = 0; i < sizes[0]->x_size(); ++i) {
    EXPECT_NEAR(6 * 20 * std::pow(sizes[0]->y(i), 2) / sizes[0]->x(i), 1, 1e-9);
  }
  // Kaplan et al.: 1.3e9 parameters at a PF-day, growing as C^0.73.
  const double flops = sizes[1]->x(0);
  EXPECT_NEAR(sizes[1]->y(0), 1.3e9 * std::pow(flops / 8.64e19, 0.73),
              1e-6 * sizes[1]->y(0));
}

// Whoever sees an optimum sees how sure it is, and no legend names a line that
// is nowhere.
TEST(TrendsFigureTest, AxesHoldIntervalsAndReferencesOrThereAreNone) {
  const v1::Figure figure = Draw(DemoRuns(FlooredPowerLaw, 2, 0.003, 1),
                                 RequestOf(v1::Figure::TRENDS, 200));
  for (const auto& panel : figure.panels()) {
    SCOPED_TRACE(panel.title());
    const double low = panel.y().min(), high = panel.y().max();
    for (const Series* one : SeriesOf(panel, Series::OPTIMUM)) {
      ASSERT_EQ(one->y_lower_size(), 1);
      EXPECT_TRUE(one->y_lower(0) >= low || low <= one->y(0) / 3);
      EXPECT_TRUE(one->y_upper(0) <= high || high >= 3 * one->y(0));
    }
    for (const Series* one : SeriesOf(panel, Series::REFERENCE)) {
      EXPECT_GE(std::count_if(one->y().begin(), one->y().end(),
                              [&](double y) { return y >= low && y <= high; }),
                2);
    }
  }
}

// What `predict` refuses is not drawn as if it were known.
TEST(TrendsFigureTest, ARefusedTargetEndsTheTrendsAtTheLargestBudget) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 4, 0.003, 1);
  const std::string reason = "the runs do not identify the best size";
  v1::GetFigureRequest request = RequestOf(v1::Figure::TRENDS, 200);
  request.set_target_flops(1e14);
  const auto figure = BuildFigure(
      {.name = "campaigns/c1",
       .runs = &runs,
       .predict = [&](double flops, std::optional<Law> law,
                      const LawOptions&) -> absl::StatusOr<Prediction> {
         EXPECT_EQ(flops, 1e14);
         EXPECT_FALSE(law.has_value());
         return absl::FailedPreconditionError(reason);
       }},
      request);
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_TRUE(HasWarning(*figure, "not followed beyond the runs: " + reason));
  const double largest = runs.budget.back();
  for (const auto& panel : figure->panels()) {
    const auto lines = SeriesOf(panel, Series::FIT);
    ASSERT_EQ(lines.size(), 1);
    EXPECT_NEAR(lines[0]->x(lines[0]->x_size() - 1) / largest, 1, 1e-9);
    EXPECT_TRUE(SeriesOf(panel, Series::PREDICTED).empty());
    EXPECT_EQ(SeriesOf(panel, Series::TARGET).size(), 1);
  }
  EXPECT_THAT(figure->sentence(), HasSubstr("FLOPs, the largest run, the"));
  const auto& last = figure->table().rows(figure->table().rows_size() - 1);
  EXPECT_NEAR(std::stod(last.cells(0)) / largest, 1, 1e-9);
}

TEST(TrendsFigureTest, OneBudgetIsDrawnWithoutATrend) {
  const v1::Figure figure = Draw(DemoRuns(FlooredPowerLaw, 1, 0.003, 1),
                                 RequestOf(v1::Figure::TRENDS));
  EXPECT_EQ(SeriesOf(figure.panels(0), Series::OPTIMUM).size(), 1);
  EXPECT_TRUE(SeriesOf(figure.panels(0), Series::FIT).empty());
  EXPECT_TRUE(HasWarning(figure, "no trend"));
}

TEST(TrendsFigureTest, TwoRunsAreDrawnWithTheReasonWhyThereIsNoFit) {
  Runs runs;
  AddRun(1e11, 2e4, 2.5, runs);
  AddRun(1e12, 4e4, 2.3, runs);
  const v1::Figure figure = Draw(runs, RequestOf(v1::Figure::TRENDS));
  const auto edges = SeriesOf(figure.panels(0), Series::EDGE);
  ASSERT_EQ(edges.size(), 2);
  EXPECT_EQ(edges[1]->y(0), 4e4);
  EXPECT_THAT(edges[1]->labels(0), HasSubstr("an optimum needs 3"));
  EXPECT_TRUE(HasWarning(figure, "no trends: no budget has 3 sizes"));
}

}  // namespace
}  // namespace isoshape
