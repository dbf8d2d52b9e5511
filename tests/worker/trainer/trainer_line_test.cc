#include "worker/trainer/trainer_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace isoshape {
namespace {

using nlohmann::json;

std::string ReadyWith(const json& fields) {
  json line = {{"type", "ready"}, {"protocol", 1}, {"device", "cpu"}};
  line.update(fields);
  return line.dump();
}

TEST(TrainerLineTest, OnlyATrainerThatSaysSoTakesBranches) {
  for (const auto& [fields, expected] :
       {std::pair{json::object(), false},
        std::pair{json{{"branches", false}}, false},
        std::pair{json{{"branches", "yes"}}, false},
        std::pair{json{{"branches", true}}, true}}) {
    const auto line = ParseTrainerLine(ReadyWith(fields));
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->branches, expected) << fields;
  }
}

TEST(TrainerLineTest, AStartSaysWhichDataAndWhichStep) {
  const auto start = [](const json& fields) {
    json line = {{"type", "started"}, {"run", "r"}};
    line.update(fields);
    return ParseTrainerLine(line.dump());
  };
  auto line = start({{"start_step", 40}, {"data_fingerprint", "ab12"}});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->start_step, 40);
  EXPECT_EQ(line->data_fingerprint, "ab12");
  line = start({{"start_step", nullptr}});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->start_step, 0);
  EXPECT_EQ(line->data_fingerprint, "");
  for (const json& wrong : {json(-1), json(1.5), json("3"), json(1e30)}) {
    EXPECT_EQ(start({{"start_step", wrong}}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << wrong;
  }
}

TEST(TrainerLineTest, AResultSaysWhoseFaultItIs) {
  const auto result = [](const json& fields) {
    json line = {{"type", "result"}, {"run", "r"}, {"outcome", "failed"}};
    line.update(fields);
    const auto parsed = ParseTrainerLine(line.dump());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return parsed.value_or(TrainerLine());
  };
  using Fault = TrainerLine::Fault;
  EXPECT_EQ(result(json::object()).fault, Fault::kUnsaid);
  EXPECT_EQ(result({{"fault", "trial"}}).fault, Fault::kTrial);
  EXPECT_EQ(result({{"fault", true}}).fault, Fault::kUnsaid);
  EXPECT_EQ(result({{"fault", "worker"}}).fault, Fault::kWorker);
  EXPECT_FALSE(result({{"fault", "worker"}}).other_data);
  EXPECT_EQ(result({{"outcome", "device_lost"}}).fault, Fault::kWorker);
  const TrainerLine other = result({{"fault", "worker"},
                                    {"other_data", true},
                                    {"data_fingerprint", "cd34"}});
  EXPECT_EQ(other.fault, Fault::kWorker);
  EXPECT_TRUE(other.other_data);
  EXPECT_EQ(other.data_fingerprint, "cd34");
  EXPECT_FALSE(result({{"other_data", true}}).other_data);
}

TEST(TrainerLineTest, ARunAsksForTheDataOfItsCampaign) {
  v1::Lease lease;
  EXPECT_FALSE(json::parse(RunLine({{"r", lease, ""}}, "/data"))
                   .contains("data_fingerprint"));
  lease.set_data_fingerprint("ab12");
  EXPECT_EQ(
      json::parse(RunLine({{"r", lease, ""}}, "/data"))["data_fingerprint"],
      "ab12");
}

TEST(TrainerLineTest, ARunOfALeaseAsksForItsBranchesInTheirOrder) {
  v1::Lease lease;
  lease.mutable_trial()->set_steps(90);
  EXPECT_FALSE(json::parse(RunLine({{"r", lease, ""}}, "/data"))
                   .contains("branch_steps"));
  lease.mutable_trial()->add_branches()->set_steps(10);
  lease.mutable_trial()->add_branches()->set_steps(30);
  EXPECT_EQ(json::parse(RunLine({{"r", lease, ""}}, "/data"))["branch_steps"],
            (json{10, 30}));
}

TEST(TrainerLineTest, ReplicasHaveTheirOwnNameSeedAndCheckpoint) {
  v1::Lease a;
  a.mutable_trial()->set_steps(90);
  a.mutable_trial()->set_seed(1);
  v1::Lease b = a;
  b.mutable_trial()->set_seed(2);
  json alone = json::parse(RunLine({{"a", a, "/state/a"}}, "/data"));
  json together =
      json::parse(RunLine({{"a", a, "/state/a"}, {"b", b, ""}}, "/data"));
  const json replicas = together["replicas"];
  ASSERT_EQ(replicas.size(), 2u);
  // With what is its own, the line is that of the run alone (RFC 7396).
  together.erase("replicas");
  json first = together;
  first.merge_patch(replicas[0]);
  EXPECT_EQ(first, alone);
  json second = together;
  second.merge_patch(replicas[1]);
  EXPECT_EQ(second, json::parse(RunLine({{"b", b, ""}}, "/data")));
}

json Diverged(const json& card) {
  return {{"type", "result"},
          {"run", "r"},
          {"outcome", "diverged"},
          {"error", "why"},
          {"shape_card", card}};
}

TEST(TrainerLineTest, ADeviceThatIsLostIsAnOutcomeOfItsOwn) {
  const auto line = ParseTrainerLine(json{
      {"type", "result"},
      {"run", "r"},
      {"outcome", "device_lost"},
      {"error", "the device failed"}}.dump());
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->outcome, Outcome::kDeviceLost);
  EXPECT_EQ(line->error, "the device failed");
}

TEST(TrainerLineTest, ADivergedRunKeepsTheBranchesThatEndedBefore) {
  const json branch = {{"steps", 10}, {"validation_loss", 3.5}};
  for (const json& card :
       {json{{"branches", {branch}}, {"steps", 40}},
        json{{"branches", {branch}}, {"validation_loss", nullptr}}}) {
    const auto line = ParseTrainerLine(Diverged(card).dump());
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->outcome, Outcome::kDiverged);
    ASSERT_TRUE(line->shape_card.has_value());
    EXPECT_EQ(line->shape_card->steps(), 0);
    ASSERT_EQ(line->shape_card->branches_size(), 1);
    EXPECT_EQ(line->shape_card->branches(0).steps(), 10);
    EXPECT_EQ(line->shape_card->branches(0).validation_loss(), 3.5);
  }
  const auto without = ParseTrainerLine(Diverged({{"steps", 40}}).dump());
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_FALSE(without->shape_card.has_value());
}

TEST(TrainerLineTest, ALossThatIsNoNumberIsNotOfTheProtocol) {
  for (const json& loss : {json("3.0"), json(json::array()), json(true)}) {
    json line = Diverged({{"validation_loss", loss}});
    for (const char* outcome : {"succeeded", "diverged"}) {
      line["outcome"] = outcome;
      const auto parsed = ParseTrainerLine(line.dump());
      EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_NE(parsed.status().message().find(
                    "validation_loss " + loss.dump() + " is not a number"),
                std::string::npos)
          << parsed.status();
    }
  }
  json line = Diverged({{"validation_loss", nullptr}});
  line["outcome"] = "succeeded";
  const auto parsed = ParseTrainerLine(line.dump());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->outcome, Outcome::kDiverged);
}

TEST(TrainerLineTest, AFieldOfACardThatIsNotOfItsTypeIsLeftOutWithAWarning) {
  json line = Diverged({{"validation_loss", 2.5},
                        {"steps", 40},
                        {"peak_memory_bytes", "lots"},
                        {"warnings", {"data were repeated"}},
                        {"engine", 7}});
  line["outcome"] = "succeeded";
  const auto parsed = ParseTrainerLine(line.dump());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const v1::ShapeCard& card = *parsed->shape_card;
  EXPECT_EQ(card.validation_loss(), 2.5);
  EXPECT_EQ(card.steps(), 40);
  EXPECT_FALSE(card.has_peak_memory_bytes());
  EXPECT_EQ(card.engine(), "");
  ASSERT_EQ(card.warnings_size(), 3);
  EXPECT_EQ(card.warnings(0), "data were repeated");
  EXPECT_NE(card.warnings(1).find("left out of the card: "), std::string::npos);
  EXPECT_NE(card.warnings(2).find("lots"), std::string::npos);
  // What says which run it was is not guessed.
  line["shape_card"]["steps"] = "all";
  EXPECT_FALSE(ParseTrainerLine(line.dump()).ok());
}

TEST(TrainerLineTest, WhatHasStartedSaysItsParametersAndStepsIfItLikes) {
  auto line = ParseTrainerLine(
      R"({"type":"started","run":"r","parameters":999,"steps":23})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->parameters, 999);
  EXPECT_EQ(line->steps, 23);
  line = ParseTrainerLine(R"({"type":"started","run":"r","steps":null})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_FALSE(line->parameters || line->steps);
  EXPECT_FALSE(
      ParseTrainerLine(R"({"type":"started","run":"r","steps":"23"})").ok());
}

}  // namespace
}  // namespace isoshape
