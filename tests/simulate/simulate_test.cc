#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "search/grid/grid.h"
#include "search/optimum/optimum.h"
#include "shape/accounting.h"
#include "simulate/campaign.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

using State = PastTrial::State;

SearchProblem ProblemOf(const Landscape& landscape, int budgets) {
  SearchProblem problem;
  problem.space = landscape.space();
  for (int i = 0; i < budgets; ++i) {
    problem.budgets.push_back(landscape.min_flops() *
                              std::pow(Landscape::kSpan, i / (budgets - 1.0)));
    problem.tokens_per_step.push_back(landscape.tokens_per_step());
  }
  problem.target_flops = 10 * landscape.max_flops();
  return problem;
}

TEST(LandscapeTest, IsDrawnByItsSeed) {
  for (const std::string& name : Landscape::Names()) {
    const auto one = Landscape::Make(name, 1, 0.003);
    ASSERT_TRUE(one.ok()) << name;
    const Shape shape = ShapeInSpace(one->space(), 8, 256);
    const double flops = one->max_flops();
    EXPECT_EQ(one->TrueLoss(shape, flops),
              Landscape::Make(name, 1, 0.003)->TrueLoss(shape, flops));
    EXPECT_NE(one->TrueLoss(shape, flops),
              Landscape::Make(name, 2, 0.003)->TrueLoss(shape, flops));
    EXPECT_LT(one->TrueLoss(shape, flops), one->TrueLoss(shape, flops / 10));
  }
  EXPECT_EQ(Landscape::Make("flat", 1, 0.003).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(LandscapeTest, RunsScatterByTheNoiseAndAreTheSameAgain) {
  const auto landscape = Landscape::Make("byte", 3, 0.01);
  const Shape shape = ShapeInSpace(landscape->space(), 4, 128);
  const double truth = landscape->TrueLoss(shape, 1e12);
  double squares = 0;
  constexpr int kRuns = 1000;
  for (int seed = 0; seed < kRuns; ++seed) {
    const double loss = landscape->MeasuredLoss(shape, 1e12, seed);
    EXPECT_EQ(loss, landscape->MeasuredLoss(shape, 1e12, seed));
    squares += (loss - truth) * (loss - truth) / kRuns;
  }
  EXPECT_NEAR(std::sqrt(squares), 0.01, 0.001);
}

TEST(AnswerSheetTest, TheTruthHasNoRegretAndOtherShapesSome) {
  const auto landscape = Landscape::Make("chin", 5, 0.003);
  const double target = 10 * landscape->max_flops();
  const AnswerSheet sheet(*landscape, target);
  const double ln_size = *landscape->LnBestSize(target);
  EXPECT_EQ(sheet.ln_best_size(), ln_size);
  EXPECT_LT(sheet.RegretNear(ln_size, std::log(45)), 0.002);
  EXPECT_GT(sheet.RegretNear(ln_size + 1.5, std::log(45)), 0.01);
}

TEST(SimulateTest, WorkersEndInAnOrderOfTheirOwn) {
  const auto landscape = Landscape::Make("byte", 1, 0.003);
  std::vector<int64_t> ended;
  const auto simulation =
      Simulate(GridSearch({}), ProblemOf(*landscape, 2),
               {.workers = 3,
                .seed = 1,
                .train =
                    [&](PastTrial& trial) {
                      trial.state = State::kSucceeded;
                      trial.validation_loss =
                          landscape->TrueLoss(trial.shape, trial.budget_flops);
                    },
                .on_end =
                    [&](const std::vector<PastTrial>& trials, double flops) {
                      int running = 0;
                      double started = 0;
                      for (const PastTrial& trial : trials) {
                        running += trial.state == State::kRunning ? 1 : 0;
                        if (trial.state != State::kPending)
                          started += trial.budget_flops;
                      }
                      EXPECT_LE(running, 2);
                      EXPECT_NEAR(started, flops, 1);
                      return true;
                    }});
  ASSERT_TRUE(simulation.ok()) << simulation.status();
  EXPECT_TRUE(simulation->done);
  bool in_order = true;
  for (size_t i = 1; i < simulation->trials.size(); ++i) {
    in_order = in_order &&
               simulation->trials[i].ended > simulation->trials[i - 1].ended;
  }
  EXPECT_FALSE(in_order);
}

TEST(SimulateTest, StartsNothingBeyondTheFlopsAllowed) {
  const auto landscape = Landscape::Make("byte", 1, 0.003);
  const double limit = 30 * landscape->min_flops();
  const auto simulation = Simulate(
      OptimumSearch({}), ProblemOf(*landscape, 9),
      {.workers = 2, .max_flops = limit, .train = [&](PastTrial& trial) {
         trial.state = State::kSucceeded;
         trial.validation_loss =
             landscape->MeasuredLoss(trial.shape, trial.budget_flops, 0);
       }});
  ASSERT_TRUE(simulation.ok()) << simulation.status();
  EXPECT_FALSE(simulation->done);
  EXPECT_LE(simulation->flops, limit);
  EXPECT_GT(simulation->flops, limit / 2);
}

}  // namespace
}  // namespace isoshape
