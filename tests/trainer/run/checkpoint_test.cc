#include "trainer/run/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "tests/full_disk.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"
#include "tests/trainer/data/some_text.h"
#include "tests/trainer/recorder.h"
#include "tests/trainer/small_run.h"
#include "trainer/data/data.h"
#include "trainer/run/training_run.h"

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Outcome = RunResult::Outcome;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest()
      : data_(OpenData(folder_.Write("text", SomeText(60000, 1)))) {}

  RunSpec Spec(const std::string& name) const {
    RunSpec spec = SmallRun();
    spec.checkpoint_path = folder_.path() + "/" + name;
    return spec;
  }
  std::string File(const RunSpec& spec) const {
    return spec.checkpoint_path + "/checkpoint.safetensors";
  }
  RunResult Train(const RunSpec& spec, Recorder& recorder) const {
    return RunTraining(spec, *data_, device_, recorder.stop, recorder);
  }
  // Leaves the checkpoint of step 20 of 40.
  void TrainHalf(const RunSpec& spec) const {
    Recorder recorder;
    recorder.stop_at = 20;
    EXPECT_EQ(Train(spec, recorder).outcome, Outcome::kStopped);
  }
  // Why a run with this folder fails.
  std::string Refusal(const RunSpec& spec) const {
    Recorder recorder;
    const RunResult result = Train(spec, recorder);
    EXPECT_EQ(result.outcome, Outcome::kFailed);
    EXPECT_EQ(recorder.curve.size(), 0u);
    return result.error;
  }

  TempFolder folder_;
  const std::unique_ptr<const Data> data_;
  const Device device_;
};

TEST_F(CheckpointTest, AResumedRunIsTheOneThatWasNotStoppedToTheBit) {
  for (const OptimizerKind optimizer :
       {OptimizerKind::kAdamW, OptimizerKind::kMuon}) {
    const std::string name =
        optimizer == OptimizerKind::kMuon ? "muon" : "adamw";
    RunSpec through = Spec("through_" + name);
    RunSpec halves = Spec("halves_" + name);
    through.recipe.optimizer = halves.recipe.optimizer = optimizer;
    Recorder all, second;
    const RunResult expected = Train(through, all);
    TrainHalf(halves);
    EXPECT_EQ(ReadTrainedModel(halves.checkpoint_path).step, 20);
    const RunResult result = Train(halves, second);
    ASSERT_EQ(result.outcome, Outcome::kSucceeded) << result.error;

    ASSERT_EQ(second.curve.size(), 20u);
    for (size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(second.curve[i].step, all.curve[20 + i].step);
      EXPECT_EQ(second.curve[i].train_loss, all.curve[20 + i].train_loss) << i;
    }
    EXPECT_EQ(result.card->validation_loss, expected.card->validation_loss);
    EXPECT_EQ(result.card->train_loss, expected.card->train_loss);
    EXPECT_EQ(result.card->gradient_norm_mean,
              expected.card->gradient_norm_mean);
    EXPECT_EQ(ReadTrainedModel(halves.checkpoint_path).weights,
              ReadTrainedModel(through.checkpoint_path).weights);
  }
}

TEST_F(CheckpointTest, AFinishedRunIsEvaluatedAgainWithoutTraining) {
  const RunSpec spec = Spec("finished");
  Recorder first, again;
  const RunResult result = Train(spec, first);
  const RunResult repeated = Train(spec, again);
  EXPECT_EQ(again.curve.size(), 0u);
  EXPECT_EQ(repeated.card->validation_loss, result.card->validation_loss);
  EXPECT_EQ(repeated.card->train_loss, result.card->train_loss);
  // It trained no step, so that its speed is that of all steps.
  EXPECT_EQ(repeated.card->timed_steps, repeated.card->steps);
}

TEST_F(CheckpointTest, WritingOftenChangesNothing) {
  RunSpec spec = Spec("often");
  spec.checkpoint_seconds = 0;
  Recorder often, never;
  const RunResult result = Train(spec, often);
  EXPECT_EQ(result.card->validation_loss,
            Train(SmallRun(), never).card->validation_loss);
  EXPECT_EQ(ReadTrainedModel(spec.checkpoint_path).step, 40);
  EXPECT_FALSE(std::filesystem::exists(File(spec) + ".tmp"));
}

TEST_F(CheckpointTest, ADamagedFileIsRefusedByName) {
  const RunSpec spec = Spec("damaged");
  TrainHalf(spec);
  const std::string whole = ReadFile(File(spec));
  const std::string metadata = "\\\"step\\\":20";
  const size_t step = whole.find(metadata);
  ASSERT_NE(step, std::string::npos);
  const auto refusal = [&](const std::string& content) {
    std::ofstream(File(spec), std::ios::binary) << content;
    return Refusal(spec);
  };
  const auto damaged = [&](size_t at) {
    std::string content = whole;
    content[at] = static_cast<char>(content[at] ^ 1);
    return content;
  };
  EXPECT_THAT(refusal(whole.substr(0, whole.size() / 2)),
              HasSubstr(File(spec) + " is damaged"));
  EXPECT_THAT(refusal(""), HasSubstr(File(spec) + " is damaged"));
  EXPECT_THAT(refusal(damaged(whole.size() - 100)),
              AllOf(HasSubstr(File(spec) + " is damaged: its checksum"),
                    HasSubstr("remove it"), Not(HasSubstr("\n"))));
  EXPECT_THAT(refusal(damaged(step + metadata.size() - 1)),
              HasSubstr("its checksum"));
  EXPECT_THAT(refusal("hello"), HasSubstr(File(spec) + " is damaged"));
  std::ofstream(File(spec), std::ios::binary) << whole;
  Recorder recorder;
  EXPECT_EQ(Train(spec, recorder).outcome, Outcome::kSucceeded);
}

TEST_F(CheckpointTest, ACheckpointOfAnotherRunIsRefusedByItsFirstDifference) {
  const RunSpec spec = Spec("other");
  TrainHalf(spec);
  const auto refusal = [&spec, this](auto change) {
    RunSpec other = spec;
    change(other);
    return Refusal(other);
  };
  EXPECT_THAT(refusal([](RunSpec& other) { other.shape.depth = 3; }),
              AllOf(HasSubstr(File(spec) + " is of another run"),
                    HasSubstr("its shape/depth is 2 and not 3"),
                    HasSubstr("remove it, or name another folder")));
  EXPECT_THAT(refusal([](RunSpec& other) { other.recipe.beta2 = 0.9; }),
              HasSubstr("its recipe/beta2 is 0.95 and not 0.9"));
  EXPECT_THAT(refusal([](RunSpec& other) { other.seed = 1; }),
              HasSubstr("its seed is 0 and not 1"));
  EXPECT_THAT(refusal([](RunSpec& other) { other.steps = 80; }),
              HasSubstr("its steps is 40 and not 80"));
  const std::unique_ptr<const Data> text =
      OpenData(folder_.Write("another", SomeText(60000, 2)));
  Recorder recorder;
  EXPECT_THAT(RunTraining(spec, *text, device_, recorder.stop, recorder).error,
              HasSubstr("its data/fingerprint is"));
}

TEST_F(CheckpointTest, AFolderThatCannotBeMadeIsRefusedBeforeTraining) {
  RunSpec spec = SmallRun();
  spec.checkpoint_path = folder_.Write("file", "x") + "/folder";
  EXPECT_THAT(Refusal(spec),
              AllOf(HasSubstr("cannot make the checkpoint's folder"),
                    HasSubstr(spec.checkpoint_path)));
}

TEST_F(CheckpointTest, AFullDiskCostsTheCheckpointAndKeepsTheLastOne) {
  const RunSpec spec = Spec("full");
  TrainHalf(spec);
  const std::string before = ReadFile(File(spec));
  Recorder recorder;
  {
    const FullDisk full(20000);
    EXPECT_EQ(Train(spec, recorder).outcome, Outcome::kSucceeded);
  }
  ASSERT_EQ(recorder.warnings.size(), 1u);
  EXPECT_THAT(recorder.warnings[0],
              AllOf(HasSubstr("cannot write " + File(spec)),
                    HasSubstr("the checkpoint of step 20 stays"),
                    Not(HasSubstr("\n"))));
  EXPECT_EQ(ReadFile(File(spec)), before);
  EXPECT_FALSE(std::filesystem::exists(File(spec) + ".tmp"));
}

}  // namespace
}  // namespace isoshape
