#include "coordinator/scheduler/eligibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/scheduler/why_trials_wait.h"
#include "coordinator/scheduler/worker_faults.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000'000);

v1::Campaign CampaignOn(const std::string& dataset) {
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.set_dataset(dataset);
  return campaign;
}

v1::Worker WorkerWith(const std::string& name, const std::string& dataset,
                      int64_t memory_limit_bytes = 0) {
  v1::Worker worker;
  worker.set_name("workers/" + name);
  worker.add_datasets(dataset);
  worker.set_memory_limit_bytes(memory_limit_bytes);
  return worker;
}

v1::Trial WideTrial() {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/1");
  v1::Shape& shape = *trial.mutable_shape();
  shape.set_depth(24);
  shape.set_width(4096);
  shape.set_heads(32);
  shape.set_head_dim(128);
  shape.set_ffn_width(11008);
  shape.set_vocab(50304);
  shape.set_context(1024);
  trial.set_tokens_per_step(65536);
  return trial;
}

TEST(WhyTrialsWait, NamesTheDataThatNobodyHas) {
  EXPECT_EQ(WhyTrialsWait(CampaignOn("code"), {WideTrial(), WideTrial()},
                          {WorkerWith("w1", "text")}, kNow),
            "2 trials wait: no connected worker has data 'code' (w1: text); "
            "start one with 'isoshape worker --data code=PATH'");
}

TEST(WhyTrialsWait, SimulatedDataAreThoseOfSimulatedWorkers) {
  EXPECT_THAT(WhyTrialsWait(CampaignOn("simulated"), {WideTrial()},
                            {WorkerWith("w1", "text")}, kNow),
              HasSubstr("has data 'simulated' (w1: text); start some with "
                        "'isoshape simulate fleet'"));
}

TEST(WhyTrialsWait, NamesTheMemoryThatNobodyHas) {
  EXPECT_THAT(WhyTrialsWait(CampaignOn("text"), {WideTrial()},
                            {WorkerWith("w1", "text", int64_t{25} << 30),
                             WorkerWith("w2", "code", int64_t{900} << 30)},
                            kNow),
              AllOf(StartsWith("1 trial waits: the smallest needs about "),
                    HasSubstr("(w1: 25 GiB)")));
}

v1::Trial ReservedFor(const std::string& worker) {
  v1::Trial trial = WideTrial();
  trial.set_reserved_worker("workers/" + worker);
  return trial;
}

TEST(WhyTrialsWait, NamesTheWorkerThatATrialWaitsForAlone) {
  v1::Campaign campaign = CampaignOn("text");
  EXPECT_EQ(WhyTrialsWait(campaign, {ReservedFor("w9")},
                          {WorkerWith("w1", "text")}, kNow),
            "1 trial waits for worker w9, which is not connected; start it "
            "with 'isoshape worker --name w9 --data text=PATH', or 'isoshape "
            "worker delete w9' cancels it");
  EXPECT_EQ(
      WhyTrialsWait(campaign, {ReservedFor("w1"), ReservedFor("w1")},
                    {WorkerWith("w1", "code"), WorkerWith("w2", "text")}, kNow),
      "2 trials wait for worker w1 alone: it has no data 'text' (w1: code); "
      "start it with 'isoshape worker --name w1 --data text=PATH'");
  v1::Worker draining = WorkerWith("w1", "text");
  draining.set_draining(true);
  EXPECT_EQ(WhyTrialsWait(campaign, {ReservedFor("w1")}, {draining}, kNow),
            "1 trial waits for worker w1 alone: it drains (w1); start it with "
            "'isoshape worker --name w1 --data text=PATH'");
  EXPECT_EQ(WhyTrialsWait(CampaignOn("synthetic:markov"), {ReservedFor("w9")},
                          {}, kNow),
            "1 trial waits for worker w9, which is not connected; start it "
            "with 'isoshape worker --name w9 --data synthetic:', or 'isoshape "
            "worker delete w9' cancels it");
  EXPECT_EQ(WhyTrialsWait(campaign, {ReservedFor("w1")},
                          {WorkerWith("w1", "text")}, kNow),
            "");
  // Beside those that any may train, each with its own reason; told though
  // others run, since nothing but that worker mends it.
  campaign.mutable_trial_counts()->set_leased(1);
  EXPECT_THAT(WhyTrialsWait(campaign, {WideTrial(), ReservedFor("w9")},
                            {WorkerWith("w1", "text")}, kNow),
              StartsWith("1 trial waits for worker w9"));
  EXPECT_THAT(
      WhyTrialsWait(campaign, {WideTrial(), ReservedFor("w1")},
                    {draining, WorkerWith("w2", "text")}, kNow),
      StartsWith("1 trial waits for worker w1 alone: it drains (w1); start"));
}

// Another worker of that name would keep no weights.
TEST(WhyTrialsWait, AVerificationIsToBeRunAgain) {
  const std::string id = "train-00000000000000ab";
  EXPECT_EQ(WhyTrialsWait(CampaignOn("text"), {ReservedFor(id)}, {}, kNow),
            "1 trial waits for worker " + id +
                ", which is not connected; run its 'isoshape train --verify' "
                "again, or 'isoshape worker delete " +
                id + "' cancels it");
}

TEST(WhyTrialsWait, AtMostAFewWorkersAreNamed) {
  std::vector<v1::Trial> pending;
  for (int i = 0; i < 40; ++i) {
    pending.push_back(ReservedFor("w" + std::to_string(10 + i)));
  }
  const std::string why = WhyTrialsWait(CampaignOn("text"), pending,
                                        {WorkerWith("w1", "text")}, kNow);
  EXPECT_THAT(why, HasSubstr("others wait for 36 more"));
  EXPECT_LT(why.size(), 1000u);
}

TEST(ObstacleTo, AReservedTrialIsForItsWorkerAlone) {
  const v1::Campaign campaign = CampaignOn("text");
  EXPECT_EQ(
      ObstacleTo(WorkerWith("w2", "text"), campaign, ReservedFor("w1"), kNow),
      Obstacle::kReserved);
  EXPECT_EQ(
      ObstacleTo(WorkerWith("w1", "text"), campaign, ReservedFor("w1"), kNow),
      Obstacle::kNone);
  EXPECT_EQ(
      ObstacleTo(WorkerWith("w1", "code"), campaign, ReservedFor("w1"), kNow),
      Obstacle::kNoData);
}

// Who says nothing of data trains what it has reserved itself, and no more.
TEST(ObstacleTo, AWorkerThatNamesNoDataGetsWhatIsReservedForItAlone) {
  v1::Campaign campaign = CampaignOn("text");
  v1::Worker worker;
  worker.set_name("workers/w1");
  EXPECT_EQ(ObstacleTo(worker, campaign, ReservedFor("w1"), kNow),
            Obstacle::kNone);
  EXPECT_EQ(ObstacleTo(worker, campaign, WideTrial(), kNow), Obstacle::kNoData);
  EXPECT_EQ(ObstacleToCampaign(worker, campaign, kNow), Obstacle::kNoData);
  worker.set_draining(true);
  EXPECT_EQ(ObstacleTo(worker, campaign, ReservedFor("w1"), kNow),
            Obstacle::kDraining);
  worker.set_draining(false);
  worker.set_memory_limit_bytes(1000);
  EXPECT_EQ(ObstacleTo(worker, campaign, ReservedFor("w1"), kNow),
            Obstacle::kMemory);
}

TEST(WhyTrialsWait, IsSilentIfAWorkerMayTakeOne) {
  EXPECT_EQ(
      WhyTrialsWait(CampaignOn("text"), {WideTrial()},
                    {WorkerWith("w1", "code"), WorkerWith("w2", "text")}, kNow),
      "");
  EXPECT_EQ(WhyTrialsWait(CampaignOn("text"), {}, {}, kNow), "");
}

// The trial that needs the least memory is looked at for all that are like it:
// others may be had though the worker gave that one back.
TEST(WhyTrialsWait, LooksPastTheSmallestTrialIfAWorkerGaveItBack) {
  const v1::Campaign campaign = CampaignOn("text");
  v1::Trial wide = WideTrial();
  v1::Trial narrow = WideTrial();
  narrow.mutable_shape()->set_depth(1);
  v1::Trial branched = WideTrial();
  branched.add_branches()->set_tokens(1);
  const std::vector<v1::Worker> online = {
      WorkerWith("small", "text", LeastMemory(narrow)),
      WorkerWith("large", "text", LeastMemory(wide))};
  for (const v1::Worker& worker : online) {
    AvoidWorker(worker.name(), kNow, 1, &narrow);
  }
  EXPECT_EQ(WhyTrialsWait(campaign, {narrow, wide}, online, kNow), "");
  EXPECT_THAT(WhyTrialsWait(campaign, {narrow, wide}, {online[0]}, kNow),
              StartsWith("2 trials wait: the connected workers gave them back, "
                         "and try again soon (small)"));
  AvoidWorker(online[1].name(), kNow, 1, &wide);
  EXPECT_THAT(WhyTrialsWait(campaign, {narrow, wide, branched}, online, kNow),
              StartsWith("3 trials wait: the connected workers gave them back, "
                         "and try again soon (small; large)"));
  EXPECT_EQ(
      WhyTrialsWait(campaign, {narrow, wide}, online, kNow + absl::Hours(2)),
      "");
}

TEST(WhyTrialsWait, SaysThatNobodyIsThereOrThatItIsPaused) {
  v1::Campaign campaign = CampaignOn("text");
  EXPECT_THAT(WhyTrialsWait(campaign, {WideTrial()}, {}, kNow),
              HasSubstr("no worker is connected"));
  campaign.set_state(v1::Campaign::PAUSED);
  EXPECT_THAT(WhyTrialsWait(campaign, {WideTrial()}, {}, kNow),
              HasSubstr("the campaign is paused"));
}

TEST(WhyTrialsWait, GivesTheReasonOfAWorkerThatIsSetAside) {
  v1::Campaign campaign = CampaignOn("text");
  NoteFault("workers/w1", "no space left on device", true, kNow, &campaign);
  EXPECT_THAT(
      WhyTrialsWait(campaign, {WideTrial()}, {WorkerWith("w1", "text")}, kNow),
      HasSubstr("(w1: no space left on device)"));
}

TEST(WhyTrialsWait, NamesDataOfOtherContent) {
  v1::Campaign campaign = CampaignOn("text");
  campaign.set_data_fingerprint("9dd1");
  v1::Worker worker = WorkerWith("w1", "text");
  worker.add_data()->set_dataset("text");
  worker.mutable_data(0)->set_fingerprint("5521");
  EXPECT_EQ(ObstacleTo(worker, campaign, WideTrial(), kNow),
            Obstacle::kOtherData);
  worker.mutable_data(0)->set_fingerprint("9dd1");
  EXPECT_EQ(ObstacleTo(worker, campaign, WideTrial(), kNow), Obstacle::kNone);
}

TEST(IsConnected, LooksAtTheDistanceOnly) {
  v1::Worker worker;
  *worker.mutable_contact_time() = ToProto(kNow);
  EXPECT_TRUE(IsConnected(worker, kNow + absl::Seconds(30), absl::Seconds(30)));
  EXPECT_FALSE(
      IsConnected(worker, kNow + absl::Seconds(31), absl::Seconds(30)));
  EXPECT_FALSE(IsConnected(worker, kNow - absl::Hours(24), absl::Seconds(30)));
}

v1::Campaign WithTf32() {
  v1::Campaign campaign = CampaignOn("text");
  campaign.add_variants()->set_name("fast");
  campaign.mutable_variants(0)->mutable_recipe()->set_precision(
      v1::Recipe::TF32);
  return campaign;
}

v1::Trial InVariant(const std::string& variant) {
  v1::Trial trial = WideTrial();
  trial.set_variant(variant);
  return trial;
}

TEST(ObstacleTo, ACpuDoesNotComputeInTf32) {
  v1::Worker worker = WorkerWith("w1", "text");
  worker.set_device("cpu");
  EXPECT_EQ(ObstacleTo(worker, WithTf32(), InVariant("fast"), kNow),
            Obstacle::kPrecision);
  EXPECT_EQ(ObstacleTo(worker, WithTf32(), InVariant("base"), kNow),
            Obstacle::kNone);
  worker.set_device("cuda");
  EXPECT_EQ(ObstacleTo(worker, WithTf32(), InVariant("fast"), kNow),
            Obstacle::kNone);
}

// A page of the store may be enough, of tens of thousands of workers.
TEST(WhyTrialsWait, IsKnownOnceNoOtherWorkerChangesIt) {
  const v1::Campaign campaign = CampaignOn("text");
  const std::vector<v1::Trial> wide = {WideTrial()};
  WaitingTrials any(campaign, wide, kNow);
  any.Add(WorkerWith("w1", "code"));
  EXPECT_FALSE(any.IsKnown());
  any.Add(WorkerWith("w2", "text"));
  EXPECT_TRUE(any.IsKnown());
  EXPECT_EQ(any.Why(), "");

  const std::vector<v1::Trial> both = {WideTrial(), ReservedFor("w5")};
  WaitingTrials reserved(campaign, both, kNow);
  reserved.Add(WorkerWith("w4", "text"));
  EXPECT_FALSE(reserved.IsKnown());
  reserved.Add(WorkerWith("w6", "code"));  // w5 would have come before
  EXPECT_TRUE(reserved.IsKnown());
  EXPECT_THAT(reserved.Why(), StartsWith("1 trial waits for worker w5, which "
                                         "is not connected; "));

  EXPECT_TRUE(WaitingTrials(campaign, {}, kNow).IsKnown());
  v1::Campaign paused = campaign;
  paused.set_state(v1::Campaign::PAUSED);
  EXPECT_TRUE(WaitingTrials(paused, wide, kNow).IsKnown());

  // What time mends is not told while others run.
  v1::Campaign running = campaign;
  running.mutable_trial_counts()->set_leased(1);
  WaitingTrials others(running, wide, kNow);
  others.Add(WorkerWith("w1", "code"));
  EXPECT_FALSE(others.IsKnown());
  v1::Worker draining = WorkerWith("w2", "text");
  draining.set_draining(true);
  others.Add(draining);
  EXPECT_TRUE(others.IsKnown());
  EXPECT_EQ(others.Why(), "");
}

TEST(WhyTrialsWait, NamesTheVariantThatNobodyCanTrain) {
  v1::Campaign campaign = WithTf32();
  v1::Worker worker = WorkerWith("w1", "text");
  worker.set_device("cpu");
  const std::vector<v1::Trial> pending = {InVariant("base"), InVariant("fast"),
                                          InVariant("fast")};
  constexpr char kSaid[] =
      "2 trials of variant fast wait: tf32 needs a GPU, and no connected "
      "worker "
      "has one (w1)";
  EXPECT_EQ(WhyTrialsWait(campaign, pending, {worker}, kNow), kSaid);
  EXPECT_EQ(WhyTrialsWait(campaign, {pending[1], pending[2]}, {worker}, kNow),
            kSaid);
  // Also while others run, but not what time mends.
  campaign.mutable_trial_counts()->set_leased(1);
  EXPECT_EQ(WhyTrialsWait(campaign, pending, {worker}, kNow), kSaid);
  worker.set_device("cuda");
  worker.set_draining(true);
  EXPECT_EQ(WhyTrialsWait(campaign, pending, {worker}, kNow), "");
}

TEST(WhyTrialsWait, NamesTheDataOfTheVariant) {
  v1::Campaign campaign = CampaignOn("text");
  campaign.add_variants()->set_name("coded");
  campaign.mutable_variants(0)->set_dataset("code");
  EXPECT_EQ(WhyTrialsWait(campaign, {InVariant("base"), InVariant("coded")},
                          {WorkerWith("w1", "text")}, kNow),
            "1 trial of variant coded waits: no connected worker has data "
            "'code' (w1: text); start one with 'isoshape worker --data "
            "code=PATH'");
  EXPECT_EQ(WhyTrialsWait(campaign, {InVariant("coded")}, {}, kNow),
            "1 trial waits: no worker is connected; start one with 'isoshape "
            "worker --data code=PATH'");
}

}  // namespace
}  // namespace isoshape
