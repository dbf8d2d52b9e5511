// Holds the curves, cards and ends of replicas against those of runs alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/engine/passes.h"
#include "trainer/run/checkpoint.h"
#include "trainer/run/training_run.h"

namespace isoshape {
namespace {

using testing::Each;
using testing::HasSubstr;
using Outcome = RunResult::Outcome;

class ReplicaRunTest : public testing::Test {
 protected:
  ReplicaRunTest()
      : data_(OpenData(folder_.Write("text", SomeText(60000, 1)))) {}

  // Three runs of different seeds and rates, with checkpoints in `folder`.
  std::vector<RunSpec> Specs(const std::string& folder = "") const {
    std::vector<RunSpec> specs(3, SmallRun());
    for (size_t i = 0; i < specs.size(); ++i) {
      specs[i].run = "replica" + std::to_string(i);
      specs[i].seed = static_cast<int64_t>(i) + 5;
      specs[i].recipe.learning_rate *= 1 + static_cast<double>(i);
      if (folder.empty()) continue;
      specs[i].checkpoint_path =
          folder_.path() + "/" + folder + "/" + specs[i].run;
    }
    return specs;
  }

  RunResult Alone(const RunSpec& spec, Recorder& recorder) const {
    return RunTraining(spec, *data_, device_, recorder.stop, recorder);
  }
  // The results by replica; each must come once.
  std::vector<RunResult> Together(const std::vector<RunSpec>& specs,
                                  std::deque<Recorder>& recorders) const {
    recorders.resize(specs.size());
    std::vector<Replica> replicas;
    for (size_t i = 0; i < specs.size(); ++i) {
      replicas.push_back({specs[i], recorders[i].stop, recorders[i]});
    }
    std::vector<RunResult> results(specs.size());
    std::vector<int> told(specs.size());
    RunReplicas(replicas, *data_, device_,
                [&](size_t replica, const RunResult& result) {
                  results[replica] = result;
                  ++told[replica];
                });
    EXPECT_THAT(told, Each(1));
    return results;
  }

  TempFolder folder_;
  const std::unique_ptr<const Data> data_;
  Device device_;
};

TEST_F(ReplicaRunTest, CurvesAndCardsAreThoseOfRunsAlone) {
  const std::vector<RunSpec> specs = Specs();
  std::deque<Recorder> recorders;
  const std::vector<RunResult> results = Together(specs, recorders);
  for (size_t i = 0; i < specs.size(); ++i) {
    SCOPED_TRACE(specs[i].run);
    Recorder alone;
    const RunResult expected = Alone(specs[i], alone);
    ASSERT_EQ(results[i].outcome, Outcome::kSucceeded) << results[i].error;
    EXPECT_EQ(recorders[i].start.parameters, alone.start.parameters);
    ASSERT_EQ(recorders[i].curve.size(), alone.curve.size());
    for (size_t step = 0; step < alone.curve.size(); ++step) {
      const Measurement& point = recorders[i].curve[step];
      EXPECT_EQ(point.step, alone.curve[step].step);
      EXPECT_EQ(point.flops, alone.curve[step].flops);
      EXPECT_EQ(point.learning_rate, alone.curve[step].learning_rate);
      EXPECT_NEAR(*point.train_loss, *alone.curve[step].train_loss, 1e-3);
    }
    const ShapeCard& card = *results[i].card;
    EXPECT_NEAR(card.validation_loss, expected.card->validation_loss, 1e-3);
    EXPECT_NEAR(card.validation_loss_stderr,
                expected.card->validation_loss_stderr, 1e-3);
    EXPECT_NEAR(card.train_loss, expected.card->train_loss, 1e-3);
    EXPECT_EQ(card.flops, expected.card->flops);
    EXPECT_EQ(card.state_bytes, expected.card->state_bytes);
    EXPECT_EQ(card.replicas, 3);
    EXPECT_EQ(expected.card->replicas, 1);
    // Seconds are those of the whole, tokens a replica's own.
    EXPECT_NEAR(card.tokens_per_second * card.step_seconds, 64, 1e-6);
    EXPECT_EQ(card.costs.layer_gradient_norms.size(), 2u);
  }
  EXPECT_NE(results[0].card->validation_loss, results[1].card->validation_loss);
}

TEST_F(ReplicaRunTest, OneThatDivergesEndsWithItsCurveAndTheOthersGoOn) {
  std::vector<RunSpec> specs = Specs();
  for (RunSpec& spec : specs) {
    spec.recipe.parameterization = Parameterization::kStandard;
  }
  const double usual = specs[1].recipe.learning_rate;
  std::deque<Recorder> calm, recorders;
  const std::vector<RunResult> expected = Together(specs, calm);
  specs[1].recipe.learning_rate = 1e30;
  const std::vector<RunResult> results = Together(specs, recorders);
  EXPECT_EQ(results[1].outcome, Outcome::kDiverged);
  EXPECT_THAT(results[1].error, HasSubstr("was not finite within step"));
  EXPECT_FALSE(results[1].card.has_value());
  EXPECT_GE(recorders[1].curve.size(), 1u);
  EXPECT_LT(recorders[1].curve.size(), 40u);
  EXPECT_GT(usual, 0);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    ASSERT_EQ(results[i].outcome, Outcome::kSucceeded) << results[i].error;
    EXPECT_EQ(recorders[i].curve.size(), 40u);
    EXPECT_EQ(results[i].card->validation_loss,
              expected[i].card->validation_loss);
  }
}

TEST_F(ReplicaRunTest, AnOrderToStopEndsOneAndTheOthersGoOn) {
  const std::vector<RunSpec> specs = Specs("stopped");
  std::deque<Recorder> recorders(3);
  recorders[2].stop_at = 10;
  const std::vector<RunResult> results = Together(specs, recorders);
  EXPECT_EQ(results[0].outcome, Outcome::kSucceeded);
  EXPECT_EQ(results[1].outcome, Outcome::kSucceeded);
  EXPECT_EQ(results[2].outcome, Outcome::kStopped);
  EXPECT_EQ(recorders[2].curve.size(), 10u);
  EXPECT_EQ(ReadTrainedModel(specs[2].checkpoint_path).step, 10);
  EXPECT_EQ(ReadTrainedModel(specs[0].checkpoint_path).step, 40);
}

TEST_F(ReplicaRunTest, GoOnFromCheckpointsOfAnyStepToTheBit) {
  std::deque<Recorder> all, first, second;
  const std::vector<RunSpec> through = Specs("through");
  const std::vector<RunResult> expected = Together(through, all);
  const std::vector<RunSpec> halves = Specs("halves");
  first.resize(3);
  first[0].stop_at = 10;
  first[1].stop_at = 20;
  first[2].stop_at = 30;
  for (const RunResult& result : Together(halves, first)) {
    EXPECT_EQ(result.outcome, Outcome::kStopped);
  }
  const std::vector<RunResult> results = Together(halves, second);
  for (size_t i = 0; i < halves.size(); ++i) {
    SCOPED_TRACE(halves[i].run);
    ASSERT_EQ(results[i].outcome, Outcome::kSucceeded) << results[i].error;
    const size_t begin = 10 * (i + 1);
    ASSERT_EQ(second[i].curve.size(), 40 - begin);
    for (size_t step = begin; step < 40; ++step) {
      EXPECT_EQ(second[i].curve[step - begin].train_loss,
                all[i].curve[step].train_loss);
    }
    EXPECT_EQ(results[i].card->validation_loss,
              expected[i].card->validation_loss);
    EXPECT_EQ(results[i].card->train_loss, expected[i].card->train_loss);
    EXPECT_EQ(ReadTrainedModel(halves[i].checkpoint_path).weights,
              ReadTrainedModel(through[i].checkpoint_path).weights);
  }
}

TEST_F(ReplicaRunTest, ACheckpointIsThatOfARunOfItsOwn) {
  const std::vector<RunSpec> specs = Specs("moved");
  std::deque<Recorder> recorders(3);
  for (Recorder& recorder : recorders) recorder.stop_at = 20;
  Together(specs, recorders);
  Recorder alone;
  const RunResult result = Alone(specs[1], alone);
  ASSERT_EQ(result.outcome, Outcome::kSucceeded) << result.error;
  EXPECT_EQ(alone.curve.front().step, 21);
  EXPECT_EQ(result.card->replicas, 1);
}

TEST_F(ReplicaRunTest, ACheckpointThatCannotBeReadFailsItsRunAlone) {
  const std::vector<RunSpec> specs = Specs("damaged");
  folder_.Write("damaged/replica1/checkpoint.safetensors", "no checkpoint");
  std::deque<Recorder> recorders;
  const std::vector<RunResult> results = Together(specs, recorders);
  EXPECT_EQ(results[0].outcome, Outcome::kSucceeded);
  EXPECT_EQ(results[1].outcome, Outcome::kFailed);
  EXPECT_THAT(results[1].error, HasSubstr("damaged/replica1"));
  EXPECT_EQ(results[2].outcome, Outcome::kSucceeded);
}

TEST_F(ReplicaRunTest, MemoryMustHoldAll) {
  const std::vector<RunSpec> specs = Specs();
  device_.memory_limit_bytes = 3 * TrainingMemory(specs[0], 1, 16, device_) / 2;
  std::deque<Recorder> recorders;
  for (const RunResult& result : Together(specs, recorders)) {
    EXPECT_EQ(result.outcome, Outcome::kOutOfMemory);
    EXPECT_THAT(result.error, HasSubstr("training needs about"));
  }
}

}  // namespace
}  // namespace isoshape
