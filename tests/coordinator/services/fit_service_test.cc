#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

using FitServiceTest = AnalysisServiceTest;

TEST_F(FitServiceTest, FitsOptimaAndTheirGrowth) {
  AddCampaignResults();
  v1::FitCampaignRequest request;
  request.set_campaign(kCampaign);
  v1::FitCampaignResponse response;
  const grpc::Status status = Fit(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.trials(), 21);
  ASSERT_EQ(response.optima_size(), 3);
  EXPECT_NEAR(response.optima(0).optimal_size().value(), 30e3, 300);
  EXPECT_FALSE(response.optima(0).on_edge());
  EXPECT_EQ(response.optima(0).parabola_size(), 3);
  EXPECT_NEAR(response.size_trend().exponent().value(), 0.5, 0.02);
  EXPECT_EQ(response.size_trend().budgets(), 3);
  EXPECT_DOUBLE_EQ(response.size_trend().exponent().level(), 0.95);
  EXPECT_THAT(response.size_trend().exponent().method(),
              HasSubstr("1000 resamples"));
  // Found with the biggest budget left out, too.
  request.set_max_budget_flops(kBudgets[1]);
  request.set_level(0.8);
  request.set_resamples(50);
  ASSERT_TRUE(Fit(request, &response).ok());
  EXPECT_EQ(response.optima_size(), 2);
  EXPECT_DOUBLE_EQ(response.size_trend().exponent().level(), 0.8);
}

TEST_F(FitServiceTest, FitsLawsFromTheCache) {
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_resamples(20);
  v1::FitLawResponse response;
  const grpc::Status status = Law(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.law(), "parametric");
  EXPECT_EQ(response.size(), "FLOPs per token / 6");
  EXPECT_EQ(response.trials(), 21);
  EXPECT_EQ(response.basis().trials(), 21);
  EXPECT_EQ(response.parameters_size(), 5);
  EXPECT_THAT(response.interval_method(), HasSubstr("20 resamples"));
  EXPECT_THAT(response.interval_method(), HasSubstr("stratified by 3 budgets"));
  // Other options are another question.
  request.set_size(v1::FitLawRequest::SIZE_PARAMS);
  ASSERT_TRUE(Law(request, &response).ok());
  EXPECT_EQ(response.size(), "parameters");
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Law(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(FitServiceTest, FitRefusesWithTheRightCode) {
  v1::FitCampaignRequest request;
  v1::FitCampaignResponse response;
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Fit(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  const grpc::Status one_size = Fit(request, &response);
  EXPECT_EQ(one_size.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(one_size.error_message(), HasSubstr("no budget has 3 sizes"));
  request.set_resamples(100001);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_resamples(0);
  request.set_level(1.5);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_level(0);
  request.set_max_budget_flops(-1);
  EXPECT_EQ(Fit(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace isoshape
