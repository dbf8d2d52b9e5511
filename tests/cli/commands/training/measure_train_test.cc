// `measure` and `train` with a trainer whose answers are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands/training/train_alone.h"
#include "tests/cli/fake_coordinator.h"
#include "tests/cli/run_program.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LocalTrainingTest : public ::testing::Test {
 protected:
  LocalTrainingTest() {
    EXPECT_EQ(mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
  }

  // Runs the command with the fake trainer.
  ProgramResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--device", "cpu", "--trainer",
                                       "python3 " ISOSHAPE_FAKE_TRAINER " " +
                                           mode_ + " " + folder_ + "/fifo"});
    return RunIsoshape(arguments);
  }

  std::string mode_ = "proper";
  const TempFolder temp_;
  const std::string folder_ = temp_.path();
};

using MeasureTest = LocalTrainingTest;

// Every run takes a millisecond a step longer than the one before.
TEST_F(MeasureTest, ShapesTakeTurnsAndTheFirstRunOfEachDoesNotCount) {
  const ProgramResult result =
      Run({"measure", "1x16", "2x32", "--runs", "3", "--output=json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json costs = json::parse(result.out);
  EXPECT_EQ(costs["trainer"], "fake 1");
  EXPECT_EQ(costs["tokens_per_step"], 2048);
  ASSERT_EQ(costs["shapes"].size(), 2u);
  // Runs 1 and 2 warm up; 3, 5, 7 are the first shape's.
  const json& first = costs["shapes"][0];
  EXPECT_EQ(first["runs"], 3);
  EXPECT_DOUBLE_EQ(first["step_seconds"], 0.005);
  EXPECT_DOUBLE_EQ(first["tokens_per_second"], 2048 / 0.005);
  EXPECT_DOUBLE_EQ(first["step_seconds_min"], 0.003);
  EXPECT_DOUBLE_EQ(first["step_seconds_max"], 0.007);
  // Steps for a second, by what the run that warmed up took: 1 ms.
  EXPECT_EQ(first["steps"], 1000);
  EXPECT_EQ(first["peak_memory_bytes"], 16000);
  EXPECT_EQ(first["engines"], json{"fake/cpu"});
  EXPECT_FALSE(first.contains("prefill_seconds"));
  EXPECT_DOUBLE_EQ(costs["shapes"][1]["step_seconds"], 0.006);
  EXPECT_EQ(costs["shapes"][1]["steps"], 500);
}

TEST_F(MeasureTest, TheTableSaysWhatWasNotMeasured) {
  mode_ = "succeed";
  const ProgramResult result = Run({"measure", "1x16", "--runs", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("ENGINE"), HasSubstr("1x16"),
                                HasSubstr("load "), Not(HasSubstr("0 B"))));
  EXPECT_THAT(result.out, testing::ContainsRegex("1x16 .* - .* - .* -"));
}

// In a file, too, it shows that it is at work; and it ends.
TEST_F(MeasureTest, ItSaysWhatItDoesAndEndsWhenItsTimeIsOver) {
  const ProgramResult result =
      Run({"measure", "--depth", "1", "--width", "16", "--runs", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1x16"));
  EXPECT_THAT(result.err, AllOf(HasSubstr("starting the trainer"),
                                HasSubstr("warming up: 1x16")));
  EXPECT_EQ(Run({"measure", "--depth", "1"}).exit_code, 2);
  EXPECT_EQ(Run({"measure"}).exit_code, 2);
  const ProgramResult late =
      Run({"measure", "1x16", "--runs", "1000", "--timeout", "1ns"});
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_THAT(late.err, HasSubstr("interrupted before it was ready"));
}

TEST_F(MeasureTest, WhatCannotBeMeasuredIsAnErrorWithTheReason) {
  const ProgramResult none = Run({"measure", "many"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("'many' is not a shape; give DEPTHxWIDTH"));
  EXPECT_EQ(Run({"measure", "1x20"}).exit_code, 2);  // head_dim 16
  mode_ = "raises";
  const ProgramResult lost = Run({"measure", "1x16"});
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_THAT(lost.err, HasSubstr("ValueError: my bug"));
  mode_ = "nan";
  const ProgramResult diverged = Run({"measure", "1x16"});
  EXPECT_EQ(diverged.exit_code, 1);
  EXPECT_THAT(diverged.err, HasSubstr("no shape could be measured: "));
}

class TrainTest : public LocalTrainingTest {
 protected:
  TrainTest() {
    v1::Campaign& campaign = coordinator_.campaign;
    campaign.set_dataset("text");
    campaign.add_budgets(1e9);
    campaign.add_budgets(3e9);
    v1::SearchSpace& space = *campaign.mutable_space();
    space.mutable_base()->set_head_dim(16);
    space.mutable_base()->set_vocab(256);
    space.mutable_base()->set_context(64);
    space.set_ffn_ratio(4);
    space.set_ffn_multiple(8);
    campaign.mutable_recipe()->set_tokens_per_step(512);
    campaign.mutable_recipe()->set_learning_rate(0.0125);
  }

  ProgramResult Train(std::vector<std::string> arguments) {
    arguments.insert(
        arguments.begin(),
        {"train", "c1", "--server", coordinator_.address(), "--out", out_});
    return Run(arguments);
  }
  v1::Shape ShapeOf(int64_t depth, int64_t width) {
    v1::Shape shape = coordinator_.campaign.space().base();
    shape.set_depth(depth);
    shape.set_width(width);
    shape.set_heads(width / 16);
    shape.set_kv_heads(width / 16);
    shape.set_ffn_width(3 * width);
    return shape;
  }

  FakeCoordinator coordinator_;
  const std::string out_ = folder_ + "/model";
};

TEST_F(TrainTest, TrainsAShapeByTheRecipeOfTheCampaignAndKeepsItsWeights) {
  const ProgramResult result = Train({"--shape", "2x32", "--budget", "2e9",
                                      "--data", folder_, "--output=json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json trial = json::parse(result.out);
  EXPECT_EQ(trial["state"], "succeeded");
  EXPECT_EQ(trial["shape"]["width"], 32);
  EXPECT_EQ(trial["shape"]["ffn_width"], 128);  // the campaign's ratio
  EXPECT_EQ(trial["tokens_per_step"], 512);
  // Whole steps of the budget, and nothing else.
  EXPECT_NEAR(trial["steps"].get<double>() * 512 *
                  trial["flops_per_token"].get<double>(),
              2e9, 512 * trial["flops_per_token"].get<double>());
  EXPECT_EQ(trial["shape_card"]["steps"], trial["steps"]);
  const json request =
      json::parse(RunProgram({"/bin/cat", out_ + "/weights"}).out);
  EXPECT_EQ(request["recipe"]["learning_rate"], 0.0125);
  EXPECT_EQ(request["data"]["path"], folder_);
}

TEST_F(TrainTest, TrainsTheBestShapeOfTheLargestBudget) {
  for (const double budget : {1e9, 3e9}) {
    v1::RankedShape& shape = *coordinator_.best.add_shapes();
    *shape.mutable_shape() = ShapeOf(budget > 2e9 ? 2 : 1, 32);
    shape.set_budget_flops(budget);
    shape.set_validation_loss(2.5);
    shape.add_trials("campaigns/c1/trials/1");
  }
  v1::Trial measured;
  measured.set_name("campaigns/c1/trials/1");
  measured.mutable_shape_card()->set_data_fingerprint("beef");
  coordinator_.trials.push_back(measured);
  const ProgramResult result = Train({"--best", "--data", folder_});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("2x32, ffn 96: best of 3e9 FLOPs"),
                    HasSubstr("2.5000 in the campaign"), HasSubstr(out_)));
  // The fake trainer's data have another fingerprint.
  EXPECT_THAT(result.out, HasSubstr("warning: these data are not those of the "
                                    "campaign (fingerprint f00d, there beef)"));
}

TEST_F(TrainTest, TrainsThePredictedShapeAtTheTarget) {
  *coordinator_.prediction.mutable_shape() = ShapeOf(1, 48);
  coordinator_.prediction.set_target_flops(4e9);
  const ProgramResult result =
      Train({"--predicted", "--target", "4e9", "--data", folder_});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(coordinator_.last_predict().target_flops(), 4e9);
  EXPECT_THAT(result.out, HasSubstr("1x48, ffn 144: predicted for 4e9"));
}

// By its path the folder is known to the campaign: it was two.
TEST(WeightsPathTest, AFolderHasOnePathHoweverItIsWritten) {
  const std::string path = WeightsPath("model");
  EXPECT_EQ(path, (std::filesystem::current_path() / "model").string());
  for (const char* out :
       {"model/", "model/.", "./model", "model//", "a/../model/"}) {
    EXPECT_EQ(WeightsPath(out), path) << out;
  }
  EXPECT_EQ(WeightsPath("/"), "/");
}

TEST_F(TrainTest, RefusesContradictionsBeforeItTrains) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--data", folder_},
      {"--best", "--predicted", "--data", folder_},
      {"--best", "--target", "1e9", "--data", folder_},
      {"--predicted", "--budget", "1e9", "--data", folder_},
      {"--shape", "2x32"},  // no data
      {"--shape", "2x40", "--data", folder_},
      {"--shape", "2x32", "--data", folder_, "--format", "llama"}};
  for (const std::vector<std::string>& arguments : wrong) {
    const ProgramResult result = Train(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_EQ(CountLines(result.err), 1);
  }
  const ProgramResult little =
      Train({"--shape", "2x32", "--budget", "1", "--data", folder_});
  EXPECT_EQ(little.exit_code, 1);  // as `trial create` says of it
  EXPECT_THAT(little.err, HasSubstr("do not pay for one step"));
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(TrainTest, ARunThatFailsOrLeavesNoWeightsIsAnError) {
  mode_ = "nan";
  const ProgramResult diverged = Train({"--shape", "2x32", "--data", folder_});
  EXPECT_EQ(diverged.exit_code, 1);
  EXPECT_THAT(diverged.err, HasSubstr("the run did not succeed: the final "
                                      "validation loss is not finite"));
  mode_ = "single";  // succeeds, and keeps nothing
  const ProgramResult empty = Train({"--shape", "2x32", "--data", folder_});
  EXPECT_EQ(empty.exit_code, 1);
  EXPECT_THAT(empty.err, HasSubstr("kept no weights in"));
}

}  // namespace
}  // namespace isoshape
