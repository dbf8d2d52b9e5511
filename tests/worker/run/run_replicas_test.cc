// Trials of one shape that a trainer trains together: each has a lease and an
// end of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/worker/run/run_fixture.h"

namespace isoshape {
namespace {

using testing::ElementsAre;

class RunReplicasTest : public RunTest {
 protected:
  static std::string Name(int number) {
    return absl::StrCat("campaigns/c/trials/", number);
  }
  RunGroup::End ExecuteThree() {
    return Execute({coordinator_.Grant(Name(1)), coordinator_.Grant(Name(2)),
                    coordinator_.Grant(Name(3))});
  }
  std::vector<v1::Trial::State> States() {
    return {Completed(Name(1)), Completed(Name(2)), Completed(Name(3))};
  }
};

constexpr v1::Trial::State kNone = v1::Trial::STATE_UNSPECIFIED;

TEST_F(RunReplicasTest, TheyBeginTogetherAndEachIsCompleted) {
  TrainMeasured(absl::Seconds(1), 40);
  ExecuteThree();
  EXPECT_THAT(trainer_.begun,
              ElementsAre(ElementsAre("campaigns/c/trials/1#1",
                                      "campaigns/c/trials/2#2",
                                      "campaigns/c/trials/3#3")));
  EXPECT_THAT(States(), ElementsAre(v1::Trial::SUCCEEDED, v1::Trial::SUCCEEDED,
                                    v1::Trial::SUCCEEDED));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(TrialNamed(Name(i)).losses.size(), 40) << i;
  }
}

TEST_F(RunReplicasTest, OneThatDivergesLeavesTheOthersTraining) {
  TrainQuietly(absl::Seconds(5), 20);
  clock_.At(absl::Seconds(30), [&] {
    trainer_.Say(ResultLine("campaigns/c/trials/2#2", Outcome::kDiverged));
  });
  ExecuteThree();
  EXPECT_THAT(States(), ElementsAre(v1::Trial::SUCCEEDED, v1::Trial::DIVERGED,
                                    v1::Trial::SUCCEEDED));
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunReplicasTest, OneWhoseLeaseIsLostIsStoppedAlone) {
  TrainQuietly(absl::Seconds(5), 20);
  clock_.At(absl::Seconds(30), [&] { coordinator_.Grant(Name(2)); });
  ExecuteThree();
  EXPECT_THAT(trainer_.stopped, ElementsAre("campaigns/c/trials/2#2"));
  EXPECT_THAT(States(),
              ElementsAre(v1::Trial::SUCCEEDED, kNone, v1::Trial::SUCCEEDED));
  EXPECT_EQ(Released(Name(2)), "not released");
  EXPECT_FALSE(trainer_.abandoned.has_value());
}

TEST_F(RunReplicasTest, OneThatIsToStopLeavesTheOthersTraining) {
  TrainQuietly(absl::Seconds(5), 20);
  clock_.At(absl::Seconds(30), [&] { TrialNamed(Name(3)).stop = true; });
  ExecuteThree();
  EXPECT_THAT(trainer_.stopped, ElementsAre("campaigns/c/trials/3#3"));
  EXPECT_THAT(States(), ElementsAre(v1::Trial::SUCCEEDED, v1::Trial::SUCCEEDED,
                                    v1::Trial::STOPPED));
}

TEST_F(RunReplicasTest, ALostTrainerCostsTheTrialsThatItHad) {
  TrainQuietly(absl::Seconds(5), 20);
  clock_.At(absl::Seconds(30),
            [&] { trainer_.Say(SuccessLine("campaigns/c/trials/1#1")); });
  clock_.At(absl::Seconds(40), [&] { trainer_.Die("it ended by signal 9"); });
  ExecuteThree();
  EXPECT_THAT(States(), ElementsAre(v1::Trial::SUCCEEDED, kNone, kNone));
  EXPECT_TRUE(ReleasedAsLost(Name(2)));
  EXPECT_TRUE(ReleasedAsLost(Name(3)));
  EXPECT_EQ(Released(Name(1)), "not released");
}

TEST_F(RunReplicasTest, OneThatDoesNotStopCostsTheOthersTheirTrainer) {
  TrainQuietly(absl::Seconds(5), 100);
  trainer_.on_stop = nullptr;
  clock_.At(absl::Seconds(30), [&] { TrialNamed(Name(1)).stop = true; });
  ExecuteThree();
  EXPECT_THAT(States(), ElementsAre(v1::Trial::STOPPED, kNone, kNone));
  EXPECT_TRUE(ReleasedAsLost(Name(2)));
  EXPECT_TRUE(ReleasedAsLost(Name(3)));
}

TEST_F(RunReplicasTest, ADrainHandsAllOfThemBack) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(30), [&] { drain_.Notify(); });
  ExecuteThree();
  EXPECT_THAT(States(), ElementsAre(kNone, kNone, kNone));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Released(Name(i)), "the worker is shutting down") << i;
    EXPECT_FALSE(ReleasedAsLost(Name(i))) << i;
  }
  EXPECT_LT(clock_.Elapsed(), absl::Milliseconds(30500));
}

TEST_F(RunReplicasTest, AllOfThemAreDrainedWhenTheCoordinatorIsAway) {
  TrainQuietly(absl::Seconds(5), 100);
  clock_.At(absl::Seconds(30), [&] {
    coordinator_.away = absl::DeadlineExceededError("no answer");
    coordinator_.call_takes = absl::Hours(1);
    drain_.Notify();
  });
  ExecuteThree();
  EXPECT_LT(clock_.Elapsed(), absl::Seconds(40));
}

TEST_F(RunReplicasTest, EachHoldsItsOwnLeaseWithHeartbeats) {
  TrainQuietly(absl::Seconds(5), 60);
  ExecuteThree();
  std::vector<int> beats(3);
  for (const auto& call : coordinator_.CallsOf("Heartbeat")) {
    EXPECT_EQ(call.code, absl::StatusCode::kOk);
    ++beats[static_cast<size_t>(call.trial.back() - '1')];
  }
  // In the first round the first's go with those of the others.
  EXPECT_THAT(beats,
              testing::Each(testing::AllOf(testing::Ge(29), testing::Le(32))));
}

}  // namespace
}  // namespace isoshape
