#include "coordinator/analysis/space_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "messages/campaign_space.h"
#include "scaling/allocation/shape_choice.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kBudget = 1e13;

v1::Campaign CampaignOf(int64_t min_depth) {
  v1::Campaign campaign;
  v1::SearchSpace& space = *campaign.mutable_space();
  space.mutable_base()->set_head_dim(16);
  space.mutable_base()->set_vocab(256);
  space.mutable_base()->set_context(128);
  space.set_ffn_ratio(8.0 / 3);
  space.set_ffn_multiple(8);
  space.set_min_depth(min_depth);
  space.set_max_depth(64);
  space.set_min_width(64);
  space.set_max_width(1024);
  campaign.mutable_recipe()->set_tokens_per_step(2048);
  return campaign;
}

// Runs of the smallest shapes of the campaign's space, of these losses.
Runs RunsOf(const v1::Campaign& campaign, const std::vector<double>& losses) {
  Runs runs;
  runs.measure = SizeMeasure::kFlopsPerToken;
  const SearchSpace space = SpaceOfCampaign(campaign);
  int64_t depth = space.min_depth;
  for (const double loss : losses) {
    AddRun(kBudget,
           SizeOf(ShapeInSpace(space, depth, space.min_width), runs.measure),
           loss, runs, static_cast<double>(depth), 64);
    depth *= 2;
  }
  return runs;
}

TEST(SpaceWarningsTest, AnOptimumBelowTheSmallestShapeAsksForAnotherSpace) {
  const v1::Campaign campaign = CampaignOf(2);
  EXPECT_THAT(
      SpaceWarnings(campaign, RunsOf(campaign, {3.0, 3.1, 3.2, 3.3})),
      ElementsAre(AllOf(HasSubstr("budget 1e+13 FLOPs"),
                        HasSubstr("the smallest size"),
                        HasSubstr("lower --min-depth or --min-width"))));
}

TEST(SpaceWarningsTest, SizesThatTheSpaceHasAreForFitsToAskFor) {
  // Between the smallest and the largest size tried.
  const v1::Campaign campaign = CampaignOf(2);
  EXPECT_THAT(
      SpaceWarnings(campaign, RunsOf(campaign, {3.3, 3.1, 3.0, 3.1, 3.3})),
      IsEmpty());
  // At the largest, of which the space has larger ones.
  EXPECT_THAT(SpaceWarnings(campaign, RunsOf(campaign, {3.3, 3.2, 3.1, 3.0})),
              IsEmpty());
  // The runs of another space than that of the campaign now.
  EXPECT_THAT(
      SpaceWarnings(CampaignOf(1), RunsOf(campaign, {3.0, 3.1, 3.2, 3.3})),
      IsEmpty());
}

// One budget had two: of the fit, which the space cannot give, and its own.
TEST(SpaceWarningsTest, ABudgetHasOneRemedy) {
  const v1::Campaign campaign = CampaignOf(2);
  const std::vector<std::string> of_space =
      SpaceWarnings(campaign, RunsOf(campaign, {3.0, 3.1, 3.2, 3.3}));
  ASSERT_EQ(of_space.size(), 1);
  std::vector<std::string> of_fit = {
      "budget 1e+13 FLOPs is left out of the trends: the least loss is at the "
      "smallest size, 1e+05; run smaller sizes",
      "budget 3e+13 FLOPs is left out of the trends: the least loss is at the "
      "smallest size, 1e+05; run smaller sizes",
      "budget 1e+13 FLOPs is left out of the trends: noise hides the optimum; "
      "run more sizes or seeds",
      "budget 1e+13 FLOPs: the optimum, 2e+05, lies near the smallest; run "
      "more smaller sizes",
      "two budgets: a straight line; run a third budget"};
  const std::vector<std::string> before = of_fit;
  LeaveRemedyToSpace(of_space, of_fit);
  EXPECT_THAT(of_fit, ElementsAre("budget 1e+13 FLOPs is left out of the "
                                  "trends: the least loss is at the smallest "
                                  "size, 1e+05",
                                  before[1], before[2],
                                  "budget 1e+13 FLOPs: the optimum, 2e+05, "
                                  "lies near the smallest",
                                  before[4]));
}

}  // namespace
}  // namespace isoshape
