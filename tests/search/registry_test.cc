#include "search/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "search/grid/grid.h"
#include "search/sobol/sobol.h"

namespace isoshape {
namespace {

v1::Campaign TwoBudgets() {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  return campaign;
}

TEST(Registry, ChoosesGridIfNothingIsChosen) {
  v1::Campaign campaign = TwoBudgets();
  FillAlgorithmDefaults(&campaign);
  ASSERT_TRUE(campaign.algorithm().has_grid());
  EXPECT_EQ(campaign.algorithm().grid().sizes(), 7);
  EXPECT_DOUBLE_EQ(campaign.algorithm().grid().center_size(),
                   std::sqrt(2.5e11 / 120));
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());
  const auto made = MakeAlgorithm(campaign.algorithm());
  EXPECT_NE(dynamic_cast<const GridSearch*>(made.get()), nullptr);
}

TEST(Registry, KeepsTheArmAndWhatItSays) {
  v1::Campaign campaign = TwoBudgets();
  campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(3);
  FillAlgorithmDefaults(&campaign);
  ASSERT_TRUE(campaign.algorithm().has_sobol());
  EXPECT_EQ(campaign.algorithm().sobol().trials_per_budget(), 3);
  EXPECT_EQ(campaign.algorithm().sobol().aspect_ratio_range(), 4);
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());
  const auto made = MakeAlgorithm(campaign.algorithm());
  EXPECT_NE(dynamic_cast<const SobolSearch*>(made.get()), nullptr);
}

// Every arm of the oneof has its line in the registry.
TEST(Registry, KnowsEveryAlgorithmOfTheProto) {
  const auto* arms = v1::Algorithm::descriptor()->oneof_decl(0);
  for (int i = 0; i < arms->field_count(); ++i) {
    v1::Campaign campaign = TwoBudgets();
    v1::Algorithm* algorithm = campaign.mutable_algorithm();
    algorithm->GetReflection()->MutableMessage(algorithm, arms->field(i));
    FillAlgorithmDefaults(&campaign);
    EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus())
        << arms->field(i)->name();
    EXPECT_NE(MakeAlgorithm(campaign.algorithm()), nullptr);
  }
}

TEST(Registry, RefusesACampaignWithoutAlgorithm) {
  EXPECT_EQ(CheckAlgorithm(TwoBudgets()).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
