#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

using FitServiceTest = AnalysisServiceTest;

const v1::Estimate& FigureOf(const v1::FitLawResponse& response,
                             const std::string& name) {
  for (const v1::LawFigure& figure : response.parameters()) {
    if (figure.name() == name) return figure.estimate();
  }
  ADD_FAILURE() << "no figure " << name;
  return v1::Estimate::default_instance();
}

TEST_F(FitServiceTest, FitsOptimaAndTheirGrowthByDefault) {
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  v1::FitLawResponse response;
  const grpc::Status status = Law(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.law(), "isoflop");
  EXPECT_EQ(response.trials(), 21);
  ASSERT_EQ(response.optima_size(), 3);
  const v1::BudgetOptimum& optimum = response.optima(0);
  EXPECT_NEAR(optimum.optimal_size().value(), 30e3, 300);
  EXPECT_NEAR(optimum.optimal_size_by_noise().value(), 30e3, 300);
  EXPECT_NEAR(optimum.optimal_tokens().value() /
                  (optimum.budget_flops() / 6 / optimum.optimal_size().value()),
              1, 0.01);
  EXPECT_FALSE(optimum.on_edge());
  EXPECT_EQ(optimum.trials(), 7);
  EXPECT_EQ(optimum.parabola_size(), 3);
  EXPECT_GT(optimum.best_aspect_ratio(), 0);
  EXPECT_NEAR(FigureOf(response, "a").value(), 0.5, 0.02);
  // Losses without noise: nothing scatters a billion times as far as noise.
  EXPECT_GT(FigureOf(response, "a").lower(), 0.4);
  EXPECT_LT(FigureOf(response, "a").upper(), 0.6);
  EXPECT_NEAR(FigureOf(response, "b").value(), 0.5, 0.02);
  EXPECT_NEAR(FigureOf(response, "g").value(), 0.15 / std::log(3), 0.01);
  EXPECT_DOUBLE_EQ(FigureOf(response, "a").level(), 0.95);
  EXPECT_THAT(FigureOf(response, "a").method(), HasSubstr("1000 resamples"));
  EXPECT_THAT(response.findings(0), HasSubstr("3 of 3 budgets"));
  // Named, it is the same answer.
  request.set_law(v1::FitLawRequest::LAW_ISOFLOP);
  v1::FitLawResponse named;
  ASSERT_TRUE(Law(request, &named).ok());
  EXPECT_EQ(named.ShortDebugString(), response.ShortDebugString());
  // Found with the biggest budget left out, too.
  request.set_max_budget_flops(kBudgets[1]);
  request.set_level(0.8);
  request.set_resamples(50);
  ASSERT_TRUE(Law(request, &response).ok());
  EXPECT_EQ(response.optima_size(), 2);
  EXPECT_DOUBLE_EQ(FigureOf(response, "a").level(), 0.8);
}

TEST_F(FitServiceTest, FitsLawsFromTheCache) {
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_law(v1::FitLawRequest::LAW_PARAMETRIC);
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
  v1::FitLawRequest request;
  v1::FitLawResponse response;
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Law(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Law(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  const grpc::Status one_size = Law(request, &response);
  EXPECT_EQ(one_size.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(one_size.error_message(), HasSubstr("no budget has 3 sizes"));
  request.set_resamples(100001);
  EXPECT_EQ(Law(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_resamples(0);
  request.set_level(1.5);
  EXPECT_EQ(Law(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_level(0);
  request.set_max_budget_flops(-1);
  EXPECT_EQ(Law(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace isoshape
