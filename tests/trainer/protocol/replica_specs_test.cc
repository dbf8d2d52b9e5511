#include "trainer/protocol/replica_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace isoshape {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

json Line(const json& replicas) {
  return {{"type", "run"},
          {"shape",
           {{"depth", 1},
            {"width", 16},
            {"head_dim", 8},
            {"ffn_width", 40},
            {"vocab", 256},
            {"context", 16}}},
          {"recipe", {{"learning_rate", 0.01}, {"beta2", 0.9}}},
          {"data", {{"path", "text"}}},
          {"steps", 10},
          {"tokens_per_step", 64},
          {"seed", 4},
          {"replicas", replicas}};
}

TEST(ReplicaSpecsTest, ALineWithoutReplicasIsOneRun) {
  json line = Line({});
  line.erase("replicas");
  line["run"] = "r";
  EXPECT_THAT(RunsOf(line), ElementsAre("r"));
  const std::vector<RunSpec> specs = ParseRunSpecs(line);
  ASSERT_EQ(specs.size(), 1u);
  EXPECT_EQ(specs[0].run, "r");
  line.erase("run");
  EXPECT_THAT(RunsOf(line), ElementsAre("null"));
}

TEST(ReplicaSpecsTest, AReplicaIsTheLineWithItsOwnFields) {
  const json line =
      Line({{{"run", "a"}},
            {{"run", "b"}, {"seed", 5}, {"recipe", {{"learning_rate", 0.02}}}},
            {{"run", "c"}, {"checkpoint", {{"path", "/state/c"}}}}});
  EXPECT_THAT(RunsOf(line), ElementsAre("a", "b", "c"));
  const std::vector<RunSpec> specs = ParseRunSpecs(line);
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_EQ(specs[0].seed, 4);
  EXPECT_EQ(specs[0].recipe.learning_rate, 0.01);
  EXPECT_EQ(specs[1].seed, 5);
  EXPECT_EQ(specs[1].recipe.learning_rate, 0.02);
  EXPECT_EQ(specs[1].recipe.beta2, 0.9);
  EXPECT_EQ(specs[1].shape, specs[0].shape);
  EXPECT_EQ(specs[1].checkpoint_path, "");
  EXPECT_EQ(specs[2].checkpoint_path, "/state/c");
}

void ExpectRefusal(const json& replicas, const std::string& part,
                   const std::string& remedy) {
  EXPECT_THAT([&] { ParseRunSpecs(Line(replicas)); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr(part), HasSubstr(remedy))));
}

TEST(ReplicaSpecsTest, WhatCannotTrainAsOneModelIsRefusedByName) {
  const json a = {{"run", "a"}};
  ExpectRefusal({a, {{"run", "b"}, {"shape", {{"width", 24}}}}},
                "replica 'b' has shape/", "train it apart");
  ExpectRefusal({a, {{"run", "b"}, {"recipe", {{"beta2", 0.95}}}}},
                "replica 'b' has recipe/beta2 0.95 and replica 'a' has 0.9",
                "train it apart");
  ExpectRefusal({a, {{"run", "b"}, {"steps", 11}}}, "steps 11",
                "train it apart");
  ExpectRefusal({a, {{"run", "b"}, {"data", {{"path", "other"}}}}},
                "data/path \"other\"", "train it apart");
  ExpectRefusal({a, a}, "two replicas have the run 'a'", "run of its own");
  ExpectRefusal({{{"run", "a"}, {"checkpoint", {{"path", "/s"}}}},
                 {{"run", "b"}, {"checkpoint", {{"path", "/s"}}}}},
                "checkpoint.path '/s'", "folder of its own");
  ExpectRefusal({a, {{"run", "b"}, {"branch_steps", {8}}}}, "branch_steps",
                "train it apart");
}

TEST(ReplicaSpecsTest, ARunCanBecomeReplicasOfAscendingSeeds) {
  json line = Line({});
  line.erase("replicas");
  line["run"] = "r";
  line["checkpoint"] = {{"path", "/state"}};
  EXPECT_EQ(WithReplicas(line, 1), line);
  const std::vector<RunSpec> specs = ParseRunSpecs(WithReplicas(line, 2));
  ASSERT_EQ(specs.size(), 2u);
  EXPECT_EQ(specs[0].run, "r/0");
  EXPECT_EQ(specs[0].seed, 4);
  EXPECT_EQ(specs[0].checkpoint_path, "/state/0");
  EXPECT_EQ(specs[1].run, "r/1");
  EXPECT_EQ(specs[1].seed, 5);
  EXPECT_EQ(specs[1].checkpoint_path, "/state/1");
  // Those that say which replicas they want keep them.
  EXPECT_EQ(WithReplicas(Line({{{"run", "a"}}}), 2), Line({{{"run", "a"}}}));
  // A line that ParseRunSpec refuses comes back as it is, to be refused later.
  line["seed"] = "four";
  EXPECT_EQ(WithReplicas(line, 2), line);
}

TEST(ReplicaSpecsTest, AListThatIsNoneOfReplicasIsRefused) {
  ExpectRefusal(json::array(), "replicas is not a list of 1 to",
                "leave it out");
  ExpectRefusal(3, "replicas is not a list of 1 to", "leave it out");
  ExpectRefusal({{{"seed", 1}}}, "replicas has {\"seed\":1}",
                "a run of its own");
  EXPECT_THAT(RunsOf(Line({{{"seed", 1}}, 7})), ElementsAre("null", "7"));
}

}  // namespace
}  // namespace isoshape
