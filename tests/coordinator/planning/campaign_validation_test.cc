#include "coordinator/planning/campaign_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "coordinator/planning/campaign_defaults.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

v1::Campaign Filled() {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.add_budgets(7.5e11);
  FillCampaignDefaults(&campaign);
  return campaign;
}

TEST(CampaignDefaults, AreThoseOfTheProto) {
  const v1::Campaign campaign = Filled();
  EXPECT_EQ(campaign.seeds(), 1);
  EXPECT_EQ(campaign.dataset(), "text");
  EXPECT_EQ(campaign.max_lost_leases(), 3);
  EXPECT_DOUBLE_EQ(campaign.target_flops(), 2.25e12);
  EXPECT_EQ(campaign.space().base().head_dim(), 16);
  EXPECT_EQ(campaign.space().base().vocab(), 256);
  EXPECT_EQ(campaign.space().base().context(), 128);
  EXPECT_DOUBLE_EQ(campaign.space().ffn_ratio(), 8.0 / 3.0);
  EXPECT_EQ(campaign.space().ffn_multiple(), 8);
  EXPECT_EQ(campaign.space().min_width(), 16);
  EXPECT_EQ(campaign.space().max_width(), 8192);
  EXPECT_EQ(campaign.space().max_depth(), 64);
  EXPECT_EQ(campaign.recipe().parameterization(), v1::Recipe::COMPLETEP);
  EXPECT_DOUBLE_EQ(campaign.recipe().init_std(), 0.04);  // 0.02 sqrt(256/64)
  EXPECT_DOUBLE_EQ(campaign.recipe().gradient_clip(), 1);
  EXPECT_EQ(campaign.recipe().tokens_per_step(), 2048);
  EXPECT_EQ(campaign.algorithm().grid().sizes(), 7);
  EXPECT_DOUBLE_EQ(campaign.algorithm().grid().center_size(),
                   std::sqrt(2.5e11 / 120));
  EXPECT_TRUE(CheckCampaign(campaign).ok());
}

TEST(CampaignDefaults, ZeroIsKeptWhereItIsAValue) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.mutable_recipe()->set_gradient_clip(0);
  campaign.mutable_recipe()->set_weight_decay(0);
  campaign.mutable_recipe()->set_warmup_fraction(0);
  campaign.mutable_recipe()->set_cooldown_fraction(0);
  campaign.mutable_recipe()->set_beta1(0);
  FillCampaignDefaults(&campaign);
  EXPECT_EQ(campaign.recipe().gradient_clip(), 0);
  EXPECT_EQ(campaign.recipe().weight_decay(), 0);
  EXPECT_EQ(campaign.recipe().warmup_fraction(), 0);
  EXPECT_EQ(campaign.recipe().cooldown_fraction(), 0);
  EXPECT_EQ(campaign.recipe().beta1(), 0);
  EXPECT_EQ(campaign.recipe().beta2(), 0.95);
  EXPECT_TRUE(CheckCampaign(campaign).ok());
}

TEST(CampaignDefaults, FollowTheOptionsThatAreGiven) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.mutable_space()->mutable_base()->set_activation(v1::ACTIVATION_GELU);
  campaign.mutable_space()->mutable_base()->set_head_dim(32);
  campaign.mutable_space()->mutable_base()->set_context(100);
  FillCampaignDefaults(&campaign);
  EXPECT_EQ(campaign.space().ffn_ratio(), 4);
  EXPECT_EQ(campaign.space().min_width(), 32);
  EXPECT_EQ(campaign.recipe().tokens_per_step(), 2000);  // whole sequences
  EXPECT_TRUE(CheckCampaign(campaign).ok());
}

TEST(CampaignDefaults, TakeTheVocabularyOfAGeneratedTask) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.set_dataset("synthetic:pointer,hops=4,nodes=20");
  FillCampaignDefaults(&campaign);
  EXPECT_EQ(campaign.space().base().vocab(), 22);
  EXPECT_TRUE(CheckCampaign(campaign).ok());
  campaign.mutable_space()->mutable_base()->set_vocab(64);
  FillCampaignDefaults(&campaign);
  EXPECT_EQ(campaign.space().base().vocab(), 64);
}

TEST(CampaignDefaults, TakeThePresetsOptionsUnderWhatIsGiven) {
  v1::Campaign campaign;
  campaign.add_budgets(2.5e11);
  campaign.mutable_space()->set_preset("bert");
  campaign.mutable_space()->mutable_base()->set_norm(v1::NORM_RMS);
  FillCampaignDefaults(&campaign);
  const v1::Shape& base = campaign.space().base();
  EXPECT_EQ(base.norm(), v1::NORM_RMS);
  EXPECT_EQ(base.norm_placement(), v1::NORM_PLACEMENT_POST);
  EXPECT_EQ(base.positions(), v1::POSITIONS_LEARNED);
  EXPECT_EQ(base.activation(), v1::ACTIVATION_GELU);
  EXPECT_EQ(base.objective(), v1::OBJECTIVE_MASKED);
  EXPECT_EQ(base.residual(), v1::RESIDUAL_ADD);
  EXPECT_TRUE(base.tied_embedding());
  EXPECT_TRUE(base.bias());
  EXPECT_EQ(base.vocab(), 257);  // bytes and the mask
  EXPECT_EQ(campaign.space().ffn_ratio(), 4);
  EXPECT_EQ(campaign.recipe().mask_fraction(), 0.15);
  EXPECT_TRUE(CheckCampaign(campaign).ok());
}

// Makes it a campaign of optimum with that range, filled in.
v1::OptimumAlgorithm* Optimum(v1::Campaign& campaign, double low, double high) {
  campaign.clear_budgets();
  campaign.clear_target_flops();
  v1::OptimumAlgorithm* optimum =
      campaign.mutable_algorithm()->mutable_optimum();
  optimum->Clear();
  optimum->set_min_budget(low);
  optimum->set_max_budget(high);
  FillCampaignDefaults(&campaign);
  return campaign.mutable_algorithm()->mutable_optimum();
}

struct BadField {
  const char* expected;  // in the message: field, value, remedy
  std::function<void(v1::Campaign&)> change;
};

TEST(CampaignValidation, EachBadFieldIsNamedWithItsValueInOneLine) {
  const double nan = std::nan("");
  const std::vector<BadField> cases = {
      {"budgets is empty", [](auto& c) { c.clear_budgets(); }},
      {"budgets[0] 0", [](auto& c) { c.set_budgets(0, 0); }},
      {"budgets[0] -1", [](auto& c) { c.set_budgets(0, -1); }},
      {"budgets[1] nan", [=](auto& c) { c.set_budgets(1, nan); }},
      {"budgets[1] inf", [](auto& c) { c.set_budgets(1, INFINITY); }},
      {"ascending", [](auto& c) { c.set_budgets(1, 2.5e11); }},
      {"ascending", [](auto& c) { c.set_budgets(1, 2.5000001e11); }},
      {"ascending", [](auto& c) { c.set_budgets(1, 1e11); }},
      {"more than can be counted", [](auto& c) { c.set_budgets(1, 1e30); }},
      {"seeds 101", [](auto& c) { c.set_seeds(101); }},
      {"seeds -1", [](auto& c) { c.set_seeds(-1); }},
      {"dataset '../x'", [](auto& c) { c.set_dataset("../x"); }},
      {"there are markov, hierarchy, pointer, recall",
       [](auto& c) { c.set_dataset("synthetic:words"); }},
      {"dataset: data synthetic:markov,order=0: order '0' is not",
       [](auto& c) { c.set_dataset("synthetic:markov,order=0"); }},
      {"dataset has 215 bytes",
       [](auto& c) {
         c.set_dataset("synthetic:markov" + std::string(199, ','));
       }},
      {"space.base: context 128 is not a multiple of 9",
       [](auto& c) { c.set_dataset("synthetic:hierarchy"); }},
      {"space.base: vocab 15 does not hold the 16 tokens",
       [](auto& c) {
         c.set_dataset("synthetic:markov");
         c.mutable_space()->mutable_base()->set_vocab(15);
       }},
      {"algorithm.grid.share_trunks has nothing to share with one budget",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
         c.mutable_budgets()->Truncate(1);
       }},
      {"algorithm.grid.share_trunks needs a constant rate to branch off",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
         c.mutable_recipe()->set_schedule(v1::Recipe::COSINE);
       }},
      {"use the schedule wsd and a recipe.cooldown_fraction above 0",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
         c.mutable_recipe()->set_cooldown_fraction(0);
       }},
      {"recipe.batch_exponent is 0.25; set it to 0",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_share_trunks(true);
         c.mutable_recipe()->set_batch_exponent(0.25);
       }},
      {"recipe.schedule",
       [](auto& c) {
         c.mutable_recipe()->set_schedule(static_cast<v1::Recipe::Schedule>(9));
       }},
      {"display_name has 201 bytes",
       [](auto& c) { c.set_display_name(std::string(201, 'x')); }},
      {"display_name '[31mred' has characters that cannot be seen",
       [](auto& c) { c.set_display_name("\x1b[31mred"); }},
      {"display_name 'two lines'",
       [](auto& c) { c.set_display_name("two\nlines"); }},
      {"labels[owner] 'a<U+202E>b' has characters",
       [](auto& c) { (*c.mutable_labels())["owner"] = "a\u202Eb"; }},
      {"total_flops -1", [](auto& c) { c.set_total_flops(-1); }},
      {"target_flops nan", [=](auto& c) { c.set_target_flops(nan); }},
      {"max_lost_leases -3", [](auto& c) { c.set_max_lost_leases(-3); }},
      {"space.base.head_dim -1",
       [](auto& c) { c.mutable_space()->mutable_base()->set_head_dim(-1); }},
      {"space.base.head_dim 15 is odd",
       [](auto& c) { c.mutable_space()->mutable_base()->set_head_dim(15); }},
      {"space.base.vocab 1",
       [](auto& c) { c.mutable_space()->mutable_base()->set_vocab(1); }},
      {"space.base.norm 9",
       [](auto& c) {
         c.mutable_space()->mutable_base()->set_norm(static_cast<v1::Norm>(9));
       }},
      {"space.base.norm_placement 9",
       [](auto& c) {
         c.mutable_space()->mutable_base()->set_norm_placement(
             static_cast<v1::NormPlacement>(9));
       }},
      {"space.base.residual 9",
       [](auto& c) {
         c.mutable_space()->mutable_base()->set_residual(
             static_cast<v1::Residual>(9));
       }},
      {"space.base.objective 9",
       [](auto& c) {
         c.mutable_space()->mutable_base()->set_objective(
             static_cast<v1::Objective>(9));
       }},
      {"space.base.vocab 2 leaves no token beside the mask",
       [](auto& c) {
         c.mutable_space()->mutable_base()->set_objective(v1::OBJECTIVE_MASKED);
         c.mutable_space()->mutable_base()->set_vocab(2);
       }},
      {"space.preset 't5' is none of gpt2, llama, bert",
       [](auto& c) { c.mutable_space()->set_preset("t5"); }},
      {"recipe.optimizer 9",
       [](auto& c) {
         c.mutable_recipe()->set_optimizer(
             static_cast<v1::Recipe::Optimizer>(9));
       }},
      {"recipe.muon_learning_rate -1",
       [](auto& c) { c.mutable_recipe()->set_muon_learning_rate(-1); }},
      {"recipe.muon_momentum 1",
       [](auto& c) { c.mutable_recipe()->set_muon_momentum(1); }},
      {"recipe.z_loss -1", [](auto& c) { c.mutable_recipe()->set_z_loss(-1); }},
      {"recipe.mask_fraction 1",
       [](auto& c) { c.mutable_recipe()->set_mask_fraction(1); }},
      {"space.ffn_ratio nan",
       [=](auto& c) { c.mutable_space()->set_ffn_ratio(nan); }},
      {"space.max_depth 1",
       [](auto& c) {
         c.mutable_space()->set_min_depth(2);
         c.mutable_space()->set_max_depth(1);
       }},
      {"space.max_depth 1000000",
       [](auto& c) { c.mutable_space()->set_max_depth(1000000); }},
      {"the nearest are 32 and 48",
       [](auto& c) {
         c.mutable_space()->set_min_width(33);
         c.mutable_space()->set_max_width(47);
       }},
      {"space.min_tokens -1",
       [](auto& c) { c.mutable_space()->set_min_tokens(-1); }},
      {"recipe.learning_rate 100000 is out of range; give at most 1",
       [](auto& c) { c.mutable_recipe()->set_learning_rate(1e5); }},
      {"recipe.learning_rate -1",
       [](auto& c) { c.mutable_recipe()->set_learning_rate(-1); }},
      {"recipe.beta1 1", [](auto& c) { c.mutable_recipe()->set_beta1(1); }},
      {"recipe.gradient_clip -1",
       [](auto& c) { c.mutable_recipe()->set_gradient_clip(-1); }},
      {"recipe.warmup_fraction 0.6",
       [](auto& c) { c.mutable_recipe()->set_warmup_fraction(0.6); }},
      {"more than all steps",
       [](auto& c) {
         c.mutable_recipe()->set_warmup_fraction(0.5);
         c.mutable_recipe()->set_cooldown_fraction(0.75);
       }},
      {"recipe.tokens_per_step 1000 is not a multiple of the context 128; the "
       "nearest are 896 and 1024",
       [](auto& c) { c.mutable_recipe()->set_tokens_per_step(1000); }},
      {"recipe.batch_exponent 2",
       [](auto& c) { c.mutable_recipe()->set_batch_exponent(2); }},
      {"recipe.precision 7",
       [](auto& c) {
         c.mutable_recipe()->set_precision(
             static_cast<v1::Recipe::Precision>(7));
       }},
      {"give grid, sobol, optimum, listed, random, gp, asha, hyperband, "
       "external or pareto",
       [](auto& c) { c.clear_algorithm(); }},
      {"algorithm.grid.sizes 2",
       [](auto& c) { c.mutable_algorithm()->mutable_grid()->set_sizes(2); }},
      {"algorithm.grid.sizes 1000000",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_sizes(1000000);
       }},
      {"algorithm.grid.size_range 1",
       [](auto& c) {
         c.mutable_algorithm()->mutable_grid()->set_size_range(1);
       }},
      {"algorithm.sobol.aspect_ratio_range 1",
       [](auto& c) {
         c.mutable_algorithm()->mutable_sobol()->set_aspect_ratio_range(1);
         FillCampaignDefaults(&c);
       }},
      {"algorithm.optimum.tolerance 0.5 is not above 0 and at most 0.1",
       [](auto& c) { Optimum(c, 2.5e11, 2.5e13)->set_tolerance(0.5); }},
      {"algorithm.optimum.in_flight -1",
       [](auto& c) { Optimum(c, 2.5e11, 2.5e13)->set_in_flight(-1); }},
      {"algorithm.optimum.min_budget 2.5e+11 and max_budget 0: one is missing",
       [](auto& c) { Optimum(c, 2.5e11, 2.5e13)->clear_max_budget(); }},
      {"algorithm.optimum.min_budget 2.5e+11 is too close to the largest, "
       "5e+11",
       [](auto& c) { Optimum(c, 2.5e11, 5e11); }},
      {"budgets from 2.5e+11 to 5e+11 FLOPs are too close together",
       [](auto& c) {
         v1::OptimumAlgorithm* optimum = Optimum(c, 2.5e11, 5e11);
         optimum->clear_min_budget();
         optimum->clear_max_budget();
       }},
      {"budgets go from 2.5e+11 to 2.5e+13 and the range of "
       "algorithm.optimum.min_budget from 2.5e+11 to 1e+14",
       [](auto& c) { Optimum(c, 2.5e11, 2.5e13)->set_max_budget(1e14); }},
      {"algorithm.optimum.min_budget 2.5e+13 is not below the largest, "
       "2.5e+11; give the smaller first",
       [](auto& c) { Optimum(c, 2.5e13, 2.5e11); }},
      {"target_flops 1e+12 is within the budgets, of which the largest is "
       "2.5e+13",
       [](auto& c) {
         Optimum(c, 2.5e11, 2.5e13);
         c.set_target_flops(1e12);
       }},
      {"seeds 3 has no meaning to the algorithm optimum",
       [](auto& c) {
         Optimum(c, 2.5e11, 2.5e13);
         c.set_seeds(3);
       }},
      {"algorithm.sobol.trials_per_budget -1",
       [](auto& c) {
         c.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(-1);
       }},
  };
  for (const BadField& bad : cases) {
    v1::Campaign campaign = Filled();
    bad.change(campaign);
    const absl::Status status = CheckCampaign(campaign);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
        << bad.expected;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.expected));
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
}

TEST(CampaignValidation, FillingDefaultsIntoRubbishDoesNotCrash) {
  v1::Campaign campaign;
  campaign.add_budgets(-5);
  campaign.mutable_space()->mutable_base()->set_context(-1);
  campaign.mutable_recipe()->set_base_width(-1);
  FillCampaignDefaults(&campaign);
  EXPECT_EQ(CheckCampaign(campaign).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
