#include "coordinator/planning/variants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/planning/plan_history.h"
#include "coordinator/planning/planned_campaign.h"
#include "messages/campaign/campaign_variants.h"
#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Variant& AddVariant(v1::Campaign& campaign, const std::string& name) {
  v1::Variant& variant = *campaign.add_variants();
  variant.set_name(name);
  return variant;
}

void AddShape(v1::Campaign& campaign, int64_t depth, int64_t width) {
  v1::Shape& shape =
      *campaign.mutable_algorithm()->mutable_listed()->add_shapes();
  shape.set_depth(depth);
  shape.set_width(width);
}

// Two shapes, two budgets, two seeds; `bare` without residual, `standard` by
// another parameterization.
v1::Campaign Asked() {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  campaign.set_seeds(2);
  AddShape(campaign, 4, 64);
  AddShape(campaign, 8, 48);
  AddVariant(campaign, "bare").mutable_shape()->set_residual(v1::RESIDUAL_NONE);
  AddVariant(campaign, "standard")
      .mutable_recipe()
      ->set_parameterization(v1::Recipe::STANDARD);
  return campaign;
}

std::string Refusal(const v1::Campaign& campaign) {
  return ErrorOf(PlanCampaign(campaign));
}

TEST(Variants, EachShapeBudgetAndSeedIsTrainedOnceInEach) {
  const auto planned = PlanCampaign(Asked());
  ASSERT_TRUE(planned.ok()) << planned.status();
  const std::vector<v1::Trial>& trials = planned->plan.trials;
  ASSERT_EQ(trials.size(), 2u * 2 * 2 * 3);
  EXPECT_TRUE(planned->plan.done);
  // Partners follow each other, `base` first, and differ in nothing else.
  for (size_t i = 0; i < trials.size(); i += 3) {
    EXPECT_EQ(trials[i].variant(), "base");
    EXPECT_EQ(trials[i + 1].variant(), "bare");
    EXPECT_EQ(trials[i + 2].variant(), "standard");
    for (size_t j = i + 1; j < i + 3; ++j) {
      EXPECT_EQ(trials[j].seed(), trials[i].seed());
      EXPECT_EQ(trials[j].budget_flops(), trials[i].budget_flops());
      EXPECT_EQ(trials[j].tokens_per_step(), trials[i].tokens_per_step());
      EXPECT_EQ(ShapeInBase(planned->campaign, trials[j]).SerializeAsString(),
                trials[i].shape().SerializeAsString());
    }
    EXPECT_EQ(trials[i].shape().residual(), v1::RESIDUAL_ADD);
    EXPECT_EQ(trials[i + 1].shape().residual(), v1::RESIDUAL_NONE);
    EXPECT_EQ(trials[i + 2].shape().residual(), v1::RESIDUAL_ADD);
  }
}

TEST(Variants, FiguresOfATrialAreThoseOfItsVariant) {
  v1::Campaign campaign = Asked();
  campaign.clear_variants();
  v1::Variant& normless = AddVariant(campaign, "normless");
  normless.mutable_shape()->set_norm_placement(v1::NORM_PLACEMENT_NONE);
  normless.mutable_recipe()->set_tokens_per_step(4096);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  const v1::Trial& base = planned->plan.trials[0];
  const v1::Trial& other = planned->plan.trials[1];
  EXPECT_EQ(base.tokens_per_step(), 2048);
  EXPECT_EQ(other.tokens_per_step(), 4096);
  EXPECT_EQ(other.parameters(),
            CountParameters(FromProto(other.shape())).total());
  EXPECT_EQ(other.parameters(), base.parameters() - int64_t{2 * 4 + 1} * 64);
  EXPECT_EQ(other.tokens(), other.steps() * 4096);
}

TEST(Variants, TheSearchSeesTheLossesOfBaseAlone) {
  v1::Campaign campaign = Asked();
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(3);
  campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
  campaign.mutable_space()->set_max_depth(8);
  campaign.mutable_space()->set_max_width(256);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  PlanHistory history;
  int64_t number = 0;
  std::set<std::string> shapes;
  for (v1::Trial trial : planned->plan.trials) {
    trial.set_state(v1::Trial::SUCCEEDED);
    trial.mutable_shape_card()->set_validation_loss(2);
    history.Set(++number, trial);
    shapes.insert(ShapeLabel(FromProto(trial.shape())));
  }
  EXPECT_EQ(shapes.size(), 3u);
  EXPECT_EQ(number, 3 * 2 * 3);  // seeds and variants
  EXPECT_EQ(history.Snapshot().PastTrials().size(), 3u * 2);  // of base
  EXPECT_EQ(history.trials(), number);
  EXPECT_THAT(history.MayBeSameRun(planned->plan.trials[1]), ElementsAre(2));
  v1::Trial unseen = planned->plan.trials[1];
  unseen.set_seed(7);
  EXPECT_THAT(history.MayBeSameRun(unseen), IsEmpty());
}

TEST(Variants, PartnersStayTogetherWhenTotalFlopsRunOut) {
  v1::Campaign campaign = Asked();
  // The first shape at the smaller budget costs 6 x 2.5e11 with seeds and
  // variants, and two groups of three and a half fit.
  campaign.set_total_flops(3.5 * 3 * 2.5e11);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(planned->plan.trials.size(), 9u);
  EXPECT_THAT(planned->plan.note,
              AllOf(HasSubstr("stopped by total_flops"),
                    HasSubstr("the next 3 trials would add")));
}

TEST(Variants, ShareTrunksEachForItself) {
  v1::Campaign campaign = Asked();
  campaign.mutable_algorithm()->mutable_grid()->set_sizes(3);
  campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
  campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  std::map<std::string, int> branches;
  for (const v1::Trial& trial : planned->plan.trials) {
    branches[trial.variant()] += trial.branches_size();
  }
  EXPECT_GT(branches["base"], 0);
  EXPECT_EQ(branches["bare"], branches["base"]);
  EXPECT_EQ(branches["standard"], branches["base"]);
}

TEST(Variants, WhatFollowsFromTheirFieldsIsFilledIn) {
  v1::Campaign campaign = Asked();
  campaign.clear_variants();
  AddVariant(campaign, "wide").mutable_recipe()->set_base_width(256);
  AddVariant(campaign, "short").mutable_shape()->set_context(100);
  AddVariant(campaign, "masked")
      .mutable_shape()
      ->set_objective(v1::OBJECTIVE_MASKED);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  const v1::Campaign& made = planned->campaign;
  EXPECT_DOUBLE_EQ(AsVariant(made, "base").recipe().init_std(), 0.04);
  EXPECT_DOUBLE_EQ(AsVariant(made, "wide").recipe().init_std(), 0.02);
  EXPECT_EQ(AsVariant(made, "short").recipe().tokens_per_step(), 2000);
  EXPECT_EQ(AsVariant(made, "masked").space().base().vocab(), 257);
  EXPECT_EQ(AsVariant(made, "base").space().base().vocab(), 256);
  // What is given is kept.
  campaign.mutable_recipe()->set_init_std(0.1);
  const auto given = PlanCampaign(campaign);
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(AsVariant(given->campaign, "wide").recipe().init_std(), 0.1);
}

struct BadVariant {
  const char* expected;
  std::function<void(v1::Campaign&)> change;
};

TEST(Variants, EachBadOneIsRefusedInOneLine) {
  const std::vector<BadVariant> cases = {
      {"variant bare: it changes nothing of the campaign",
       [](auto& c) {
         c.mutable_variants(0)->mutable_shape()->set_residual(v1::RESIDUAL_ADD);
       }},
      {"variant standard: it changes nothing",
       [](auto& c) {
         c.mutable_recipe()->set_parameterization(v1::Recipe::STANDARD);
       }},
      {"variant bare is there twice",
       [](auto& c) { c.mutable_variants(1)->set_name("bare"); }},
      {"variant standard: it is the same as variant bare",
       [](auto& c) {
         const std::string name = c.variants(1).name();
         *c.mutable_variants(1) = c.variants(0);
         c.mutable_variants(1)->set_name(name);
       }},
      {"variant base is the campaign as it stands",
       [](auto& c) { c.mutable_variants(0)->set_name("base"); }},
      {"variants[0].name 'a b' is not an id",
       [](auto& c) { c.mutable_variants(0)->set_name("a b"); }},
      {"variant bare: shape.depth 4 is not an option",
       [](auto& c) { c.mutable_variants(0)->mutable_shape()->set_depth(4); }},
      {"variant bare: shape.head_dim 8 is not an option",
       [](auto& c) {
         c.mutable_variants(0)->mutable_shape()->set_head_dim(8);
       }},
      {"variant standard: recipe.learning_rate -1",
       [](auto& c) {
         c.mutable_variants(1)->mutable_recipe()->set_learning_rate(-1);
       }},
      {"variant standard: recipe.tokens_per_step 100 is not a multiple of the "
       "context 128",
       [](auto& c) {
         c.mutable_variants(1)->mutable_recipe()->set_tokens_per_step(100);
       }},
      {"variant bare: dataset",
       [](auto& c) { c.mutable_variants(0)->set_dataset("../etc"); }},
      {"variants has 51 entries; give at most 50",
       [](auto& c) {
         for (int i = 2; i < 51; ++i) {
           AddVariant(c, absl::StrCat("v", i))
               .mutable_recipe()
               ->set_learning_rate(0.001 * i);
         }
       }},
  };
  for (const BadVariant& bad : cases) {
    v1::Campaign campaign = Asked();
    bad.change(campaign);
    EXPECT_THAT(Refusal(campaign), HasSubstr(bad.expected));
  }
}

TEST(ListedShapes, AreFilledInAndSolved) {
  v1::Campaign campaign;
  campaign.add_budgets(1e13);
  AddShape(campaign, 8, 128);
  v1::ListedAlgorithm& listed = *campaign.mutable_algorithm()->mutable_listed();
  listed.mutable_shapes(0)->set_ffn_width(768);
  listed.add_equal(v1::ListedAlgorithm::FLOPS);
  listed.add_equal(v1::ListedAlgorithm::PARAMS);
  for (const int64_t depth : {4, 8, 16}) listed.add_depths(depth);
  const auto planned = PlanCampaign(campaign);
  ASSERT_TRUE(planned.ok()) << planned.status();
  std::vector<int64_t> depths;
  for (const v1::Shape& shape :
       planned->campaign.algorithm().listed().shapes()) {
    depths.push_back(shape.depth());
    EXPECT_EQ(shape.heads() * 16, shape.width());
    EXPECT_GT(shape.ffn_width(), 0);
  }
  EXPECT_THAT(depths, ElementsAre(8, 4, 16));
  EXPECT_EQ(planned->plan.trials.size(), 3u);
  // What was filled in can be asked for again.
  EXPECT_TRUE(PlanCampaign(planned->campaign).ok());
}

TEST(ListedShapes, EachBadListIsRefusedInOneLine) {
  using Listed = v1::ListedAlgorithm;
  struct BadList {
    const char* expected;
    std::function<void(Listed&)> change;
  };
  const std::vector<BadList> cases = {
      {"algorithm.listed.shapes is empty", [](auto& l) { l.clear_shapes(); }},
      {"algorithm.listed.shapes[0]: width 60 is not a multiple of head_dim 16",
       [](auto& l) { l.mutable_shapes(0)->set_width(60); }},
      {"algorithm.listed.shapes[0].depth 0",
       [](auto& l) { l.mutable_shapes(0)->set_depth(0); }},
      {"shapes[1] 4x64 is in the list twice",
       [](auto& l) { *l.mutable_shapes(1) = l.shapes(0); }},
      {"algorithm.listed.shapes[1] sets more than sizes",
       [](auto& l) { l.mutable_shapes(1)->set_norm(v1::NORM_LAYER); }},
      {"shapes 4x64 and 8x48 are to have equal FLOPs per token and have",
       [](auto& l) { l.add_equal(Listed::FLOPS); }},
      {"algorithm.listed.depths needs to know what the shapes have in common",
       [](auto& l) { l.add_depths(2); }},
      {"algorithm.listed.depths goes with one shape",
       [](auto& l) {
         l.add_equal(Listed::PARAMS);
         l.add_depths(2);
       }},
      {"algorithm.listed.depths: no width from 16 to 8192 gives depth 1",
       [](auto& l) {
         l.mutable_shapes()->RemoveLast();
         l.add_equal(Listed::PARAMS);
         l.add_equal(Listed::FLOPS);
         l.add_depths(1);
       }},
  };
  for (const BadList& bad : cases) {
    v1::Campaign campaign = Asked();
    bad.change(*campaign.mutable_algorithm()->mutable_listed());
    EXPECT_THAT(Refusal(campaign), HasSubstr(bad.expected));
  }
}

}  // namespace
}  // namespace isoshape
