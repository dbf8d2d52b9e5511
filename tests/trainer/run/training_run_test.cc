#include "trainer/run/training_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "shape/accounting.h"
#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/engine/passes.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using Outcome = RunResult::Outcome;

class TrainingRunTest : public testing::Test {
 protected:
  TrainingRunTest()
      : data_(OpenData(folder_.Write("text", SomeText(60000, 1)))) {}

  RunResult Train(const RunSpec& spec, Recorder& recorder) {
    return RunTraining(spec, *data_, device_, recorder.stop, recorder);
  }

  TempFolder folder_;
  const std::unique_ptr<const Data> data_;
  Device device_;
};

TEST_F(TrainingRunTest, ReportsItsCurveAndItsCard) {
  const RunSpec spec = SmallRun();
  Recorder recorder;
  const RunResult result = Train(spec, recorder);
  ASSERT_EQ(result.outcome, Outcome::kSucceeded) << result.error;
  ASSERT_EQ(recorder.curve.size(), 40u);  // report_seconds 0: every step
  const double flops_per_token = TrainingFlopsPerToken(spec.shape);
  for (size_t i = 0; i < recorder.curve.size(); ++i) {
    const Measurement& point = recorder.curve[i];
    EXPECT_EQ(point.step, static_cast<int64_t>(i + 1));
    EXPECT_EQ(point.tokens, point.step * 64);
    EXPECT_DOUBLE_EQ(point.flops,
                     static_cast<double>(point.tokens) * flops_per_token);
    EXPECT_GT(point.gradient_norm.value(), 0);
  }
  EXPECT_NEAR(recorder.curve[0].train_loss.value(), std::log(256.0), 0.2);
  EXPECT_LT(recorder.curve[39].train_loss.value(), 4.5);
  // The last 5 % of 40 steps.
  const ShapeCard& card = result.card.value();
  EXPECT_NEAR(card.train_loss,
              (recorder.curve[38].train_loss.value() +
               recorder.curve[39].train_loss.value()) /
                  2,
              1e-9);
  EXPECT_NEAR(card.validation_loss, card.train_loss, 0.5);
  EXPECT_GT(card.validation_loss_stderr, 0);
  EXPECT_LT(card.validation_loss_stderr, 0.1);
  EXPECT_DOUBLE_EQ(card.bits_per_byte, card.validation_loss / std::log(2.0));
  EXPECT_EQ(card.parameters, CountParameters(spec.shape).total());
  EXPECT_EQ(card.parameters, recorder.start.parameters);
  EXPECT_EQ(card.tokens, 40 * 64);
  EXPECT_DOUBLE_EQ(card.flops, 40 * 64 * flops_per_token);
  EXPECT_DOUBLE_EQ(
      card.epochs,
      40.0 * 64 / static_cast<double>(data_->facts().train_tokens));
  EXPECT_EQ(card.data_fingerprint, data_->facts().fingerprint);
  EXPECT_EQ(card.precision, "fp32");
  EXPECT_GT(card.peak_memory_bytes, 0);
  EXPECT_DOUBLE_EQ(card.generalization_gap,
                   card.validation_loss - card.train_loss);
  EXPECT_EQ(card.state_bytes, 16 * card.parameters);
  EXPECT_EQ(card.loss_spikes, 0);
  EXPECT_EQ(card.costs.layer_gradient_norms.size(), 2u);
  EXPECT_TRUE(card.costs.training_activation_bytes.has_value());
}

TEST_F(TrainingRunTest, SpeedsAreThoseOfTheStepsAfterTheStartUp) {
  RunSpec spec = SmallRun();
  Recorder recorder;
  const ShapeCard card = Train(spec, recorder).card.value();
  EXPECT_EQ(card.timed_steps, 36);
  EXPECT_DOUBLE_EQ(card.tokens_per_second, 64 / card.step_seconds);
  EXPECT_DOUBLE_EQ(card.flops_per_second,
                   card.tokens_per_second * card.flops_per_token);
  EXPECT_LE(card.step_seconds_p10.value(), card.step_seconds_median.value());
  EXPECT_LE(card.step_seconds_median.value(), card.step_seconds_p90.value());
  EXPECT_GT(card.step_seconds_p10.value(), 0);
  // Reports are no part of single steps, but of the training time.
  EXPECT_LT(card.step_seconds_p10.value(), card.step_seconds);

  // Too short to leave the start-up out.
  spec.steps = 7;
  const ShapeCard brief = Train(spec, recorder).card.value();
  EXPECT_EQ(brief.timed_steps, 7);
  EXPECT_DOUBLE_EQ(brief.step_seconds,
                   recorder.curve.back().elapsed_seconds / 7);
  EXPECT_FALSE(brief.step_seconds_median.has_value());
}

TEST_F(TrainingRunTest, TheEngineIsNamed) {
  RunSpec spec = SmallRun();
  Recorder recorder;
  EXPECT_THAT(Train(spec, recorder).card->engine,
              testing::MatchesRegex("cpu/[a-z0-9_]+"));
  spec.shape.norm_placement = NormPlacement::kPost;
  EXPECT_EQ(Train(spec, recorder).card->engine, "autograd/cpu");
}

TEST_F(TrainingRunTest, RepeatedDataAreCountedAndWarnedOf) {
  RunSpec spec = SmallRun();
  Recorder once, twice;
  EXPECT_THAT(Train(spec, once).card->warnings, testing::IsEmpty());
  const auto short_data = OpenData(folder_.Write("short", SomeText(3000, 1)));
  const RunResult result =
      RunTraining(spec, *short_data, device_, twice.stop, twice);
  EXPECT_NEAR(result.card->epochs, 40 * 64 / (3000 * 15 / 16.0), 0.1);
  ASSERT_EQ(result.card->warnings.size(), 0u);
  spec.steps = 100;
  const RunResult repeated =
      RunTraining(spec, *short_data, device_, twice.stop, twice);
  EXPECT_THAT(repeated.card->warnings,
              testing::ElementsAre(testing::ContainsRegex(
                  "data were repeated: 2.[0-9]+ epochs of 2[0-9]+ training")));
}

TEST_F(TrainingRunTest, RefusesAVocabularyThatDoesNotHoldTheTokens) {
  RunSpec spec = SmallRun();
  spec.shape.vocab = 100;
  Recorder recorder;
  RunResult result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_THAT(result.error, HasSubstr("vocab 100 does not hold the 256"));
  spec.shape.vocab = 256;
  spec.shape.objective = Objective::kMasked;
  result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_THAT(result.error, HasSubstr("and the mask; use 257"));
  EXPECT_EQ(recorder.curve.size(), 0u);
}

TEST_F(TrainingRunTest, EqualSpecsGiveEqualLossesToTheBit) {
  Recorder one, other, third;
  const RunResult a = Train(SmallRun(), one);
  const RunResult b = Train(SmallRun(), other);
  ASSERT_EQ(one.curve.size(), other.curve.size());
  for (size_t i = 0; i < one.curve.size(); ++i) {
    EXPECT_EQ(one.curve[i].train_loss, other.curve[i].train_loss) << i;
  }
  EXPECT_EQ(a.card->validation_loss, b.card->validation_loss);
  RunSpec seeded = SmallRun();
  seeded.seed = 1;
  EXPECT_NE(Train(seeded, third).card->validation_loss,
            a.card->validation_loss);
}

TEST_F(TrainingRunTest, HowOftenItReportsChangesNoLoss) {
  Recorder often, seldom;
  RunSpec spec = SmallRun();
  const RunResult a = Train(spec, often);
  spec.report_seconds = 3600;
  const RunResult b = Train(spec, seldom);
  EXPECT_LT(seldom.curve.size(), 5u);
  EXPECT_EQ(a.card->validation_loss, b.card->validation_loss);
  EXPECT_NEAR(a.card->train_loss, b.card->train_loss, 1e-9);
  EXPECT_NEAR(a.card->gradient_norm_mean, b.card->gradient_norm_mean, 1e-6);
}

TEST_F(TrainingRunTest, AHugeRateDivergesAndLeavesItsCurve) {
  RunSpec spec = SmallRun();
  spec.recipe.parameterization = Parameterization::kStandard;
  spec.recipe.learning_rate = 1000;
  Recorder recorder;
  const RunResult result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kDiverged);
  EXPECT_THAT(result.error, HasSubstr("smaller learning rate"));
  ASSERT_GE(recorder.curve.size(), 2u);
  EXPECT_LT(recorder.curve.size(), 40u);
}

TEST_F(TrainingRunTest, LossesThatAreNotNumbersDivergeAtOnce) {
  RunSpec spec = SmallRun();
  spec.recipe.parameterization = Parameterization::kStandard;
  spec.recipe.learning_rate = 1e30;
  Recorder recorder;
  const RunResult result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kDiverged);
  EXPECT_THAT(result.error, HasSubstr("not finite within step"));
  EXPECT_LE(recorder.curve.size(), 5u);
}

TEST_F(TrainingRunTest, StopsWhereItIsTold) {
  Recorder recorder;
  recorder.stop_at = 3;
  const RunResult result = Train(SmallRun(), recorder);
  EXPECT_EQ(result.outcome, Outcome::kStopped);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(recorder.curve.size(), 3u);
}

TEST_F(TrainingRunTest, RefusesWhatTheDeviceCannotHold) {
  device_.memory_limit_bytes = 1 << 20;
  Recorder recorder;
  RunSpec spec = SmallRun();
  spec.shape.depth = 40;
  const RunResult result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kOutOfMemory);
  EXPECT_THAT(result.error, HasSubstr("1048576"));
  EXPECT_THAT(result.error, HasSubstr("smaller shape"));
  EXPECT_EQ(recorder.curve.size(), 0u);
}

TEST_F(TrainingRunTest, SaysByHowManyPassesAStepFittedIntoTheMemory) {
  RunSpec spec = SmallRun();
  spec.shape.norm_placement = NormPlacement::kPost;  // not the CPU engine
  spec.steps = 4;
  Recorder whole, split;
  EXPECT_EQ(Train(spec, whole).card.value().passes, 1);
  device_.memory_limit_bytes =
      TrainingMemory(spec, 1, 2 * spec.shape.context, device_);
  const RunResult result = Train(spec, split);
  ASSERT_EQ(result.outcome, Outcome::kSucceeded) << result.error;
  EXPECT_EQ(result.card.value().passes, 2);
  EXPECT_NEAR(split.curve.back().train_loss.value(),
              whole.curve.back().train_loss.value(), 1e-4);
}

TEST_F(TrainingRunTest, RefusesTf32OnTheCpu) {
  RunSpec spec = SmallRun();
  spec.recipe.precision = Precision::kTf32;
  Recorder recorder;
  const RunResult result = Train(spec, recorder);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_THAT(result.error, HasSubstr("precision tf32 needs a GPU"));
}

TEST_F(TrainingRunTest, RefusesDataShorterThanABatch) {
  const auto small = OpenData(folder_.Write("small", SomeText(700, 1)));
  RunSpec spec = SmallRun();
  spec.tokens_per_step = 100 * spec.shape.context;
  Recorder recorder;
  const RunResult result =
      RunTraining(spec, *small, device_, recorder.stop, recorder);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_THAT(result.error, HasSubstr("give longer data"));
}

TEST_F(TrainingRunTest, ABranchIsTheShorterRunAndTheTrunkIsAsWithoutIt) {
  RunSpec spec = SmallRun();
  spec.steps = 80;
  spec.recipe.warmup_fraction = 0.05;  // 4 steps
  Recorder plain, trunk;
  const RunResult without = Train(spec, plain);
  spec.branch_steps = {20, 40, 41};
  const RunResult with = Train(spec, trunk);
  ASSERT_TRUE(with.card.has_value()) << with.error;
  EXPECT_EQ(with.card->validation_loss, without.card->validation_loss);
  ASSERT_EQ(trunk.curve.size(), plain.curve.size());
  for (size_t i = 0; i < plain.curve.size(); ++i) {
    EXPECT_EQ(trunk.curve[i].train_loss, plain.curve[i].train_loss);
  }
  EXPECT_EQ(with.card->flops, without.card->flops);

  const double flops_per_token = TrainingFlopsPerToken(spec.shape);
  ASSERT_EQ(with.card->branches.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const BranchPoint& point = with.card->branches[i];
    RunSpec alone = SmallRun();
    alone.steps = spec.branch_steps[i];
    alone.recipe.warmup_fraction = 4 / static_cast<double>(alone.steps);
    Recorder recorder;
    const RunResult shorter = Train(alone, recorder);
    EXPECT_EQ(point.validation_loss, shorter.card->validation_loss) << i;
    EXPECT_EQ(point.validation_loss_stderr,
              shorter.card->validation_loss_stderr);
    EXPECT_EQ(point.steps, alone.steps);
    EXPECT_EQ(point.tokens, shorter.card->tokens);
    EXPECT_DOUBLE_EQ(point.flops, shorter.card->flops);
    // A fifth of the steps, rounded.
    EXPECT_DOUBLE_EQ(point.added_flops,
                     (i == 0 ? 4 : 8) * 64 * flops_per_token);
  }
}

TEST_F(TrainingRunTest, BranchesSurviveAnInterruption) {
  RunSpec spec = SmallRun();
  spec.branch_steps = {20, 35};
  Recorder through;
  const RunResult whole = Train(spec, through);
  spec.checkpoint_path = folder_.path() + "/state";
  for (const int64_t stop_at : {18, 30}) {
    Recorder stopped;
    stopped.stop_at = stop_at;
    EXPECT_EQ(Train(spec, stopped).outcome, Outcome::kStopped);
  }
  Recorder resumed;
  const RunResult result = Train(spec, resumed);
  ASSERT_TRUE(result.card.has_value()) << result.error;
  EXPECT_EQ(result.card->validation_loss, whole.card->validation_loss);
  ASSERT_EQ(result.card->branches.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result.card->branches[i].validation_loss,
              whole.card->branches[i].validation_loss);
    EXPECT_EQ(result.card->branches[i].tokens, whole.card->branches[i].tokens);
  }
  spec.branch_steps.pop_back();
  const RunResult other = Train(spec, resumed);
  EXPECT_EQ(other.outcome, Outcome::kFailed);
  EXPECT_THAT(other.error, HasSubstr("its branch_steps is"));
}

TEST_F(TrainingRunTest, BranchesThatEndedBeforeItDivergedAreReported) {
  RunSpec spec = SmallRun();
  spec.recipe.parameterization = Parameterization::kStandard;
  spec.recipe.learning_rate = 1000;
  spec.recipe.warmup_fraction = 0;
  spec.branch_steps = {3, spec.steps - 1};
  Recorder recorder;
  const RunResult result = Train(spec, recorder);
  ASSERT_EQ(result.outcome, Outcome::kDiverged);
  EXPECT_FALSE(result.card.has_value());
  ASSERT_EQ(result.branches.size(), 1u);
  EXPECT_EQ(result.branches[0].steps, 3);
  EXPECT_GT(result.branches[0].validation_loss, 0);
}

}  // namespace
}  // namespace isoshape
