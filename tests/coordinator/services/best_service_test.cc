#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using BestShapesServiceTest = AnalysisServiceTest;

TEST_F(BestShapesServiceTest, RanksShapesOfEachBudgetByTheMeanOverSeeds) {
  const std::string a0 = AddTrial(MakeShape(2, 32), 1e11, 2.0, 0);
  const std::string a1 = AddTrial(MakeShape(2, 32), 1e11, 2.2, 1);
  AddTrial(MakeShape(4, 32), 1e11, 2.05);
  AddTrial(MakeShape(1, 16), 1e11, 3.0);
  AddTrial(MakeShape(8, 64), 3e11, 1.9);
  // Neither checks of predictions nor trials that did not succeed count.
  AddTrial(MakeShape(3, 48), 1e11, 1.0, 0, v1::Trial::VERIFICATION);
  AddTrial(MakeShape(3, 48), 1e11, 1.0, 0, v1::Trial::SEARCH,
           v1::Trial::DIVERGED);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  request.set_top(2);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 3);
  EXPECT_EQ(response.shapes(0).shape().depth(), 4);
  EXPECT_EQ(response.shapes(0).rank(), 1);
  EXPECT_DOUBLE_EQ(response.shapes(0).validation_loss_stderr(), 0.003);
  EXPECT_EQ(response.shapes(1).shape().depth(), 2);
  EXPECT_EQ(response.shapes(1).rank(), 2);
  EXPECT_DOUBLE_EQ(response.shapes(1).validation_loss(), 2.1);
  EXPECT_NEAR(response.shapes(1).validation_loss_stderr(), 0.1, 1e-12);
  EXPECT_NEAR(response.shapes(1).loss_above_best(), 0.05, 1e-12);
  EXPECT_THAT(response.shapes(1).trials(),
              testing::UnorderedElementsAre(a0, a1));
  EXPECT_DOUBLE_EQ(response.shapes(1).tokens_per_second(), 1050);
  EXPECT_EQ(response.shapes(1).peak_memory_bytes(), 100'000'001);
  EXPECT_DOUBLE_EQ(response.shapes(2).budget_flops(), 3e11);

  request.set_budget_flops(1e11);
  request.set_max_parameters(CountParameters(MakeShape(1, 16)).total());
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 1);
  EXPECT_EQ(response.shapes(0).shape().width(), 16);
  EXPECT_NEAR(response.shapes(0).loss_above_best(), 0.95, 1e-12);

  request.clear_budget_flops();
  request.clear_max_parameters();
  request.set_max_decode_seconds(0.002);
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 2);
  EXPECT_EQ(response.shapes(0).shape().depth(), 2);
  EXPECT_DOUBLE_EQ(response.shapes(0).decode_seconds(), 0.002);
  EXPECT_EQ(response.shapes(1).shape().depth(), 1);
}

TEST_F(BestShapesServiceTest, WhatWasNotMeasuredIsAbsentAndWithinNoLimit) {
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  change_card = [](v1::ShapeCard& card) {
    card.clear_peak_memory_bytes();
    card.clear_tokens_per_second();
    card.clear_bigram_entropy();
    card.clear_decode_seconds();
  };
  AddTrial(MakeShape(4, 32), 1e11, 1.9);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 2);
  EXPECT_FALSE(response.shapes(0).has_peak_memory_bytes());
  EXPECT_FALSE(response.shapes(0).has_tokens_per_second());
  EXPECT_FALSE(response.shapes(0).has_bigram_entropy());
  EXPECT_TRUE(response.shapes(1).has_peak_memory_bytes());
  EXPECT_EQ(response.warnings_size(), 0);

  request.set_max_memory_bytes(1'000'000'000'000);
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 1);
  EXPECT_EQ(response.shapes(0).shape().depth(), 2);
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_EQ(response.warnings(0),
            "max_memory_bytes leaves out 1 shape whose peak memory was not "
            "measured; 'isoshape measure DEPTHxWIDTH' measures it on a "
            "machine");
  request.set_max_memory_bytes(0);
  request.set_max_decode_seconds(1);
  ASSERT_TRUE(Best(request, &response).ok());
  EXPECT_EQ(response.shapes_size(), 1);
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_THAT(response.warnings(0), HasSubstr("1 shape whose latency"));
}

TEST_F(BestShapesServiceTest, MeansAreOfTheTrialsThatReportThem) {
  AddTrial(MakeShape(2, 32), 1e11, 2.0, 0);
  change_card = [](v1::ShapeCard& card) { card.clear_tokens_per_second(); };
  AddTrial(MakeShape(2, 32), 1e11, 2.0, 1);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  EXPECT_DOUBLE_EQ(response.shapes(0).tokens_per_second(), 1000);
}

TEST_F(BestShapesServiceTest, AListOfSeveralEnginesSaysThatCostsDoNotCompare) {
  change_card = [](v1::ShapeCard& card) { card.set_engine("cpu/avx2"); };
  AddTrial(MakeShape(2, 32), 1e11, 2.0, 0);
  AddTrial(MakeShape(2, 32), 1e11, 2.0, 1);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  EXPECT_THAT(response.shapes(0).engines(), ElementsAre("cpu/avx2"));
  EXPECT_EQ(response.warnings_size(), 0);
  change_card = [](v1::ShapeCard& card) { card.set_engine("autograd/cpu"); };
  AddTrial(MakeShape(4, 32), 1e11, 1.9);
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_THAT(response.warnings(0), HasSubstr("autograd/cpu, cpu/avx2"));
}

TEST_F(BestShapesServiceTest, BestShapesRefusesWithTheRightCode) {
  v1::ListBestShapesRequest request;
  v1::ListBestShapesResponse response;
  request.set_campaign("c1");
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_campaign("campaigns/none");
  EXPECT_EQ(Best(request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_campaign(kCampaign);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  // There is nothing to wait for; what went wrong is said.
  const std::string failed = AddTrial(MakeShape(2, 32), 1e11, 2.0, 0,
                                      v1::Trial::SEARCH, v1::Trial::FAILED);
  const grpc::Status none = Best(request, &response);
  EXPECT_EQ(none.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(none.error_message(), HasSubstr(failed + ": "));
  AddTrial(MakeShape(2, 32), 1e11, 2.0);
  request.set_top(101);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_top(0);
  request.set_max_decode_seconds(-1);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_max_decode_seconds();
  request.set_max_parameters(-1);
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_max_parameters(0);
  request.set_budget_flops(2e11);
  const grpc::Status status = Best(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("there are results at 1e11"));
  // A budget of many digits is told so that it can be asked for.
  AddTrial(MakeShape(2, 32), 4.44574321e11, 2.0);
  EXPECT_THAT(Best(request, &response).error_message(),
              HasSubstr("there are results at 1e11, 4.445743e11"));
  request.set_budget_flops(4.445743e11);
  EXPECT_TRUE(Best(request, &response).ok());
}

}  // namespace
}  // namespace isoshape
