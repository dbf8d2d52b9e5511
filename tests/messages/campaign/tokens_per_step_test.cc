#include "messages/campaign/tokens_per_step.h"

#include <gtest/gtest.h>

#include <cmath>

namespace isoshape {
namespace {

v1::Campaign Growing() {
  v1::Campaign campaign;
  campaign.mutable_space()->mutable_base()->set_context(128);
  campaign.mutable_recipe()->set_tokens_per_step(1280);
  campaign.mutable_recipe()->set_batch_exponent(0.5);
  for (const double budget : {1e10, 4e10, 1e11}) campaign.add_budgets(budget);
  return campaign;
}

TEST(TokensPerStepTest, GrowsWithTheBudgetFromTheSmallestOne) {
  EXPECT_EQ(TokensPerStepAt(Growing(), 1e10), 1280);
  EXPECT_EQ(TokensPerStepAt(Growing(), 4e10), 2560);
  EXPECT_DOUBLE_EQ(ExactTokensPerStep(Growing(), 1e11), 1280 * std::sqrt(10));
  // 31.6 sequences of 128 tokens.
  EXPECT_EQ(TokensPerStepAt(Growing(), 1e11), 32 * 128);
  // A budget below the smallest, as a user may give a trial of his own.
  EXPECT_EQ(TokensPerStepAt(Growing(), 1e8), 128);
  EXPECT_EQ(TokensPerStepAt(Growing(), 1), 128);  // one sequence at least
}

TEST(TokensPerStepTest, IsThatOfTheRecipeWithoutBudgets) {
  v1::Campaign campaign = Growing();
  campaign.clear_budgets();
  EXPECT_EQ(TokensPerStepAt(campaign, 1e20), 1280);
}

}  // namespace
}  // namespace isoshape
