// Variants of a campaign: compared by pairs, and never mixed in a fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/statistics/student_t.h"
#include "tests/coordinator/services/analysis_service_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class CompareVariantsTest : public AnalysisServiceTest {
 protected:
  void SetUp() override {
    AnalysisServiceTest::SetUp();
    v1::Campaign campaign = MakeCampaign();
    campaign.set_dataset("text");
    v1::Variant& bare = *campaign.add_variants();
    bare.set_name("bare");
    bare.mutable_shape()->set_residual(v1::RESIDUAL_NONE);
    v1::Variant& sudden = *campaign.add_variants();
    sudden.set_name("sudden");
    sudden.mutable_recipe()->set_warmup_fraction(0);
    ASSERT_TRUE(Commit({PutCampaign{campaign}}).ok());
  }
  std::string Add(const std::string& in, const Shape& shape, double loss,
                  int64_t seed = 0,
                  v1::Trial::State state = v1::Trial::SUCCEEDED) {
    variant = in;
    Shape trained = shape;
    if (in == "bare") trained.residual = Residual::kNone;
    return AddTrial(trained, 2.5e11, loss, seed, v1::Trial::SEARCH, state);
  }
  grpc::Status Compare(v1::CompareVariantsResponse* response,
                       v1::CompareVariantsRequest request = {}) {
    request.set_campaign(kCampaign);
    response->Clear();
    return CallNewest(&v1::AnalysisService::Stub::CompareVariants, request,
                      response);
  }
};

TEST_F(CompareVariantsTest, DifferencesAreOfPairsWithTheirInterval) {
  // Seeds differ by far more than the variants do.
  Add("base", MakeShape(2, 32), 2.0, 0);
  Add("base", MakeShape(2, 32), 3.0, 1);
  Add("base", MakeShape(4, 32), 1.0, 0);
  Add("bare", MakeShape(2, 32), 2.1, 0);
  Add("bare", MakeShape(2, 32), 3.2, 1);
  const std::string last = Add("bare", MakeShape(4, 32), 1.3, 0);
  v1::CompareVariantsResponse response;
  const grpc::Status status = Compare(&response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.reference(), "base");
  ASSERT_EQ(response.comparisons_size(), 2);
  const v1::VariantComparison& bare = response.comparisons(0);
  EXPECT_EQ(bare.variant(), "bare");
  const v1::PairedDifference& all = bare.overall();
  EXPECT_EQ(all.pairs(), 3);
  EXPECT_NEAR(all.difference().value(), 0.2, 1e-12);
  EXPECT_NEAR(all.deviation(), 0.1, 1e-12);
  const double reach = StudentTTwoSided(0.95, 2) * 0.1 / std::sqrt(3.0);
  EXPECT_NEAR(all.difference().lower(), 0.2 - reach, 1e-9);
  EXPECT_NEAR(all.difference().upper(), 0.2 + reach, 1e-9);
  EXPECT_FALSE(all.has_shape());
  EXPECT_EQ(all.budget_flops(), 2.5e11);
  // By shape: two seeds have an interval, one has none.
  ASSERT_EQ(bare.shapes_size(), 2);
  EXPECT_EQ(bare.shapes(0).shape().depth(), 2);
  EXPECT_EQ(bare.shapes(0).pairs(), 2);
  EXPECT_NEAR(bare.shapes(0).difference().value(), 0.15, 1e-12);
  EXPECT_TRUE(bare.shapes(0).difference().has_lower());
  EXPECT_FALSE(bare.shapes(1).difference().has_lower());
  ASSERT_EQ(bare.pairs_size(), 3);
  EXPECT_EQ(bare.pairs(1).seed(), 1);
  EXPECT_EQ(bare.pairs(2).trial(), last);
  EXPECT_NEAR(bare.pairs(2).difference(), 0.3, 1e-12);
  // What nobody trained has no pairs.
  EXPECT_EQ(response.comparisons(1).overall().pairs(), 0);
  EXPECT_EQ(response.basis().trials(), 6);
}

TEST_F(CompareVariantsTest, CostsAreOfBothSidesOfThePairs) {
  change_card = [](v1::ShapeCard& card) { card.set_step_seconds(0.5); };
  Add("base", MakeShape(2, 32), 2.0);
  change_card = [](v1::ShapeCard& card) {
    card.set_step_seconds(0.25);
    card.set_peak_memory_bytes(7);
  };
  Add("bare", MakeShape(2, 32), 2.1);
  change_card = [](v1::ShapeCard& card) { card.clear_peak_memory_bytes(); };
  Add("sudden", MakeShape(2, 32), 1.9);
  v1::CompareVariantsResponse response;
  ASSERT_TRUE(Compare(&response).ok());
  const v1::PairedDifference& bare = response.comparisons(0).overall();
  EXPECT_EQ(bare.reference().step_seconds(), 0.5);
  EXPECT_EQ(bare.variant().step_seconds(), 0.25);
  EXPECT_EQ(bare.variant().peak_memory_bytes(), 7);
  EXPECT_GT(bare.variant().tokens(), 0);
  EXPECT_DOUBLE_EQ(bare.variant().flops(), bare.reference().flops());
  // Of one side alone it is absent in both.
  const v1::PairedDifference& sudden = response.comparisons(1).overall();
  EXPECT_FALSE(sudden.variant().has_peak_memory_bytes());
  EXPECT_FALSE(sudden.reference().has_peak_memory_bytes());
  EXPECT_FALSE(sudden.variant().has_step_seconds());
}

TEST_F(CompareVariantsTest, WhatHasNoPartnerIsCounted) {
  Add("base", MakeShape(2, 32), 2.0, 0);
  Add("base", MakeShape(2, 32), 2.0, 1);
  Add("base", MakeShape(2, 32), 2.0, 2);
  Add("base", MakeShape(2, 32), 0, 3, v1::Trial::DIVERGED);
  Add("bare", MakeShape(2, 32), 2.1, 0);
  Add("bare", MakeShape(2, 32), 0, 1, v1::Trial::DIVERGED);
  Add("bare", MakeShape(2, 32), 2.2, 3);
  v1::CompareVariantsResponse response;
  ASSERT_TRUE(Compare(&response).ok());
  const v1::VariantComparison& bare = response.comparisons(0);
  EXPECT_EQ(bare.overall().pairs(), 1);
  EXPECT_EQ(bare.diverged(), 1);
  EXPECT_EQ(bare.reference_diverged(), 1);
  EXPECT_EQ(bare.incomplete(), 1);
  ASSERT_GT(response.warnings_size(), 0);
  EXPECT_THAT(response.warnings(0), HasSubstr("1 trial of bare and 1 of base "
                                              "diverged"));
}

TEST_F(CompareVariantsTest, AnotherReferenceTurnsTheSign) {
  Add("base", MakeShape(2, 32), 2.0);
  Add("bare", MakeShape(2, 32), 2.5);
  v1::CompareVariantsRequest request;
  request.set_reference("bare");
  request.add_variants("base");
  v1::CompareVariantsResponse response;
  ASSERT_TRUE(Compare(&response, request).ok());
  ASSERT_EQ(response.comparisons_size(), 1);
  EXPECT_EQ(response.comparisons(0).variant(), "base");
  EXPECT_DOUBLE_EQ(response.comparisons(0).overall().difference().value(),
                   -0.5);
}

TEST_F(CompareVariantsTest, RefusesWithTheRightCode) {
  v1::CompareVariantsResponse response;
  EXPECT_EQ(Compare(&response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  Add("base", MakeShape(2, 32), 2.0);
  grpc::Status status = Compare(&response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("wait for trials to end"));
  v1::CompareVariantsRequest request;
  request.set_reference("bara");
  status = Compare(&response, request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean 'bare'?"));
  request.set_reference("bare");
  request.add_variants("bare");
  EXPECT_EQ(Compare(&response, request).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_variants();
  request.set_level(1.5);
  EXPECT_EQ(Compare(&response, request).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

using CompareNoVariantsTest = AnalysisServiceTest;

TEST_F(CompareNoVariantsTest, ACampaignWithoutVariantsHasNothingToCompare) {
  AddTrial(MakeShape(2, 32), 2.5e11, 2.0);
  v1::CompareVariantsRequest request;
  request.set_campaign(kCampaign);
  v1::CompareVariantsResponse response;
  const grpc::Status status = CallNewest(
      &v1::AnalysisService::Stub::CompareVariants, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("has no variants"));
}

TEST_F(CompareVariantsTest, ListsOfBestShapesAreOfOneVariant) {
  Add("base", MakeShape(2, 32), 2.0);
  Add("bare", MakeShape(2, 32), 1.0);
  Add("bare", MakeShape(4, 32), 1.5);
  v1::ListBestShapesRequest request;
  request.set_campaign(kCampaign);
  v1::ListBestShapesResponse response;
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 1);
  EXPECT_EQ(response.shapes(0).validation_loss(), 2.0);
  EXPECT_EQ(response.basis().variant(), "base");
  EXPECT_EQ(response.basis().trials(), 1);
  request.set_variant("bare");
  ASSERT_TRUE(Best(request, &response).ok());
  ASSERT_EQ(response.shapes_size(), 2);
  EXPECT_EQ(response.shapes(0).validation_loss(), 1.0);
  EXPECT_EQ(response.basis().variant(), "bare");
  request.set_variant("sudden");
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  request.set_variant("sodden");
  EXPECT_EQ(Best(request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CompareVariantsTest, AFitIsTheSameWhateverOtherVariantsMeasured) {
  variant = "base";
  AddCampaignResults();
  v1::FitLawRequest request;
  request.set_campaign(kCampaign);
  request.set_resamples(50);
  v1::FitLawResponse alone;
  ASSERT_TRUE(Law(request, &alone).ok());
  // Losses that would bend any trend.
  Add("bare", MakeShape(2, 32), 9.0);
  Add("bare", MakeShape(8, 64), 0.1);
  v1::FitLawResponse beside;
  ASSERT_TRUE(Law(request, &beside).ok());
  EXPECT_EQ(beside.trials(), alone.trials());
  ASSERT_EQ(beside.optima_size(), 3);
  EXPECT_EQ(beside.optima(0).optimal_size().value(),
            alone.optima(0).optimal_size().value());
  EXPECT_EQ(beside.basis().variant(), "base");
  request.set_variant("bare");
  EXPECT_EQ(Law(request, &beside).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);  // two trials are no law
  v1::GetFigureRequest figure;
  figure.set_campaign(kCampaign);
  figure.set_kind(v1::Figure::PARETO);
  figure.set_variant("bare");
  v1::Figure drawn;
  ASSERT_TRUE(Figure(figure, &drawn).ok());
  EXPECT_EQ(drawn.total(), 2);
  EXPECT_THAT(drawn.title(), HasSubstr("campaigns/c1, variant bare"));
}

}  // namespace
}  // namespace isoshape
