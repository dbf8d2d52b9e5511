#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

using PredictServiceTest = AnalysisServiceTest;

TEST_F(PredictServiceTest, PredictsAFeasibleShapeAtThreeTimesTheLargestBudget) {
  AddCampaignResults();
  v1::PredictShapeRequest request;
  request.set_campaign(kCampaign);
  request.set_resamples(200);
  v1::PredictShapeResponse response;
  const grpc::Status status = Predict(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const double target = 3 * kBudgets[2];
  EXPECT_DOUBLE_EQ(response.target_flops(), target);
  EXPECT_NEAR(response.extrapolation(), 3, 1e-12);
  EXPECT_NEAR(response.optimal_size().value() / (30e3 * std::pow(3, 1.5)), 1,
              0.05);
  const Shape shape = FromProto(response.shape());
  EXPECT_EQ(FeasibilityProblem(SpaceOf(), shape, 2048, target), "");
  EXPECT_DOUBLE_EQ(response.size(), EffectiveSize(shape));
  EXPECT_NEAR(response.size() / response.optimal_size().value(), 1, 0.25);
  EXPECT_EQ(response.parameters(), CountParameters(shape).total());
  EXPECT_EQ(response.tokens(), StepsAtBudget(shape, target, 2048) * 2048);
  const double truth = Loss(response.size(), target);
  EXPECT_LE(response.loss().lower(), truth);
  EXPECT_GE(response.loss().upper(), truth);
  EXPECT_NEAR(response.loss().value(), truth, 0.03);

  // The campaign's own target, unless the request has one.
  v1::Campaign campaign = MakeCampaign();
  campaign.set_target_flops(1e13);
  ASSERT_TRUE(Commit({PutCampaign{campaign}}).ok());
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_DOUBLE_EQ(response.target_flops(), 1e13);
  request.set_target_flops(5e12);
  ASSERT_TRUE(Predict(request, &response).ok());
  EXPECT_DOUBLE_EQ(response.target_flops(), 5e12);
}

TEST_F(PredictServiceTest, PredictionHoldsTheRequestsLimits) {
  AddCampaignResults();
  v1::PredictShapeRequest request;
  request.set_campaign(kCampaign);
  request.set_resamples(200);
  v1::PredictShapeResponse free;
  ASSERT_TRUE(Predict(request, &free).ok());
  request.set_max_parameters(free.parameters() / 2);
  v1::PredictShapeResponse limited;
  const grpc::Status status = Predict(request, &limited);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_LE(limited.parameters(), free.parameters() / 2);
  EXPECT_GT(limited.loss().value(), free.loss().value());
  EXPECT_THAT(limited.warnings(),
              Contains(HasSubstr("times the predicted optimum")));
  // No shape has that few.
  request.set_max_parameters(10);
  EXPECT_EQ(Predict(request, &limited).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(PredictServiceTest, PredictRefusesWithTheRightCode) {
  v1::PredictShapeRequest request;
  v1::PredictShapeResponse response;
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddCampaignResults(1);
  const grpc::Status one_budget = Predict(request, &response);
  EXPECT_EQ(one_budget.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(one_budget.error_message(), HasSubstr("needs 2 budgets"));
  request.set_target_flops(-1);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_target_flops(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_target_flops(0);
  request.set_level(2);
  EXPECT_EQ(Predict(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

// Trials by a law with a best aspect ratio of 20, and a little noise.
class LawCampaign : public AnalysisServiceTest {
 protected:
  // What the trials' size is worth at its aspect ratio's best.
  static double LawLossAt(double size, double budget, double departure = 0,
                          double bend = 0) {
    return 0.8 +
           25 * std::pow(size, -0.34) * (1 + bend * departure * departure) +
           60 * std::pow(budget / 6 / size, -0.31);
  }
  double LawLoss(const Shape& shape, double budget) const {
    return LawLossAt(EffectiveSize(shape), budget,
                     std::log(AspectRatio(shape) / 20), bend_);
  }

  void AddLawResults(int budgets = 3) {
    for (int b = 0; b < budgets; ++b) {
      for (const int64_t depth : {1, 2, 4, 7}) {
        for (const int64_t width : {32, 48, 80, 128}) {
          const Shape shape = MakeShape(depth, width);
          const double noise = 0.001 * std::sin(1.7 * ++noises_);
          AddTrial(shape, kBudgets[b],
                   LawLoss(shape, kBudgets[b]) * (1 + noise));
        }
      }
    }
  }

  v1::PredictShapeRequest Request() {
    v1::PredictShapeRequest request;
    request.set_campaign(kCampaign);
    request.set_resamples(100);
    return request;
  }

  double bend_ = 0.06;  // how much shape matters

 private:
  int noises_ = 0;
};

const v1::LawFigure& FigureOf(const v1::PredictShapeResponse& response,
                              const std::string& name) {
  for (const v1::LawFigure& figure : response.figures()) {
    if (figure.name() == name) return figure;
  }
  ADD_FAILURE() << "no figure " << name;
  return v1::LawFigure::default_instance();
}

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
  request.set_tie_exponents(false);
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
