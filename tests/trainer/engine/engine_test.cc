#include "trainer/engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "shape/accounting.h"
#include "tests/trainer/small_run.h"
#include "trainer/run/make_engine.h"

namespace isoshape {
namespace {

const Device kCpu{};  // one thread

// Losses of every step on `steps` random batches.
std::vector<double> LossesOfSteps(const RunSpec& spec, int steps) {
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    engine->Step(RandomBatch(4, spec.shape.context, spec.shape.vocab, step),
                 1.0);
    losses.push_back(engine->Drain().loss);
  }
  return losses;
}

TEST(EngineTest, LearnsOneBatchByHeart) {
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    RunSpec spec = SmallRun();
    spec.shape = shape;
    const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
    const Batch batch = RandomBatch(2, shape.context, shape.vocab, 1);
    for (int step = 0; step < 500; ++step) engine->Step(batch, 2.0);
    engine->Drain();
    for (const double loss : engine->Evaluate(batch)) {
      EXPECT_LT(loss, 0.1) << name;
    }
  }
}

TEST(EngineTest, EqualSeedsGiveEqualLossesToTheBit) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    RunSpec spec = SmallRun();
    spec.recipe.precision = precision;
    const std::vector<double> once = LossesOfSteps(spec, 10);
    EXPECT_EQ(once, LossesOfSteps(spec, 10));
    spec.seed = 1;
    EXPECT_NE(once, LossesOfSteps(spec, 10));
  }
}

TEST(EngineTest, SumsAreThoseOfTheStepsSinceTheLastDrain) {
  const RunSpec spec = SmallRun();
  const std::vector<double> losses = LossesOfSteps(spec, 3);
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  for (int step = 0; step < 3; ++step) {
    engine->Step(RandomBatch(4, 16, 256, step), 1.0);
  }
  const StepSums sums = engine->Drain();
  EXPECT_EQ(sums.steps, 3);
  EXPECT_NEAR(sums.loss, losses[0] + losses[1] + losses[2], 1e-9);
  EXPECT_TRUE(sums.finite);
  EXPECT_GT(sums.gradient_norm_max, 0);
  EXPECT_LE(sums.gradient_norm_max, sums.gradient_norm);
  EXPECT_GE(3 * sums.gradient_norm_max, sums.gradient_norm);
  EXPECT_EQ(engine->Drain().steps, 0);
}

TEST(EngineTest, EvaluationIsTheLossOfEachSequenceAndTrainsNothing) {
  const RunSpec spec = SmallRun();
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  const Batch batch = RandomBatch(4, 16, 256, 0);
  const std::vector<double> losses = engine->Evaluate(batch);
  ASSERT_EQ(losses.size(), 4u);
  EXPECT_EQ(engine->Evaluate(batch), losses);
  // The first step's loss is of the same weights.
  engine->Step(batch, 1.0);
  const double mean = (losses[0] + losses[1] + losses[2] + losses[3]) / 4;
  EXPECT_NEAR(engine->Drain().loss, mean, 1e-5);
  EXPECT_NE(engine->Evaluate(batch), losses);
}

TEST(EngineTest, ARateOfZeroChangesNothing) {
  const std::unique_ptr<Engine> engine = MakeEngine(SmallRun(), kCpu);
  const Batch batch = RandomBatch(4, 16, 256, 0);
  const std::vector<double> before = engine->Evaluate(batch);
  engine->Step(batch, 0.0);
  EXPECT_EQ(engine->Evaluate(batch), before);
}

// Losses of the next steps, on batches that differ from step to step.
std::vector<double> NextLosses(Engine& engine, const RunSpec& spec) {
  std::vector<double> losses;
  for (int step = 0; step < 4; ++step) {
    engine.Step(RandomBatch(4, spec.shape.context, spec.shape.vocab, 10 + step),
                1.0);
    losses.push_back(engine.Drain().loss);
  }
  return losses;
}

TEST(EngineTest, GoesOnFromASavedStateToTheBit) {
  for (const OptimizerKind optimizer :
       {OptimizerKind::kAdamW, OptimizerKind::kMuon}) {
    for (const auto& [name, shape] : ShapesOfEveryOption()) {
      RunSpec spec = SmallRun();
      spec.shape = shape;
      spec.recipe.optimizer = optimizer;
      const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
      NextLosses(*engine, spec);
      const EngineState state = engine->Save();
      EXPECT_EQ(state.step, 4);
      const std::vector<double> expected = NextLosses(*engine, spec);

      const std::unique_ptr<Engine> other = MakeEngine(spec, kCpu);
      other->Step(RandomBatch(4, shape.context, shape.vocab, 99), 1.0);
      other->Restore(state);
      EXPECT_EQ(other->Drain().steps, 0) << name;
      EXPECT_EQ(NextLosses(*other, spec), expected) << name;
      engine->Restore(state);  // a branch of the same engine
      EXPECT_EQ(NextLosses(*engine, spec), expected) << name;
    }
  }
}

TEST(EngineTest, SaysWhereALossIsNotFinite) {
  RunSpec spec = SmallRun();
  spec.recipe.parameterization = Parameterization::kStandard;
  spec.recipe.learning_rate = 1e30;
  const std::unique_ptr<Engine> engine = MakeEngine(spec, kCpu);
  for (int step = 0; step < 4; ++step) {
    engine->Step(RandomBatch(4, 16, 256, step), 1.0);
  }
  EXPECT_FALSE(engine->Drain().finite);
}

TEST(EngineTest, CountsTheParametersOfTheAccounting) {
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    RunSpec spec = SmallRun();
    spec.shape = shape;
    EXPECT_EQ(MakeEngine(spec, kCpu)->parameter_count(),
              CountParameters(shape).total())
        << name;
  }
}

}  // namespace
}  // namespace isoshape
