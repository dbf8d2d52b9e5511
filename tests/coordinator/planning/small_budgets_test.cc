#include "coordinator/planning/small_budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

v1::Campaign CampaignOf(std::initializer_list<double> budgets) {
  v1::Campaign campaign;
  campaign.mutable_algorithm()->mutable_grid();
  v1::SearchSpace& space = *campaign.mutable_space();
  space.set_min_depth(1);
  space.set_max_depth(64);
  space.set_min_width(16);
  space.set_max_width(8192);
  space.set_ffn_ratio(8.0 / 3);
  space.set_ffn_multiple(16);
  v1::Shape& base = *space.mutable_base();
  base.set_head_dim(16);
  base.set_vocab(256);
  base.set_context(128);
  for (const double budget : budgets) campaign.add_budgets(budget);
  return campaign;
}

TEST(SmallBudgetsText, ABudgetBelowTheSpaceIsNamedAndOneAboveIsNot) {
  EXPECT_THAT(
      SmallBudgetsText(CampaignOf({1e10, 1e13})),
      AllOf(StartsWith("budget 1e10 may be too small for this space"),
            HasSubstr("1x16"), HasSubstr("or lower space.base.head_dim"),
            // Who shows notes sets their parts apart there.
            Not(HasSubstr("; "))));
  EXPECT_THAT(SmallBudgetsText(CampaignOf({1e9, 1e10, 1e13})),
              StartsWith("budget 1e9 (and 1 more) may be too small"));
  EXPECT_EQ(SmallBudgetsText(CampaignOf({2.5e11, 7.5e11})), "");
}

TEST(SmallBudgetsText, ACampaignThatProposesNothingIsNotWarned) {
  v1::Campaign campaign = CampaignOf({1e10});
  campaign.mutable_algorithm()->mutable_external();
  EXPECT_EQ(SmallBudgetsText(campaign), "");
}

// A warning that the losses have refuted is not repeated.
TEST(SmallBudgetsText, ABudgetWhoseBestHasASmallerOneIsNotWarnedOf) {
  const v1::Campaign campaign = CampaignOf({1e9, 1e10});
  const auto trial = [](int width, double budget, double loss) {
    PastTrial past;
    past.shape.depth = 1;
    past.shape.width = width;
    past.shape.heads = width / 16;
    past.shape.head_dim = 16;
    past.shape.ffn_width = int64_t{3} * width;
    past.shape.vocab = 256;
    past.shape.context = 128;
    past.budget_flops = budget;
    past.state = PastTrial::State::kSucceeded;
    past.validation_loss = loss;
    return past;
  };
  // The smallest is the best: it may lie below.
  std::vector<PastTrial> trials = {trial(16, 1e10, 3.0), trial(32, 1e10, 3.1)};
  EXPECT_THAT(SmallBudgetsText(campaign, trials),
              StartsWith("budget 1e9 (and 1 more)"));
  trials[1].validation_loss = 2.9;
  EXPECT_THAT(SmallBudgetsText(campaign, trials),
              StartsWith("budget 1e9 may be"));
  // What has not succeeded tells nothing.
  trials[0].state = PastTrial::State::kFailed;
  EXPECT_THAT(SmallBudgetsText(campaign, trials),
              StartsWith("budget 1e9 (and 1 more)"));
}

}  // namespace
}  // namespace isoshape
