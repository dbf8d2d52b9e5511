#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/coordinator/services/analysis_service_fixture.h"
#include "tests/figures/figure_checks.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;
using ::testing::HasSubstr;

class FigureServiceTest : public AnalysisServiceTest {
 protected:
  static v1::GetFigureRequest Ask(v1::Figure::Kind kind) {
    v1::GetFigureRequest request = RequestOf(kind);
    request.set_campaign(kCampaign);
    return request;
  }
};

TEST_F(FigureServiceTest, DrawsACampaignAndSaysWhatItRestsOn) {
  AddCampaignResults();
  v1::Figure figure;
  const grpc::Status status = Figure(Ask(v1::Figure::ISOFLOP), &figure);
  ASSERT_TRUE(status.ok()) << status.error_message();
  CheckFigure(figure);
  EXPECT_EQ(figure.kind(), v1::Figure::ISOFLOP);
  EXPECT_EQ(figure.basis().trials(), 21);
  EXPECT_EQ(figure.drawn(), 21);
  EXPECT_THAT(figure.title(), HasSubstr(kCampaign));
  EXPECT_THAT(figure.color_values(),
              testing::ElementsAre(kBudgets[0], kBudgets[1], kBudgets[2]));
  const auto measured = SeriesOf(figure.panels(0), Series::MEASURED);
  ASSERT_EQ(measured.size(), 3);
  // By size, which is how they were added.
  EXPECT_THAT(measured[1]->trials(),
              testing::ElementsAre(8, 9, 10, 11, 12, 13, 14));
}

TEST_F(FigureServiceTest, TheIntervalDrawnIsTheOneThatTheFitPrints) {
  AddCampaignResults();
  v1::FitLawRequest fit;
  fit.set_campaign(kCampaign);
  fit.set_resamples(100);
  v1::FitLawResponse law;
  ASSERT_TRUE(Law(fit, &law).ok());
  v1::Figure figure;
  ASSERT_TRUE(Figure(Ask(v1::Figure::ISOFLOP), &figure).ok());
  const auto optima = SeriesOf(figure.panels(0), Series::OPTIMUM);
  ASSERT_EQ(optima.size(), law.optima_size());
  for (int b = 0; b < law.optima_size(); ++b) {
    EXPECT_DOUBLE_EQ(optima[b]->x(0), law.optima(b).optimal_size().value());
    EXPECT_DOUBLE_EQ(optima[b]->x_lower(0),
                     law.optima(b).optimal_size().lower());
    EXPECT_DOUBLE_EQ(optima[b]->y_upper(0),
                     law.optima(b).optimal_loss().upper());
  }
}

// A third of the bytes of a large figure were digits that nobody sees.
TEST_F(FigureServiceTest, LossesOfRunsHaveTheDigitsThatTheTableHas) {
  AddCampaignResults();
  AddTrial(MakeShape(2, 32), kBudgets[0], 1.23456789012345, 5);
  v1::Figure figure;
  ASSERT_TRUE(Figure(Ask(v1::Figure::ISOFLOP), &figure).ok());
  bool found = false;
  for (const Series* series : SeriesOf(figure.panels(0), Series::MEASURED)) {
    for (const double loss : series->y()) {
      EXPECT_EQ(loss, std::stod(absl::StrFormat("%.7g", loss)));
      found |= loss == 1.234568;
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(FigureServiceTest, ShowsTrialsThatNoFitUses) {
  AddCampaignResults(2);
  const Shape shape = MakeShape(2, 32);
  AddTrial(shape, kBudgets[0], 1.9, 5, v1::Trial::VERIFICATION);
  AddTrial(shape, kBudgets[0], std::numeric_limits<double>::quiet_NaN(), 6);
  AddTrial(shape, kBudgets[0], 0, 7, v1::Trial::SEARCH, v1::Trial::FAILED);
  v1::GetFigureRequest request = Ask(v1::Figure::ISOFLOP);
  v1::Figure figure;
  ASSERT_TRUE(Figure(request, &figure).ok());
  CheckFigure(figure);
  EXPECT_EQ(figure.basis().trials(), 14);
  const auto checks = SeriesOf(figure.panels(0), Series::VERIFICATION);
  ASSERT_EQ(checks.size(), 1);
  EXPECT_EQ(checks[0]->trials(0), 15);
  EXPECT_DOUBLE_EQ(checks[0]->y(0), 1.9);
  EXPECT_THAT(figure.sentence(), HasSubstr("1 failed, 1 without a loss"));
  request.set_show_failed(true);
  ASSERT_TRUE(Figure(request, &figure).ok());
  CheckFigure(figure);
  EXPECT_EQ(SeriesOf(figure.panels(0), Series::FAILED).size(), 2);
  EXPECT_EQ(figure.total(), 17);
}

TEST_F(FigureServiceTest, ATrialThatVerifiesAppearsAfterTheFigureWasDrawn) {
  AddCampaignResults(2);
  v1::Figure figure;
  ASSERT_TRUE(Figure(Ask(v1::Figure::ISOFLOP), &figure).ok());
  EXPECT_TRUE(SeriesOf(figure.panels(0), Series::VERIFICATION).empty());
  AddTrial(MakeShape(2, 32), kBudgets[0], 1.9, 5, v1::Trial::VERIFICATION);
  ASSERT_TRUE(Figure(Ask(v1::Figure::ISOFLOP), &figure).ok());
  EXPECT_EQ(SeriesOf(figure.panels(0), Series::VERIFICATION).size(), 1);
}

TEST_F(FigureServiceTest, EveryKindIsDrawn) {
  AddCampaignResults();
  for (const v1::Figure::Kind kind :
       {v1::Figure::ISOFLOP, v1::Figure::TRENDS, v1::Figure::METHODS,
        v1::Figure::ENVELOPE, v1::Figure::HEATMAP, v1::Figure::ASPECT,
        v1::Figure::RESIDUALS, v1::Figure::PARETO, v1::Figure::SURFACE,
        v1::Figure::PREDICTION, v1::Figure::PROGRESS}) {
    v1::GetFigureRequest request = Ask(kind);
    if (kind == v1::Figure::PARETO || kind == v1::Figure::PROGRESS) {
      request.clear_resamples();
    }
    v1::Figure figure;
    const grpc::Status status = Figure(request, &figure);
    if (kind == v1::Figure::PROGRESS) {
      // These trials have neither begun nor ended.
      EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
      continue;
    }
    ASSERT_TRUE(status.ok()) << status.error_message();
    CheckFigure(figure);
    EXPECT_EQ(figure.basis().trials(), 21);
  }
}

TEST_F(FigureServiceTest, ThePredictionDrawnIsTheOneThatPredictShapePrints) {
  AddCampaignResults();
  v1::PredictShapeRequest ask;
  ask.set_campaign(kCampaign);
  ask.set_target_flops(1e13);
  ask.set_resamples(100);
  v1::PredictShapeResponse prediction;
  ASSERT_TRUE(Predict(ask, &prediction).ok());
  v1::GetFigureRequest request = Ask(v1::Figure::PREDICTION);
  request.set_target_flops(1e13);
  v1::Figure figure;
  ASSERT_TRUE(Figure(request, &figure).ok());
  const auto target = SeriesOf(figure.panels(0), Series::TARGET);
  ASSERT_EQ(target.size(), 1);
  EXPECT_DOUBLE_EQ(target[0]->x(0), prediction.loss().value());
  const auto span = SeriesOf(figure.panels(0), Series::UNCERTAINTY);
  ASSERT_EQ(span.size(), 1);
  EXPECT_DOUBLE_EQ(span[0]->x_lower(0), prediction.loss().lower());
  EXPECT_DOUBLE_EQ(span[0]->x_upper(0), prediction.loss().upper());
}

TEST_F(FigureServiceTest, AFilteredFigureRestsOnTheTrialsThatMatch) {
  AddCampaignResults();
  v1::GetFigureRequest request = Ask(v1::Figure::ISOFLOP);
  request.set_filter("budget_flops=7.5e11");
  v1::Figure figure;
  grpc::Status status = Figure(request, &figure);
  ASSERT_TRUE(status.ok()) << status.error_message();
  CheckFigure(figure);
  EXPECT_EQ(figure.basis().trials(), 7);
  EXPECT_EQ(SeriesOf(figure.panels(0), Series::OPTIMUM).size(), 1);
  // Colours stay those of the campaign.
  EXPECT_EQ(SeriesOf(figure.panels(0), Series::OPTIMUM)[0]->color(), 1);
  EXPECT_EQ(figure.color_values_size(), 3);
  request.set_filter("depth>4000");
  status = Figure(request, &figure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("depth>4000"));
  request.set_filter("depht>4");
  status = Figure(request, &figure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("depht"));
}

TEST_F(FigureServiceTest, AFilterComparesWithAllTrialsAsTheTableDoes) {
  AddCampaignResults();
  v1::GetFigureRequest request = Ask(v1::Figure::ISOFLOP);
  // The best of each budget, which no trial tells alone.
  request.set_filter("loss_above_best=0");
  v1::Figure figure;
  grpc::Status status = Figure(request, &figure);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(figure.basis().trials(), 3);
  // The worst are worse than those that the filter leaves out.
  request.set_filter("loss_above_best>0");
  status = Figure(request, &figure);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(figure.basis().trials(), 18);
}

TEST_F(FigureServiceTest, CurvesAreThoseOfTheTrialsAskedFor) {
  AddCampaignResults(1);
  for (int step = 1; step <= 3; ++step) {
    v1::Measurement point;
    point.set_step(step);
    point.set_tokens(int64_t{2048} * step);
    point.set_train_loss(5.0 / step);
    ASSERT_TRUE(
        Commit({PutMeasurement{.trial = std::string(kCampaign) + "/trials/2",
                               .measurement = point}})
            .ok());
  }
  v1::GetFigureRequest request = Ask(v1::Figure::CURVES);
  request.clear_resamples();
  request.add_trials(2);
  v1::Figure figure;
  grpc::Status status = Figure(request, &figure);
  ASSERT_TRUE(status.ok()) << status.error_message();
  CheckFigure(figure);
  const auto lines = SeriesOf(figure.panels(0), Series::MEASURED);
  ASSERT_EQ(lines.size(), 1);
  EXPECT_THAT(lines[0]->y(),
              testing::Pointwise(testing::DoubleNear(1e-6),
                                 std::vector<double>{5, 2.5, 5.0 / 3}));
  EXPECT_EQ(lines[0]->trials(0), 2);
  // A trial without a point has no curve.
  request.set_trials(0, 1);
  status = Figure(request, &figure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("has a curve"));
}

TEST_F(FigureServiceTest, RefusesWhatIsNoRequest) {
  AddCampaignResults(2);
  v1::Figure figure;
  v1::GetFigureRequest request = Ask(v1::Figure::ISOFLOP);
  request.set_target_flops(1e12);
  grpc::Status status = Figure(request, &figure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("target_flops"));
  request = Ask(v1::Figure::ISOFLOP);
  request.set_campaign("c1");
  EXPECT_EQ(Figure(request, &figure).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Figure(request, &figure).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(FigureServiceTest, ACampaignWithoutAResultSaysWhy) {
  v1::Figure figure;
  AddTrial(MakeShape(2, 32), kBudgets[0], 0, 1, v1::Trial::SEARCH,
           v1::Trial::FAILED);
  const grpc::Status status = Figure(Ask(v1::Figure::ISOFLOP), &figure);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("no result yet"));
}

}  // namespace
}  // namespace isoshape
