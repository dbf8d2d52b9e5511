#include "coordinator/planning/small_budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  EXPECT_THAT(SmallBudgetsText(CampaignOf({1e10, 1e13})),
              AllOf(StartsWith("budget 1e10: "), HasSubstr("1x16"),
                    HasSubstr("a lower space.base.head_dim"),
                    Not(HasSubstr("more budget"))));
  EXPECT_THAT(
      SmallBudgetsText(CampaignOf({1e9, 1e10, 1e13})),
      AllOf(StartsWith("budget 1e9: "), HasSubstr("(so at 1 more budget)")));
  EXPECT_EQ(SmallBudgetsText(CampaignOf({2.5e11, 7.5e11})), "");
}

TEST(SmallBudgetsText, ACampaignThatProposesNothingIsNotWarned) {
  v1::Campaign campaign = CampaignOf({1e10});
  campaign.mutable_algorithm()->mutable_external();
  EXPECT_EQ(SmallBudgetsText(campaign), "");
}

}  // namespace
}  // namespace isoshape
