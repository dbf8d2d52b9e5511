#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/coordinator/services/law_campaign_fixture.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The surface comes first, and finds the aspect ratio too.
TEST_F(LawCampaign, PredictsByTheSurfaceIfNothingElseIsAsked) {
  AddLawResults();
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(Request(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.law(), "surface") << response.ShortDebugString();
  const v1::LawFigure& ratio = FigureOf(response, "aspect_ratio");
  EXPECT_NEAR(ratio.estimate().value(), 20, 4);
  EXPECT_LE(ratio.estimate().lower(), 20);
  EXPECT_GE(ratio.estimate().upper(), 20);
  EXPECT_GT(ratio.prior_share(), 0);
  EXPECT_LT(ratio.prior_share(), 0.5);
  const Shape shape = FromProto(response.shape());
  const double truth = LawLoss(shape, response.target_flops());
  EXPECT_LE(response.loss().lower(), truth);
  EXPECT_GE(response.loss().upper(), truth);
}

TEST_F(LawCampaign, PredictsByTheShapeLawIfItIsNamed) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_SHAPE);
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.law(), "shape") << response.ShortDebugString();
  const double target = 3 * kBudgets[2];
  EXPECT_DOUBLE_EQ(response.target_flops(), target);
  const Shape shape = FromProto(response.shape());
  EXPECT_EQ(FeasibilityProblem(SpaceOf(), shape, 2048, target), "");
  const v1::Estimate& ratio = FigureOf(response, "aspect_ratio").estimate();
  EXPECT_NEAR(ratio.value(), 20, 3);
  EXPECT_LE(ratio.lower(), ratio.value());
  EXPECT_GE(ratio.upper(), ratio.value());
  EXPECT_TRUE(ratio.has_bca_lower());
  EXPECT_EQ(FigureOf(response, "depth").resamples(), 100);
  EXPECT_THAT(response.optimal_size().method(),
              HasSubstr("100 resamples of seed 0, stratified by 3 budgets"));
  EXPECT_TRUE(response.optimal_size().has_bca_lower());
  const double truth = LawLoss(shape, target);
  EXPECT_LE(response.loss().lower(), truth);
  EXPECT_GE(response.loss().upper(), truth);
  EXPECT_NEAR(response.loss().value() / truth, 1, 0.01);
  EXPECT_LT(response.loss().upper() / response.loss().lower(), 1.05);
  // The runners-up and what they cost.
  ASSERT_EQ(response.shapes_size(), 5);
  EXPECT_EQ(response.shapes(0).shape().depth(), response.shape().depth());
  EXPECT_EQ(response.shapes(0).above_best(), 0);
  for (int i = 1; i < 5; ++i) {
    EXPECT_GE(response.shapes(i).above_best(),
              response.shapes(i - 1).above_best());
    EXPECT_GT(response.shapes(i).wasted_compute(), 0);
  }
}

TEST_F(LawCampaign, PricesSizesByTheParametricLawWhereShapeDoesNotMatter) {
  bend_ = 0;
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.law(), "parametric") << response.ShortDebugString();
  ASSERT_EQ(response.shapes_size(), 5);
  EXPECT_EQ(FromProto(response.shapes(0).shape()), FromProto(response.shape()));
  const double target = response.target_flops();
  const double best = LawLossAt(response.shapes(0).size(), target);
  double before = -1;
  for (const v1::PricedShape& priced : response.shapes()) {
    EXPECT_GT(priced.above_best(), before);
    before = priced.above_best();
    const Shape shape = FromProto(priced.shape());
    EXPECT_EQ(FeasibilityProblem(SpaceOf(), shape, 2048, target), "");
    EXPECT_DOUBLE_EQ(priced.size(), EffectiveSize(shape));
    const double loss = LawLossAt(priced.size(), target);
    EXPECT_NEAR(priced.above_best(), loss - best, 0.01 * (loss - best) + 0.002);
    // What is left of the compute buys the best shape the same loss.
    double min_loss = 10;
    for (double size = 1e4; size < 1e7; size *= 1.01) {
      min_loss = std::min(
          min_loss, LawLossAt(size, (1 - priced.wasted_compute()) * target));
    }
    EXPECT_NEAR(min_loss, loss, 0.004);
  }
}

TEST_F(LawCampaign, FitAndPredictionDrawTheSameResamples) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_SHAPE);
  v1::PredictShapeResponse first, second;
  ASSERT_TRUE(Predict(request, &first).ok());
  request.set_target_flops(3.1 * kBudgets[2]);
  ASSERT_TRUE(Predict(request, &second).ok());
  // Another compute, the same draws: the intervals move together.
  EXPECT_NEAR(second.optimal_size().upper() / second.optimal_size().value(),
              first.optimal_size().upper() / first.optimal_size().value(),
              0.01);
  v1::FitLawRequest fit;
  fit.set_campaign(kCampaign);
  fit.set_resamples(100);
  v1::FitLawResponse optima;
  ASSERT_TRUE(Law(fit, &optima).ok());
  EXPECT_THAT(first.optimal_size().method(),
              HasSubstr(optima.interval_method()));
}

TEST_F(LawCampaign, FollowsTheLawThatIsNamed) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  v1::PredictShapeResponse response;
  for (const auto& [law, name] :
       {std::pair(v1::FitLawRequest::LAW_PARAMETRIC, "parametric"),
        std::pair(v1::FitLawRequest::LAW_ISOFLOP, "isoflop")}) {
    request.set_law(law);
    const grpc::Status status = Predict(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.law(), name);
    EXPECT_GT(response.shape().depth(), 0);
  }
  request.set_law(v1::FitLawRequest::LAW_LEVINE);
  const grpc::Status status = Predict(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("levine predicts no loss"));
}

TEST_F(LawCampaign, NamesWhatALawLacks) {
  // Two budgets: the parametric law cannot be tried beyond its runs.
  AddLawResults(2);
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  v1::PredictShapeResponse response;
  grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.warnings(), Contains(HasSubstr("needs a third budget")));
  request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.figures_size(), 0);
}

// Nothing in the trials speaks of a compute that far.
TEST_F(LawCampaign, AFarTargetIsAnsweredOnlyIfAskedForAnyway) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_target_flops(2000 * kBudgets[2]);
  v1::PredictShapeResponse response;
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  request.set_anyway(true);
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  const grpc::Status status = Predict(request, &response);
  EXPECT_TRUE(status.ok() ||
              status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("speaks of it")));
}

}  // namespace
}  // namespace isoshape
