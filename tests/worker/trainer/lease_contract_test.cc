// What a trainer says against its lease, and what the worker says for it.
#include "worker/trainer/lease_contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

v1::Trial SmallTrial() {
  v1::Trial trial;
  trial.set_parameters(10800);
  trial.set_steps(23);
  trial.set_tokens_per_step(512);
  trial.set_tokens(int64_t{23} * 512);
  trial.set_flops_per_token(6e4);
  return trial;
}

TrainerLine Started(int64_t parameters, int64_t steps) {
  TrainerLine line;
  line.type = TrainerLine::Type::kStarted;
  line.parameters = parameters;
  line.steps = steps;
  return line;
}

TEST(LeaseContractTest, AModelTwoPercentOffIsAnotherModel) {
  const v1::Trial trial = SmallTrial();
  EXPECT_EQ(ContradictionOf(Started(10800, 23), trial), "");
  EXPECT_EQ(ContradictionOf(Started(10800 + 216, 23), trial), "");
  EXPECT_EQ(ContradictionOf(Started(10800 - 216, 23), trial), "");
  EXPECT_THAT(ContradictionOf(Started(10800 + 217, 23), trial),
              HasSubstr("11017 parameters, and the trial's shape has 10800"));
  EXPECT_THAT(ContradictionOf(Started(999, 23), trial), HasSubstr("999"));
  TrainerLine line = SuccessLine("r");
  EXPECT_EQ(ContradictionOf(line, trial), "");
  line.shape_card->set_parameters(999);
  EXPECT_THAT(ContradictionOf(line, trial), HasSubstr("999 parameters"));
}

TEST(LeaseContractTest, StepsAndTokensAreExact) {
  const v1::Trial trial = SmallTrial();
  EXPECT_THAT(ContradictionOf(Started(10800, 22), trial),
              HasSubstr("22 steps, and the trial has 23"));
  TrainerLine line = SuccessLine("r");
  line.shape_card->set_steps(3);
  EXPECT_THAT(ContradictionOf(line, trial), HasSubstr("3 steps"));
  line.shape_card->set_steps(23);
  line.shape_card->set_tokens(7);
  EXPECT_THAT(ContradictionOf(line, trial), HasSubstr("7 tokens"));
  // A run that diverged had fewer.
  line.outcome = Outcome::kDiverged;
  EXPECT_EQ(ContradictionOf(line, trial), "");
}

TEST(LeaseContractTest, APointLiesWithinItsTrial) {
  const v1::Trial trial = SmallTrial();
  v1::Measurement point;
  EXPECT_EQ(PointProblem(point, trial), "");
  point.set_step(23);
  EXPECT_EQ(PointProblem(point, trial), "");
  for (const int64_t step :
       {int64_t{24}, int64_t{-1}, int64_t{9'000'000'000'000'000'000}}) {
    point.set_step(step);
    EXPECT_THAT(PointProblem(point, trial), HasSubstr("outside of 0 .. 23"));
  }
  point.set_step(5);
  point.set_tokens(-1);
  EXPECT_EQ(PointProblem(point, trial),
            "tokens -1 is negative; give 0 or more");
  point.set_tokens(5);
  point.set_gradient_norm(1e300);
  EXPECT_THAT(PointProblem(point, trial), HasSubstr("gradient_norm 1e+300"));
}

TEST(LeaseContractTest, FillsInWhatTheTrainerLeavesOutAndNothingElse) {
  TrainerLine ready;
  ready.device = "cpu";
  ready.device_name = "a CPU";
  ready.trainer = "mine 1";
  v1::ShapeCard card;
  card.set_validation_loss(2);
  card.set_trainer("mine 2");
  FillIn(SmallTrial(), absl::Seconds(5), ready, &card);
  EXPECT_EQ(card.parameters(), 10800);
  EXPECT_EQ(card.steps(), 23);
  EXPECT_EQ(card.tokens(), 23 * 512);
  EXPECT_DOUBLE_EQ(card.flops(), 23 * 512 * 6e4);
  EXPECT_EQ(card.wall_seconds(), 5);
  EXPECT_EQ(card.device_name(), "a CPU");
  EXPECT_EQ(card.trainer(), "mine 2");
  EXPECT_FALSE(card.has_tokens_per_second());
  EXPECT_FALSE(card.has_peak_memory_bytes());

  v1::Measurement point;
  point.set_step(10);
  FillIn(SmallTrial(), std::nullopt, &point);
  EXPECT_EQ(point.tokens(), 5120);
  EXPECT_DOUBLE_EQ(point.flops(), 5120 * 6e4);
  EXPECT_FALSE(point.has_elapsed_seconds());
}

class ContradictionTest : public RunTest {
 protected:
  v1::Lease Granted() {
    v1::Lease lease = coordinator_.Grant(kTrial);
    SmallTrial().Swap(lease.mutable_trial());
    lease.mutable_trial()->set_name(kTrial);
    lease.mutable_trial()->set_worker("workers/w");
    return lease;
  }
};

TEST_F(ContradictionTest, ATrainerThatContradictsItsLeaseIsLostWithTheReason) {
  trainer_.on_begin = [&](const std::vector<std::string>& runs) {
    TrainerLine line = SuccessLine(runs[0]);
    line.shape_card->set_steps(3);
    trainer_.Say(line);
  };
  Execute({Granted()});
  EXPECT_EQ(Completed(), v1::Trial::STATE_UNSPECIFIED);
  EXPECT_EQ(Released(),
            "the trainer was lost: it says 3 steps, and the trial has 23: it "
            "must train exactly as many");
  EXPECT_TRUE(ReleasedAsLost());
  EXPECT_TRUE(trainer_.abandoned.has_value());
}

TEST_F(ContradictionTest, AResultIsFilledInAndTimedByTheWorker) {
  TrainQuietly(absl::Seconds(5), 2);
  Execute({Granted()});
  ASSERT_EQ(Completed(), v1::Trial::SUCCEEDED);
  const v1::ShapeCard& card = TrialNamed().result->shape_card();
  EXPECT_EQ(card.steps(), 23);
  EXPECT_NEAR(card.wall_seconds(), 10, 0.2);
}

}  // namespace
}  // namespace isoshape
