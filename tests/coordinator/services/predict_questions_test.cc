#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "tests/coordinator/services/law_campaign_fixture.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST_F(LawCampaign, LatencyIsALimitByAModelOfTheShapeCards) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  v1::PredictShapeResponse free;
  ASSERT_TRUE(Predict(request, &free).ok());
  // The cards of the fixture say 1 ms a layer.
  EXPECT_NEAR(free.decode_seconds(),
              1e-3 * static_cast<double>(free.shape().depth()), 1e-6);
  ASSERT_GT(free.shape().depth(), 2);
  request.set_max_decode_seconds(0.0021);
  v1::PredictShapeResponse limited;
  const grpc::Status status = Predict(request, &limited);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_LE(limited.shape().depth(), 2);
  EXPECT_LE(limited.decode_seconds(), 0.0021);
  EXPECT_GT(limited.loss().value(), free.loss().value());
  for (const v1::PricedShape& shape : limited.shapes()) {
    EXPECT_LE(shape.decode_seconds(), 0.0021);
  }
  EXPECT_THAT(limited.method(), HasSubstr("measured shapes, which it misses"));
  request.set_max_decode_seconds(1e-6);
  EXPECT_EQ(Predict(request, &limited).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(LawCampaign, ALimitOfLatencyNeedsThreeMeasuredShapes) {
  // The fixture gives no decode latency to shapes of depth 8 and more.
  for (int b = 0; b < 3; ++b) {
    for (const int64_t width : {32, 48, 64, 80, 96, 128}) {
      const Shape shape = MakeShape(8, width);
      AddTrial(shape, kBudgets[b], LawLoss(shape, kBudgets[b]));
    }
  }
  AddTrial(MakeShape(4, 48), kBudgets[0],
           LawLoss(MakeShape(4, 48), kBudgets[0]));
  v1::PredictShapeRequest request = Request();
  request.set_max_decode_seconds(0.01);
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("needs 3 different shapes"));
  EXPECT_THAT(status.error_message(), HasSubstr("there is 1"));
  request.set_max_decode_seconds(-1);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_max_decode_seconds(0);
  request.set_choices(101);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LawCampaign, AnswersWhatElseIsAskedOfACompute) {
  bend_ = 0;
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  v1::PredictShapeResponse plain;
  ASSERT_TRUE(Predict(request, &plain).ok());
  EXPECT_EQ(plain.question(), "optimum");

  v1::PredictShapeRequest overtrained = request;
  overtrained.set_tokens_per_size(300);
  v1::PredictShapeResponse response;
  grpc::Status status = Predict(overtrained, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.question(), "tokens-per-size");
  EXPECT_NEAR(
      response.optimal_tokens().value() / response.optimal_size().value(), 300,
      1e-6);
  EXPECT_NEAR(response.optimal_size().value(),
              std::sqrt(response.target_flops() / 6 / 300), 1e-3);
  EXPECT_NEAR(
      FigureOf(response, "loss").estimate().value(),
      LawLossAt(response.optimal_size().value(), response.target_flops()),
      0.02);
  EXPECT_GT(FigureOf(response, "above_best").estimate().value(), 0);

  v1::PredictShapeRequest serving = request;
  serving.set_serve_tokens(5 * plain.optimal_tokens().value());
  status = Predict(serving, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_LT(response.optimal_size().value(), plain.optimal_size().value());
  EXPECT_LT(response.training_flops(), response.target_flops());
  EXPECT_NEAR(response.training_flops() +
                  2 * response.optimal_size().value() * serving.serve_tokens(),
              response.target_flops(), 1e-6 * response.target_flops());
  EXPECT_GT(FigureOf(response, "gain").estimate().value(), 0);

  v1::PredictShapeRequest corpus = request;
  corpus.set_corpus_tokens(plain.optimal_tokens().value() / 20);
  status = Predict(corpus, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(FigureOf(response, "loss").estimate().value(),
            FigureOf(plain, "loss").estimate().value());
  corpus.set_law(v1::FitLawRequest::LAW_SHAPE);
  EXPECT_EQ(Predict(corpus, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LawCampaign, GivesTheLossOfOneRun) {
  bend_ = 0;
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  request.mutable_run()->set_size(5e4);
  request.mutable_run()->set_tokens(4e6);
  v1::PredictShapeResponse response;
  grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.question(), "run");
  EXPECT_NEAR(response.optimal_size().value(), 5e4, 1e-6);
  EXPECT_FALSE(response.has_shape());
  EXPECT_NEAR(response.target_flops(), 6 * 5e4 * 4e6, 1);
  const double truth = LawLossAt(5e4, 6 * 5e4 * 4e6);
  EXPECT_LE(response.loss().lower(), truth);
  EXPECT_GE(response.loss().upper(), truth);
  request.set_target_flops(1e12);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LawCampaign, FindsTheComputeThatALossTakes) {
  bend_ = 0;
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_target_loss(LawLossAt(8e4, 4e12));
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.question(), "target-loss");
  double least = INFINITY;
  for (double budget = 1e12; budget < 1e13 && least == INFINITY;
       budget *= 1.001) {
    for (double size = 2e4; size < 1e6; size *= 1.01) {
      if (LawLossAt(size, budget) <= request.target_loss()) least = budget;
    }
  }
  EXPECT_NEAR(response.target_flops() / least, 1, 0.1);
  EXPECT_LE(FigureOf(response, "compute").estimate().lower(), least);
  EXPECT_GE(FigureOf(response, "compute").estimate().upper(), least);
}

TEST_F(LawCampaign, TakesPriorsAndRulesFromTheRequest) {
  AddLawResults();
  v1::PredictShapeRequest request = Request();
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  v1::PredictShapeResponse response;
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_FALSE(FigureOf(response, "size").has_prior_share());
  request.set_prior(v1::FitLawRequest::PRIOR_WEAK);
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(FigureOf(response, "size").prior_share(), 0);
  EXPECT_LT(FigureOf(response, "size").prior_share(), 1);
  request.set_prior(static_cast<v1::FitLawRequest::Prior>(9));
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_prior();
  request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  request.set_isoflop_rule(v1::FitLawRequest::ISOFLOP_RULE_AKIMA);
  v1::PredictShapeResponse akima;
  ASSERT_TRUE(Predict(request, &akima).ok());
  request.clear_isoflop_rule();
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_NE(akima.optimal_size().value(), response.optimal_size().value());
  request.set_isoflop_rule(static_cast<v1::FitLawRequest::IsoflopRule>(9));
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(LawCampaign, FitsWithPriorsTiesAndAdvice) {
  AddLawResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
  request.set_resamples(100);
  request.set_tie_exponents(true);
  request.set_advise_flops(1e13);
  v1::FitLawResponse response;
  grpc::Status status = Law(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.parameters(3).name(), "alpha");
  EXPECT_EQ(response.parameters(3).estimate().value(),
            response.parameters(4).estimate().value());
  EXPECT_THAT(response.findings(), Contains(HasSubstr("alpha = beta is")));
  ASSERT_EQ(response.advice_size(), 3);
  for (const v1::AdvisedRun& run : response.advice()) {
    EXPECT_NEAR(6 * run.size() * run.tokens(), run.flops(), 1e-6 * run.flops());
    EXPECT_LT(run.interval_ratio(), 1);
  }
  request.set_free_gamma(true);
  status = Law(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("free_gamma or tie_exponents"));
  request.set_tie_exponents(false);
  status = Law(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.parameters(5).name(), "gamma");
  request.set_free_gamma(false);
  request.set_prior(v1::FitLawRequest::PRIOR_WEAK);
  ASSERT_TRUE(Law(request, &response).ok());
  EXPECT_TRUE(response.parameters(3).has_prior_share());
  request.set_law(v1::FitLawRequest::LAW_LEVINE);
  status = Law(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("no priors"));
}

}  // namespace
}  // namespace isoshape
