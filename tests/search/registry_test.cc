#include "search/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "search/grid/grid.h"
#include "search/optimum/optimum.h"
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

TEST(Registry, OptimumHasARangeInsteadOfBudgets) {
  v1::Campaign campaign;
  campaign.set_target_flops(1e14);
  v1::OptimumAlgorithm* optimum =
      campaign.mutable_algorithm()->mutable_optimum();
  optimum->set_min_budget(1e11);
  optimum->set_max_budget(9e12);
  FillAlgorithmBudgets(&campaign);
  ASSERT_EQ(campaign.budgets_size(), 9);
  EXPECT_EQ(campaign.budgets(0), 1e11);
  EXPECT_EQ(campaign.budgets(8), 9e12);
  EXPECT_NEAR(campaign.budgets(1) / 1e11, std::pow(90, 1.0 / 8), 1e-9);
  campaign.set_seeds(1);
  FillAlgorithmDefaults(&campaign);
  EXPECT_EQ(campaign.algorithm().optimum().tolerance(), 0.002);
  EXPECT_EQ(campaign.algorithm().optimum().in_flight(), 4);
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());
  const auto made = MakeAlgorithm(campaign.algorithm());
  EXPECT_NE(dynamic_cast<const OptimumSearch*>(made.get()), nullptr);
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
    campaign.add_budgets(7.5e12);
    campaign.set_target_flops(2e13);
    v1::Algorithm* algorithm = campaign.mutable_algorithm();
    algorithm->GetReflection()->MutableMessage(algorithm, arms->field(i));
    // A list has no default.
    if (algorithm->has_listed()) {
      v1::Shape& shape = *algorithm->mutable_listed()->add_shapes();
      shape.set_depth(4);
      shape.set_width(64);
    }
    FillAlgorithmDefaults(&campaign);
    EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus())
        << arms->field(i)->name();
    EXPECT_NE(MakeAlgorithm(campaign.algorithm()), nullptr);
  }
}

TEST(Registry, CountsTheTrialsAskedForBeforeItMakesAny) {
  v1::Campaign campaign = TwoBudgets();
  campaign.set_seeds(10);
  v1::GridAlgorithm* grid = campaign.mutable_algorithm()->mutable_grid();
  grid->set_sizes(500);
  grid->set_aspect_ratios(10);
  FillAlgorithmDefaults(&campaign);
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());  // 100,000
  campaign.set_seeds(11);
  const absl::Status refused = CheckAlgorithm(campaign);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      refused.message(),
      "the campaign asks for 110000 trials, 5000 shapes at each of 2 "
      "budgets with 11 seeds, and may ask for 100000; give fewer of them");
}

// Hyperband proposes all that it draws at once, with all seeds and variants.
TEST(Registry, CountsTheTrialsOfAllBracketsOfHyperband) {
  v1::Campaign campaign = TwoBudgets();
  campaign.set_seeds(100);
  campaign.mutable_algorithm()->mutable_hyperband()->set_rounds(100);
  FillAlgorithmDefaults(&campaign);
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());  // 3 + 2 shapes
  campaign.add_variants()->set_name("other");
  campaign.set_seeds(101);
  const absl::Status refused = CheckAlgorithm(campaign);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.message(),
            "the algorithm hyperband draws 500 shapes from 2 budgets in 100 "
            "rounds, with 101 seeds in 2 variants 101000 trials at once, and "
            "may ask for 100000; give fewer of them");
}

// What a shape goes from is stored, so that more budgets change nothing of it.
TEST(Registry, HalvingDrawsFromOneRangeOfSizesForAllBudgets) {
  v1::Campaign campaign;
  campaign.add_budgets(1e12);
  campaign.add_budgets(9e12);
  campaign.mutable_algorithm()->mutable_asha();
  FillAlgorithmDefaults(&campaign);
  const v1::AshaAlgorithm asha = campaign.algorithm().asha();
  EXPECT_EQ(asha.eta(), 3);
  EXPECT_EQ(asha.shapes(), 9);
  const double low = std::sqrt(1e12 / 120);
  EXPECT_NEAR(asha.center_size() / asha.size_range(), low / 3, 1e-6 * low);
  EXPECT_NEAR(asha.center_size() * asha.size_range(), 3 * low * 3, 1e-6 * low);
  EXPECT_EQ(CheckAlgorithm(campaign), absl::OkStatus());
  campaign.add_budgets(8.1e13);
  FillAlgorithmDefaults(&campaign);
  EXPECT_EQ(campaign.algorithm().asha().center_size(), asha.center_size());
  EXPECT_EQ(campaign.algorithm().asha().size_range(), asha.size_range());
}

TEST(Registry, RefusesWhatNewSearchesCannotDoWithValueAndRemedy) {
  const struct {
    const char* message;
    void (*change)(v1::Campaign&);
  } cases[] = {
      {"algorithm.random.trials_per_budget -3",
       [](auto& c) {
         c.mutable_algorithm()->mutable_random()->set_trials_per_budget(-3);
       }},
      {"algorithm.random.seed -1",
       [](auto& c) { c.mutable_algorithm()->mutable_random()->set_seed(-1); }},
      {"algorithm.gp.tolerance 0.5 is not above 0 and at most 0.1",
       [](auto& c) {
         c.mutable_algorithm()->mutable_gp()->set_tolerance(0.5);
       }},
      {"algorithm.gp.start_trials 1",
       [](auto& c) {
         c.mutable_algorithm()->mutable_gp()->set_start_trials(1);
       }},
      {"algorithm.gp.in_flight 1001",
       [](auto& c) {
         c.mutable_algorithm()->mutable_gp()->set_in_flight(1001);
       }},
      {"algorithm.asha.eta 1 is out of range: of eta shapes one goes on",
       [](auto& c) { c.mutable_algorithm()->mutable_asha()->set_eta(1); }},
      {"algorithm.asha.shapes 1",
       [](auto& c) { c.mutable_algorithm()->mutable_asha()->set_shapes(1); }},
      {"the algorithm asha takes shapes from one budget to the next and "
       "budgets has 1; give two or more, best a factor of 3 apart, or use "
       "random",
       [](auto& c) {
         c.mutable_budgets()->Truncate(1);
         c.mutable_algorithm()->mutable_asha();
       }},
      {"algorithm.hyperband.size_range 0.5",
       [](auto& c) {
         c.mutable_algorithm()->mutable_hyperband()->set_size_range(0.5);
       }},
      {"the algorithm hyperband with eta 100, 2 budgets and 100 rounds draws "
       "more than 10000 shapes; give fewer budgets, a smaller eta, or fewer "
       "rounds",
       [](auto& c) {
         c.mutable_algorithm()->mutable_hyperband()->set_eta(100);
         c.mutable_algorithm()->mutable_hyperband()->set_rounds(100);
       }},
  };
  for (const auto& one : cases) {
    v1::Campaign campaign = TwoBudgets();
    one.change(campaign);
    FillAlgorithmDefaults(&campaign);
    const absl::Status status = CheckAlgorithm(campaign);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.message;
    EXPECT_THAT(status.message(), ::testing::HasSubstr(one.message));
  }
}

TEST(Registry, RefusesACampaignWithoutAlgorithm) {
  EXPECT_EQ(CheckAlgorithm(TwoBudgets()).code(),
            absl::StatusCode::kInvalidArgument);
}

// What a campaign of two budgets would train, with what is not said left out.
Outlook Expected(void (*choose)(v1::Algorithm&), int64_t max_width = 2048) {
  v1::Campaign campaign = TwoBudgets();
  campaign.set_seeds(2);
  choose(*campaign.mutable_algorithm());
  FillAlgorithmDefaults(&campaign);
  SearchProblem problem;
  problem.budgets = {2.5e11, 7.5e11};
  problem.tokens_per_step = {2048, 2048};
  problem.seeds = 2;
  problem.target_flops = 7.5e12;
  problem.space.max_width = max_width;
  if (max_width < 100) {
    problem.space.max_depth = 2;
    problem.space.ffn_multiple = 4096;
  }
  const auto first = MakeAlgorithm(campaign.algorithm())->Propose(problem, {});
  EXPECT_TRUE(first.ok()) << first.status();
  const auto outlook =
      ExpectOfAlgorithm(campaign.algorithm(), problem,
                        OutlookOfFirst(problem, first.value_or(Proposals())));
  EXPECT_TRUE(outlook.ok()) << outlook.status();
  return outlook.ok() ? *outlook : Outlook();
}

TEST(Registry, ExpectsTheTrialsOfEveryAlgorithm) {
  using Kind = Outlook::Kind;
  struct Case {
    void (*choose)(v1::Algorithm&);
    Kind kind;
    std::vector<int64_t> trials;
  };
  const Case cases[] = {
      {[](auto& a) { a.mutable_grid(); }, Kind::kAbout, {18, 18}},
      {[](auto& a) { a.mutable_grid()->set_share_trunks(true); },
       Kind::kUnknown,
       {}},
      {[](auto& a) { a.mutable_sobol(); }, Kind::kExactly, {32, 32}},
      {[](auto& a) { a.mutable_random()->set_trials_per_budget(5); },
       Kind::kExactly,
       {10, 10}},
      {[](auto& a) { a.mutable_gp(); }, Kind::kAtMost, {32, 32}},
      {[](auto& a) { a.mutable_asha()->set_shapes(11); },
       Kind::kAbout,
       {22, 6}},
      // Brackets of 3 and of 2 shapes; of the first one goes on.
      {[](auto& a) { a.mutable_hyperband()->set_rounds(2); },
       Kind::kAtMost,
       {12, 12}},
      {[](auto& a) { a.mutable_optimum(); }, Kind::kUnknown, {}},
      {[](auto& a) { a.mutable_external(); }, Kind::kUnknown, {}},
  };
  for (const Case& one : cases) {
    const Outlook outlook = Expected(one.choose);
    EXPECT_EQ(outlook.kind, one.kind);
    EXPECT_EQ(outlook.trials, one.trials);
  }
  // Of a space of four shapes.
  EXPECT_EQ(
      Expected([](auto& a) { a.mutable_random()->set_size_range(50); }, 32)
          .trials,
      (std::vector<int64_t>{8, 8}));
  EXPECT_EQ(Expected([](auto& a) { a.mutable_asha()->set_size_range(50); }, 32)
                .trials,
            (std::vector<int64_t>{8, 2}));
}

}  // namespace
}  // namespace isoshape
