// Holds several replicas trained as one model against the same runs alone.
#include "trainer/autograd/replica_engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/trainer/small_run.h"
#include "trainer/autograd/autograd_engine.h"

namespace isoshape {
namespace {

constexpr int kSteps = 10;

// Three runs that differ in seed and rates.
std::vector<RunSpec> Replicas(const RunSpec& base) {
  std::vector<RunSpec> specs(3, base);
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    specs[replica].seed = static_cast<int64_t>(replica) + 3;
    specs[replica].recipe.learning_rate *= 1 + static_cast<double>(replica);
    specs[replica].recipe.muon_learning_rate /=
        1 + static_cast<double>(replica);
  }
  return specs;
}

// Another one for each seed and step.
Batch BatchOf(const RunSpec& spec, int step) {
  return RandomBatch(4, spec.shape.context, spec.shape.vocab,
                     static_cast<uint64_t>(100 * spec.seed + step));
}

double FactorOf(size_t replica, int step) {
  return 1.0 / (1 + 0.1 * step * static_cast<double>(replica));
}

// What `kSteps` steps of one run came to.
struct Training {
  std::vector<double> losses, norms;
  std::vector<float> weights;
};

Training Alone(const RunSpec& spec, size_t replica) {
  AutogradEngine engine(spec, torch::kCPU);
  Training training;
  for (int step = 0; step < kSteps; ++step) {
    engine.Step(BatchOf(spec, step), FactorOf(replica, step));
    const StepSums sums = engine.Drain();
    training.losses.push_back(sums.loss);
    training.norms.push_back(sums.gradient_norm);
  }
  training.weights = engine.Save().weights;
  return training;
}

void Step(const std::vector<RunSpec>& specs, int step, ReplicaEngine& engine) {
  std::vector<Batch> batches;
  std::vector<double> factors;
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    batches.push_back(BatchOf(specs[replica], step));
    factors.push_back(FactorOf(replica, step));
  }
  std::vector<const Batch*> pointers;
  for (const Batch& batch : batches) pointers.push_back(&batch);
  engine.Step(pointers, factors);
}

std::vector<Training> Together(const std::vector<RunSpec>& specs) {
  ReplicaEngine engine(specs, torch::kCPU);
  std::vector<Training> trainings(specs.size());
  for (int step = 0; step < kSteps; ++step) {
    Step(specs, step, engine);
    const std::vector<StepSums> sums = engine.Drain();
    for (size_t replica = 0; replica < specs.size(); ++replica) {
      trainings[replica].losses.push_back(sums[replica].loss);
      trainings[replica].norms.push_back(sums[replica].gradient_norm);
    }
  }
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    trainings[replica].weights = engine.Save(replica).weights;
  }
  return trainings;
}

double Distance(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double squares = 0, total = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - b[i];
    squares += difference * difference;
    total += static_cast<double>(b[i]) * b[i];
  }
  return std::sqrt(squares / total);
}

// `tolerance` is that of float error, which training makes larger.
void ExpectAsAlone(const std::vector<RunSpec>& specs, double tolerance = 2e-5) {
  const std::vector<Training> together = Together(specs);
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    const Training alone = Alone(specs[replica], replica);
    for (size_t step = 0; step < alone.losses.size(); ++step) {
      SCOPED_TRACE("replica " + std::to_string(replica) + ", step " +
                   std::to_string(step));
      EXPECT_NEAR(together[replica].losses[step], alone.losses[step],
                  tolerance * alone.losses[step]);
      EXPECT_NEAR(together[replica].norms[step], alone.norms[step],
                  20 * tolerance * alone.norms[step]);
    }
    EXPECT_LT(Distance(together[replica].weights, alone.weights),
              20 * tolerance);
  }
}

TEST(ReplicaEngineTest, EveryOptionTrainsAsItWouldAlone) {
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    SCOPED_TRACE(name);
    RunSpec spec = SmallRun();
    spec.shape = shape;
    ExpectAsAlone(Replicas(spec));
  }
}

TEST(ReplicaEngineTest, EveryRecipeTrainsAsItWouldAlone) {
  RunSpec spec = SmallRun();
  spec.recipe.optimizer = OptimizerKind::kMuon;
  ExpectAsAlone(Replicas(spec), 1e-4);
  spec.recipe.optimizer = OptimizerKind::kAdamW;
  spec.recipe.z_loss = 0.01;
  ExpectAsAlone(Replicas(spec));
  spec.recipe.gradient_clip = 0;
  spec.recipe.parameterization = Parameterization::kStandard;
  ExpectAsAlone(Replicas(spec));
}

TEST(ReplicaEngineTest, Bf16TrainsCloseToAlone) {
  RunSpec spec = SmallRun();
  spec.recipe.precision = Precision::kBf16;
  ExpectAsAlone(Replicas(spec), 2e-3);
}

TEST(ReplicaEngineTest, InitialWeightsAreThoseOfTheSeedToTheBit) {
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    RunSpec spec = SmallRun();
    spec.shape = shape;
    const std::vector<RunSpec> specs = Replicas(spec);
    ReplicaEngine engine(specs, torch::kCPU);
    for (size_t replica = 0; replica < specs.size(); ++replica) {
      AutogradEngine alone(specs[replica], torch::kCPU);
      EXPECT_EQ(engine.Save(replica).weights, alone.Save().weights) << name;
    }
    EXPECT_NE(engine.Save(0).weights, engine.Save(1).weights);
  }
}

TEST(ReplicaEngineTest, EvaluatesEachReplica) {
  for (const Objective objective : {Objective::kCausal, Objective::kMasked}) {
    RunSpec spec = SmallRun();
    spec.shape.objective = objective;
    const std::vector<RunSpec> specs = Replicas(spec);
    ReplicaEngine engine(specs, torch::kCPU);
    const Batch batch = RandomBatch(5, spec.shape.context, 256, 1);
    const std::vector<std::vector<double>> losses = engine.Evaluate(batch);
    ASSERT_EQ(losses.size(), specs.size());
    for (size_t replica = 0; replica < specs.size(); ++replica) {
      const std::vector<double> alone =
          AutogradEngine(specs[replica], torch::kCPU).Evaluate(batch);
      ASSERT_EQ(losses[replica].size(), alone.size());
      for (size_t i = 0; i < alone.size(); ++i) {
        EXPECT_NEAR(losses[replica][i], alone[i], 1e-5 * alone[i]);
      }
    }
  }
}

// Targets that count, as those of answers, are each replica's own.
TEST(ReplicaEngineTest, LossesAreMeantWhereTheTargetsCount) {
  const std::vector<RunSpec> specs = Replicas(SmallRun());
  ReplicaEngine engine(specs, torch::kCPU);
  std::vector<Batch> batches;
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    batches.push_back(BatchOf(specs[replica], 0));
    for (int64_t sequence = 0; sequence < 4; ++sequence) {
      batches.back().positions.push_back(sequence);
      batches.back().positions.push_back(8 + static_cast<int64_t>(replica));
    }
  }
  std::vector<std::vector<float>> gradients;
  const std::vector<double> losses =
      engine.Gradients({&batches[0], &batches[1], &batches[2]}, &gradients);
  for (size_t replica = 0; replica < specs.size(); ++replica) {
    AutogradEngine alone(specs[replica], torch::kCPU);
    std::vector<float> expected;
    const double loss = alone.Gradients(batches[replica], &expected);
    EXPECT_NEAR(losses[replica], loss, 1e-5 * loss);
    EXPECT_LT(Distance(gradients[replica], expected), 1e-5);
  }
}

// Each part of a step has its own losses, masks and targets that count.
TEST(ReplicaEngineTest, PassesOverPartsOfAStepSumToTheWhole) {
  for (const auto& [name, shape] : ShapesOfEveryOption()) {
    if (name != "llama" && name != "bert") continue;
    RunSpec spec = SmallRun();
    spec.shape = shape;
    spec.recipe.z_loss = 0.01;
    const std::vector<RunSpec> specs = Replicas(spec);
    ReplicaEngine whole(specs, torch::kCPU);
    ReplicaEngine parts(specs, torch::kCPU, false, nullptr, /*passes=*/2);
    std::vector<Batch> batches;
    std::vector<const Batch*> pointers;
    for (const RunSpec& replica : specs) batches.push_back(BatchOf(replica, 0));
    for (const Batch& batch : batches) pointers.push_back(&batch);
    std::vector<std::vector<float>> expected, summed;
    const std::vector<double> losses = whole.Gradients(pointers, &expected);
    const std::vector<double> of_parts = parts.Gradients(pointers, &summed);
    for (size_t replica = 0; replica < specs.size(); ++replica) {
      EXPECT_NEAR(of_parts[replica], losses[replica], 1e-6 * losses[replica]);
      EXPECT_LT(Distance(summed[replica], expected[replica]), 1e-6);
    }
  }
}

// A replica that leaves the numbers takes none with it: the others train to
// the bit as beside one that does not.
TEST(ReplicaEngineTest, WhatHappensInOneReplicaReachesNoOther) {
  RunSpec spec = SmallRun();
  spec.recipe.parameterization = Parameterization::kStandard;
  const std::vector<RunSpec> quiet = Replicas(spec);
  std::vector<RunSpec> loud = quiet;
  loud[1].recipe.learning_rate = 1e30;
  ReplicaEngine engine(loud, torch::kCPU);
  for (int step = 0; step < kSteps; ++step) Step(loud, step, engine);
  const std::vector<StepSums> sums = engine.Drain();
  EXPECT_TRUE(sums[0].finite);
  EXPECT_FALSE(sums[1].finite);
  EXPECT_TRUE(sums[2].finite);
  const std::vector<Training> expected = Together(quiet);
  EXPECT_EQ(engine.Save(0).weights, expected[0].weights);
  EXPECT_EQ(engine.Save(2).weights, expected[2].weights);
}

TEST(ReplicaEngineTest, ClipsEachReplicaByItsOwnNorm) {
  RunSpec spec = SmallRun();
  spec.recipe.gradient_clip = 0.05;
  spec.recipe.epsilon = 1e-2;  // so that the size of a gradient matters
  std::vector<RunSpec> specs = Replicas(spec);
  ReplicaEngine engine(specs, torch::kCPU);
  // The last replica's weights, and with them its gradients, are far larger.
  EngineState state = engine.Save(2);
  for (float& weight : state.weights) weight *= 30;
  engine.Restore(2, state);
  for (int step = 0; step < kSteps; ++step) Step(specs, step, engine);
  const std::vector<StepSums> sums = engine.Drain();
  EXPECT_GT(sums[2].gradient_norm, 3 * sums[0].gradient_norm);
  for (const size_t replica : {size_t{0}, size_t{1}}) {
    const Training alone = Alone(specs[replica], replica);
    EXPECT_LT(Distance(engine.Save(replica).weights, alone.weights), 2e-4);
  }
}

TEST(ReplicaEngineTest, AFactorOfZeroKeepsTheWeightsOfOneReplica) {
  const std::vector<RunSpec> specs = Replicas(SmallRun());
  ReplicaEngine engine(specs, torch::kCPU);
  const std::vector<float> kept = engine.Save(1).weights;
  const std::vector<float> other = engine.Save(2).weights;
  const Batch batch = BatchOf(specs[0], 0);
  engine.Step({&batch, &batch, &batch}, {1.0, 0.0, 1.0});
  EXPECT_EQ(engine.Save(1).weights, kept);
  EXPECT_NE(engine.Save(2).weights, other);
}

TEST(ReplicaEngineTest, GoesOnFromSavedStatesToTheBitAtStepsOfTheirOwn) {
  for (const OptimizerKind optimizer :
       {OptimizerKind::kAdamW, OptimizerKind::kMuon}) {
    RunSpec spec = SmallRun();
    spec.shape.objective = Objective::kMasked;  // masks follow from the step
    spec.recipe.optimizer = optimizer;
    const std::vector<RunSpec> specs = Replicas(spec);
    ReplicaEngine engine(specs, torch::kCPU);
    for (int step = 0; step < 3; ++step) Step(specs, step, engine);
    const EngineState early = engine.Save(0);
    for (int step = 3; step < 6; ++step) Step(specs, step, engine);
    const std::vector<EngineState> states = {early, engine.Save(1),
                                             engine.Save(2)};
    EXPECT_EQ(states[0].step, 3);
    EXPECT_EQ(states[1].step, 6);
    const auto train = [&](ReplicaEngine& from) {
      for (size_t replica = 0; replica < specs.size(); ++replica) {
        from.Restore(replica, states[replica]);
      }
      std::vector<double> losses;
      for (int step = 6; step < 9; ++step) {
        Step(specs, step, from);
        for (const StepSums& sums : from.Drain()) losses.push_back(sums.loss);
      }
      return losses;
    };
    const std::vector<double> expected = train(engine);
    ReplicaEngine other(specs, torch::kCPU);
    EXPECT_EQ(train(other), expected);
    // The first replica is three steps behind, as alone.
    AutogradEngine alone(specs[0], torch::kCPU);
    alone.Restore(early);
    for (size_t i = 0; i < 3; ++i) {
      const int step = static_cast<int>(i) + 6;
      alone.Step(BatchOf(specs[0], step), FactorOf(0, step));
      EXPECT_NEAR(alone.Drain().loss, expected[3 * i], 1e-4);
    }
  }
}

}  // namespace
}  // namespace isoshape
