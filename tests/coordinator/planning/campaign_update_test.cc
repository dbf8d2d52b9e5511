#include "coordinator/planning/campaign_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/planning/campaign_defaults.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

v1::Campaign With(void (*choose)(v1::Algorithm&)) {
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  choose(*campaign.mutable_algorithm());
  FillCampaignDefaults(&campaign);
  return campaign;
}

absl::StatusOr<CampaignUpdate> Change(const v1::Campaign& current,
                                      void (*change)(v1::Algorithm&),
                                      const std::string& path) {
  v1::Campaign wanted;
  change(*wanted.mutable_algorithm());
  google::protobuf::FieldMask mask;
  mask.add_paths(path);
  return UpdatedCampaign(current, wanted, mask, 0);
}

// Counts of an algorithm, of which there are 5 in the campaign.
struct Count {
  const char* path;
  void (*set)(v1::Algorithm&, int);
};
constexpr Count kCounts[] = {
    {"algorithm.grid.sizes",
     [](v1::Algorithm& a, int n) { a.mutable_grid()->set_sizes(n); }},
    {"algorithm.grid.aspect_ratios",
     [](v1::Algorithm& a, int n) { a.mutable_grid()->set_aspect_ratios(n); }},
    {"algorithm.sobol.trials_per_budget",
     [](v1::Algorithm& a, int n) {
       a.mutable_sobol()->set_trials_per_budget(n);
     }},
    {"algorithm.random.trials_per_budget",
     [](v1::Algorithm& a, int n) {
       a.mutable_random()->set_trials_per_budget(n);
     }},
    {"algorithm.gp.trials_per_budget",
     [](v1::Algorithm& a, int n) { a.mutable_gp()->set_trials_per_budget(n); }},
    {"algorithm.asha.shapes",
     [](v1::Algorithm& a, int n) { a.mutable_asha()->set_shapes(n); }},
    {"algorithm.hyperband.rounds",
     [](v1::Algorithm& a, int n) { a.mutable_hyperband()->set_rounds(n); }},
};

TEST(CampaignUpdate, CountsOfAlgorithmsGrowAndNeverFall) {
  for (const Count& count : kCounts) {
    v1::Campaign campaign = With([](v1::Algorithm&) {});
    campaign.clear_algorithm();
    count.set(*campaign.mutable_algorithm(), 5);
    FillCampaignDefaults(&campaign);
    const auto change = [&](int to) {
      v1::Campaign wanted;
      count.set(*wanted.mutable_algorithm(), to);
      google::protobuf::FieldMask mask;
      mask.add_paths(count.path);
      return UpdatedCampaign(campaign, wanted, mask, 0);
    };
    const auto more = change(6);
    ASSERT_TRUE(more.ok()) << count.path << more.status();
    EXPECT_TRUE(more->asks_for_more);
    v1::Campaign expected = campaign;
    count.set(*expected.mutable_algorithm(), 6);
    EXPECT_EQ(more->campaign.SerializeAsString(), expected.SerializeAsString());
    const auto fewer = change(4);
    EXPECT_EQ(fewer.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(fewer.status().message(),
                HasSubstr(std::string(count.path) +
                          " 4 is below 5, and a campaign can only be "
                          "extended; give 5 or more"));
  }
}

TEST(CampaignUpdate, AnOptionOfAnotherAlgorithmIsRefused) {
  const v1::Campaign asha =
      With([](v1::Algorithm& a) { a.mutable_asha()->set_shapes(9); });
  const auto refused = Change(
      asha, [](v1::Algorithm& a) { a.mutable_hyperband()->set_rounds(3); },
      "algorithm.hyperband.rounds");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.status().message(),
            "update_mask 'algorithm.hyperband.rounds' is of another algorithm "
            "than campaigns/c1 has; leave it out");
}

TEST(CampaignUpdate, OtherOptionsMayBeChangedEitherWay) {
  const v1::Campaign gp =
      With([](v1::Algorithm& a) { a.mutable_gp()->set_in_flight(4); });
  const auto fewer = Change(
      gp, [](v1::Algorithm& a) { a.mutable_gp()->set_in_flight(2); },
      "algorithm.gp.in_flight");
  ASSERT_TRUE(fewer.ok()) << fewer.status();
  EXPECT_EQ(fewer->campaign.algorithm().gp().in_flight(), 2);
  EXPECT_TRUE(fewer->asks_for_more);
}

TEST(CampaignUpdate, WhatCannotBeChangedIsRefusedWithWhatCan) {
  const v1::Campaign gp = With([](v1::Algorithm& a) { a.mutable_gp(); });
  for (const char* path : {"algorithm.gp.seed", "algorithm.listed.shapes",
                           "algorithm.gp", "algorithm", "dataset"}) {
    const auto refused = Change(
        gp, [](v1::Algorithm&) {}, path);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(refused.status().message(),
                HasSubstr("is no field that can be changed; these can: "));
    for (const Count& count : kCounts) {
      EXPECT_THAT(refused.status().message(), HasSubstr(count.path));
    }
    EXPECT_THAT(refused.status().message(),
                HasSubstr("algorithm.asha.in_flight"));
  }
}

// Others search for the same, whatever will be predicted from it.
TEST(CampaignUpdate, AnotherTargetIsAnotherSearchForOptimumAlone) {
  const auto asks_for_more = [](void (*choose)(v1::Algorithm&)) {
    v1::Campaign campaign = With(choose);
    campaign.add_budgets(7.5e12);  // a factor of 4 or more, for optimum
    v1::Campaign wanted;
    wanted.set_target_flops(5e13);
    google::protobuf::FieldMask mask;
    mask.add_paths("target_flops");
    const auto update = UpdatedCampaign(campaign, wanted, mask, 0);
    EXPECT_TRUE(update.ok()) << update.status();
    return update.ok() && update->asks_for_more;
  };
  EXPECT_TRUE(asks_for_more([](v1::Algorithm& a) { a.mutable_optimum(); }));
  EXPECT_FALSE(asks_for_more([](v1::Algorithm& a) { a.mutable_grid(); }));
}

v1::Campaign AshaOf(std::vector<double> budgets, int shapes) {
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.mutable_budgets()->Assign(budgets.begin(), budgets.end());
  campaign.mutable_algorithm()->mutable_asha()->set_shapes(shapes);
  FillCampaignDefaults(&campaign);
  return campaign;
}

absl::StatusOr<CampaignUpdate> WithBudgets(const v1::Campaign& current,
                                           std::vector<double> budgets) {
  v1::Campaign wanted;
  wanted.mutable_budgets()->Assign(budgets.begin(), budgets.end());
  google::protobuf::FieldMask mask;
  mask.add_paths("budgets");
  return UpdatedCampaign(current, wanted, mask, 0);
}

// Or none of them would ever come to the new one.
TEST(CampaignUpdate, ShapesOfAshaByDefaultGoWithTheBudgets) {
  const auto update =
      WithBudgets(AshaOf({1e12, 3e12, 9e12}, 0), {1e12, 3e12, 9e12, 2.7e13});
  ASSERT_TRUE(update.ok()) << update.status();
  EXPECT_EQ(update->campaign.algorithm().asha().shapes(), 27);
  EXPECT_EQ(update->message,
            "changed: budgets, and with them algorithm.asha.shapes");
  // Sizes are drawn as before, so that what was drawn stays.
  EXPECT_EQ(update->campaign.algorithm().asha().size_range(),
            AshaOf({1e12, 3e12, 9e12}, 0).algorithm().asha().size_range());
}

TEST(CampaignUpdate, ABudgetThatNoShapeWouldReachIsRefused) {
  EXPECT_EQ(
      WithBudgets(AshaOf({1e12, 3e12, 9e12}, 26), {1e12, 3e12, 9e12, 2.7e13})
          .status(),
      absl::InvalidArgumentError(
          "budgets: with 4 of them no shape is sure to reach the largest, "
          "2.7e+13, as one of 3 shapes goes on from each to the next and "
          "algorithm.asha.shapes is 26; give algorithm.asha.shapes 27 or more "
          "as well"));
  EXPECT_TRUE(
      WithBudgets(AshaOf({1e12, 3e12, 9e12}, 30), {1e12, 3e12, 9e12, 2.7e13})
          .ok());
  // The default is no more than 81.
  EXPECT_THAT(WithBudgets(AshaOf({1e12, 3e12, 9e12, 2.7e13, 8.1e13}, 0),
                          {1e12, 3e12, 9e12, 2.7e13, 8.1e13, 2.43e14})
                  .status()
                  .message(),
              HasSubstr("is 81; give algorithm.asha.shapes 243 or more"));
  // What is quoted is what the campaign has, and not the default to come.
  EXPECT_THAT(WithBudgets(AshaOf({1e12, 3e12, 9e12, 2.7e13}, 0),
                          {1e12, 2e12, 3e12, 6e12, 9e12, 2.7e13})
                  .status()
                  .message(),
              AllOf(HasSubstr("is 27; give"), HasSubstr("243 or more")));
  // No advice that would be refused: 3^9 is above 10,000.
  EXPECT_THAT(
      WithBudgets(AshaOf({1e12, 3e12, 9e12}, 9000),
                  {1e12, 2e12, 3e12, 4e12, 5e12, 6e12, 7e12, 8e12, 9e12, 1e13})
          .status()
          .message(),
      HasSubstr("is 9000; add fewer budgets"));
  // One that was created so goes on so.
  EXPECT_TRUE(
      WithBudgets(AshaOf({1e12, 3e12, 9e12}, 8), {1e12, 3e12, 9e12, 2.7e13})
          .ok());
}

}  // namespace
}  // namespace isoshape
