#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "figures/build_figure.h"
#include "figures/parts/figure_options.h"
#include "tests/figures/figure_checks.h"
#include "tests/scaling/published_data.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;
using testing::HasSubstr;

v1::Figure Draw(const FigureData& data, const v1::GetFigureRequest& request) {
  const auto figure = BuildFigure(data, request);
  EXPECT_TRUE(figure.ok()) << figure.status();
  if (!figure.ok()) return {};
  CheckFigure(*figure);
  return *figure;
}

v1::Figure Draw(const Runs& runs, int resamples = 100) {
  return Draw({.name = "campaigns/c1", .runs = &runs},
              RequestOf(v1::Figure::ISOFLOP, resamples));
}

TEST(IsoflopFigureTest, DrawsTheOptimaOfTheFitWithTheirIntervals) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.003, 1);
  const v1::Figure figure = Draw(runs);
  const auto options = ToFigureOptions(RequestOf(v1::Figure::ISOFLOP));
  ASSERT_TRUE(options.ok());
  const auto fit = FitMemo().Isoflop(runs, options->fit);
  ASSERT_TRUE(fit.ok()) << fit.status();
  const auto optima = SeriesOf(figure.panels(0), Series::OPTIMUM);
  ASSERT_EQ(optima.size(), 3);
  for (int b = 0; b < 3; ++b) {
    const BudgetOptimum& budget = (*fit)->budgets[b];
    EXPECT_EQ(optima[b]->color(), b);
    EXPECT_EQ(optima[b]->x(0), budget.size.value);
    EXPECT_EQ(optima[b]->y(0), budget.loss.value);
    EXPECT_EQ(optima[b]->x_lower(0), *budget.size.percentile.lower);
    EXPECT_EQ(optima[b]->x_upper(0), *budget.size.percentile.upper);
  }
  EXPECT_THAT(figure.sentence(), HasSubstr("N* grows as C^"));
}

TEST(IsoflopFigureTest, TheBandOfACurveHoldsTheCurve) {
  const v1::Figure figure = Draw(DemoRuns(FlooredPowerLaw, 2, 0.003, 1));
  const auto bands = SeriesOf(figure.panels(0), Series::UNCERTAINTY);
  const auto curves = SeriesOf(figure.panels(0), Series::FIT);
  ASSERT_EQ(bands.size(), 2);
  for (int b = 0; b < 2; ++b) {
    ASSERT_EQ(bands[b]->x_size(), curves[b]->x_size());
    bool wide = false;
    for (int i = 0; i < bands[b]->x_size(); ++i) {
      EXPECT_LE(bands[b]->y_lower(i), curves[b]->y(i));
      EXPECT_GE(bands[b]->y_upper(i), curves[b]->y(i));
      wide = wide || bands[b]->y_upper(i) > bands[b]->y_lower(i);
    }
    EXPECT_TRUE(wide);
  }
}

TEST(IsoflopFigureTest, ABudgetWhoseBestIsAtTheEndIsAnEdgeAndSaysWhy) {
  Runs runs;
  for (const double budget : {1e11, 1e12}) {
    for (const double size : {1e4, 2e4, 4e4, 8e4}) {
      AddRun(budget, size, 9 - 0.1 * std::log(size * budget), runs);
    }
  }
  const v1::Figure figure = Draw(runs);
  const auto edges = SeriesOf(figure.panels(0), Series::EDGE);
  ASSERT_EQ(edges.size(), 2);
  EXPECT_EQ(edges[0]->x(0), 8e4);
  EXPECT_THAT(edges[0]->labels(0), HasSubstr("run larger sizes"));
  EXPECT_THAT(SeriesOf(figure.panels(0), Series::OPTIMUM), testing::IsEmpty());
  EXPECT_THAT(figure.sentence(), HasSubstr("0 of 2 budgets"));
}

TEST(IsoflopFigureTest, OneRunIsDrawnThoughThereIsNoFit) {
  Runs runs;
  AddRun(1e11, 2e4, 2.5, runs);
  const v1::Figure figure = Draw(runs);
  const auto measured = SeriesOf(figure.panels(0), Series::MEASURED);
  ASSERT_EQ(measured.size(), 1);
  EXPECT_EQ(measured[0]->x(0), 2e4);
  EXPECT_EQ(measured[0]->y(0), 2.5);
  EXPECT_TRUE(HasWarning(figure, "no budget has 3 sizes"));
  EXPECT_THAT(figure.sentence(), HasSubstr("2.5000"));
}

TEST(IsoflopFigureTest, WithoutARunOrABudgetItSaysWhatToAdd) {
  Runs runs;
  EXPECT_EQ(BuildFigure({.name = "runs.csv", .runs = &runs},
                        RequestOf(v1::Figure::ISOFLOP))
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
  AddRun(1e11, 2e4, 2.5, runs);
  runs.budget.clear();
  const auto figure = BuildFigure({.name = "runs.csv", .runs = &runs},
                                  RequestOf(v1::Figure::ISOFLOP));
  EXPECT_EQ(figure.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(figure.status().message(), HasSubstr("--column budget=NAME"));
}

TEST(IsoflopFigureTest, SizesTriedAreBarsAndNoLinesOfABudgetOfTwoSizes) {
  Runs runs;
  AddRun(1e11, 2e4, 2.5, runs);
  AddRun(1e11, 8e4, 2.5, runs);
  AddRun(1e12, 5e4, 2.3, runs);
  AddRun(1e12, 4e5, 2.3, runs);
  const v1::Figure figure = Draw(runs);
  const v1::FigurePanel& panel = figure.panels(0);
  const auto ranges = SeriesOf(panel, Series::SAMPLED);
  ASSERT_EQ(ranges.size(), 2);
  for (const Series* range : ranges) {
    EXPECT_EQ(range->mark(), Series::CELLS);
    EXPECT_EQ(range->x_size(), 0);
    // Below whatever was measured, within the panel.
    EXPECT_GT(range->y_lower(0), panel.y().min());
    EXPECT_LT(range->y_upper(0), 2.3);
  }
  EXPECT_EQ(ranges[0]->x_lower(0), 2e4);
  EXPECT_EQ(ranges[0]->x_upper(0), 8e4);
  EXPECT_EQ(ranges[1]->x_upper(0), 4e5);
  EXPECT_LT(ranges[0]->y_upper(0), ranges[1]->y_lower(0));
  for (const Series& series : panel.series()) {
    EXPECT_NE(series.mark(), Series::LINE) << series.name();
  }
}

TEST(IsoflopFigureTest, SeedsAreDrawnWithTheirMeanAndItsError) {
  Runs runs = DemoRuns(FlooredPowerLaw, 1, 0, 1);
  const double loss = runs.loss[3];
  RepeatRun(3, runs);
  runs.loss[3] = loss + 0.01;
  runs.loss.back() = loss - 0.01;
  runs.loss_stderr.push_back(0.003);
  const v1::Figure figure = Draw(runs);
  const auto measured = SeriesOf(figure.panels(0), Series::MEASURED);
  ASSERT_EQ(measured.size(), 2);
  EXPECT_EQ(measured[0]->x_size(), 8);
  EXPECT_EQ(measured[1]->name(), "mean over seeds");
  ASSERT_EQ(measured[1]->x_size(), 1);
  EXPECT_NEAR(measured[1]->y(0), loss, 1e-12);
  // Two seeds 0.02 apart: a deviation of 0.02 / sqrt(2), a standard error of
  // 0.01.
  EXPECT_NEAR(measured[1]->y_upper(0) - loss, 0.01, 1e-12);
}

TEST(IsoflopFigureTest, BeyondMaxMarksMeansAreDrawnAndThenSomeOfThem) {
  Runs runs;
  for (int i = 0; i < 300; ++i) {
    const double size = 1e4 * std::pow(1.03, i % 150);
    AddRun(1e11, size,
           FlooredPowerLaw(size, 1e11 / 6 / size) + (i < 150 ? 0 : 1e-4), runs);
  }
  v1::GetFigureRequest request = RequestOf(v1::Figure::ISOFLOP);
  request.set_max_marks(200);
  const v1::Figure means = Draw({.name = "c", .runs = &runs}, request);
  EXPECT_EQ(means.drawn(), 150);
  EXPECT_EQ(means.total(), 300);
  EXPECT_THAT(means.thinning(), HasSubstr("300 runs are drawn as 150 means"));
  request.set_max_marks(100);
  const v1::Figure some = Draw({.name = "c", .runs = &runs}, request);
  EXPECT_LE(some.drawn(), 102);
  EXPECT_GE(some.drawn(), 98);
  EXPECT_THAT(some.thinning(), HasSubstr("of 150 means"));
  // The best is among them.
  const auto best = std::min_element(runs.loss.begin(), runs.loss.end());
  double drawn = std::numeric_limits<double>::infinity();
  for (const double y : SeriesOf(some.panels(0), Series::MEASURED)[0]->y()) {
    drawn = std::min(drawn, y);
  }
  EXPECT_NEAR(drawn, *best, 1e-4);
}

TEST(IsoflopFigureTest, FailedTrialsAreCountedOrDrawnAtTheEdge) {
  const Runs runs = DemoRuns(FlooredPowerLaw, 2, 0.003, 1);
  const std::vector<SideTrial> side = {{.why = SideTrial::Why::kFailed,
                                        .number = 7,
                                        .budget = 2.5e11,
                                        .size = 1e5},
                                       {.why = SideTrial::Why::kDiverged,
                                        .number = 8,
                                        .budget = 2.5e11,
                                        .size = 2e5},
                                       {.why = SideTrial::Why::kVerification,
                                        .number = 9,
                                        .budget = 7.5e11,
                                        .size = 3e5,
                                        .loss = 1.5}};
  v1::GetFigureRequest request = RequestOf(v1::Figure::ISOFLOP);
  const v1::Figure hidden =
      Draw({.name = "c", .runs = &runs, .side = side}, request);
  EXPECT_THAT(hidden.sentence(), HasSubstr("Not drawn: 1 failed, 1 diverged."));
  EXPECT_THAT(SeriesOf(hidden.panels(0), Series::FAILED), testing::IsEmpty());
  const auto checks = SeriesOf(hidden.panels(0), Series::VERIFICATION);
  ASSERT_EQ(checks.size(), 1);
  EXPECT_EQ(checks[0]->trials(0), 9);
  request.set_show_failed(true);
  const v1::Figure shown =
      Draw({.name = "c", .runs = &runs, .side = side}, request);
  const auto failed = SeriesOf(shown.panels(0), Series::FAILED);
  ASSERT_EQ(failed.size(), 2);
  EXPECT_EQ(failed[0]->x(0), 1e5);
  EXPECT_TRUE(std::isnan(failed[0]->y(0)));
  EXPECT_EQ(shown.panels(0).y().max(), hidden.panels(0).y().max());
}

TEST(IsoflopFigureTest, OneRunFarOffDoesNotStretchTheAxis) {
  Runs runs = DemoRuns(FlooredPowerLaw, 3, 0.003, 1);
  const double high = Draw(runs).panels(0).y().max();
  RepeatRun(0, runs);
  runs.loss.back() = 500;
  runs.loss_stderr.push_back(0.003);
  const v1::Figure figure = Draw(runs);
  EXPECT_LT(figure.panels(0).y().max(), 2 * high);
  EXPECT_TRUE(HasWarning(figure, "far from the others"));
}

TEST(IsoflopFigureTest, DrawsThePublishedOptimaOfPorian) {
  READ_PUBLISHED_OR_SKIP(text, "porian.csv");
  READ_PUBLISHED_OR_SKIP(optima_text, "porian_optima.csv");
  constexpr char kTuned[] = "rw|tuned|short|const|standard|val";
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", kTuned}};
  const Runs runs = *ParseRuns(text, "porian.csv", format);
  std::vector<double> published;
  for (auto& row : PublishedRows(optima_text)) {
    if (row["experiment"] == kTuned) {
      published.push_back(std::stod(row["n_star_akima"]));
    }
  }
  v1::GetFigureRequest request = RequestOf(v1::Figure::ISOFLOP, 20);
  request.set_isoflop_rule(v1::FitLawRequest::ISOFLOP_RULE_AKIMA);
  const v1::Figure figure =
      Draw({.name = "porian.csv", .runs = &runs}, request);
  const auto optima = SeriesOf(figure.panels(0), Series::OPTIMUM);
  ASSERT_EQ(optima.size(), published.size());
  for (size_t i = 0; i < published.size(); ++i) {
    EXPECT_NEAR(optima[i]->x(0) / published[i], 1, 2e-4);
  }
}

}  // namespace
}  // namespace isoshape
