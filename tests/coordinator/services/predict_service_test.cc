#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/status/grpc_status.h"
#include "scaling/predict/refusal.h"
#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
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
  EXPECT_THAT(one_budget.error_message(), HasSubstr("add a second budget"));
  // Of each law in full, in the details.
  EXPECT_THAT(ReasonsOf(FromGrpcStatus(one_budget)), Not(IsEmpty()));
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

}  // namespace
}  // namespace isoshape
