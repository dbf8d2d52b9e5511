#include "coordinator/scheduler/pending_trials.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using Verdict = PendingTrials::Verdict;

v1::Trial TrialOf(int64_t width, double budget) {
  v1::Trial trial;
  trial.mutable_shape()->set_depth(2);
  trial.mutable_shape()->set_width(width);
  trial.mutable_shape()->set_heads(width / 64);
  trial.mutable_shape()->set_head_dim(64);
  trial.mutable_shape()->set_ffn_width(2 * width);
  trial.mutable_shape()->set_vocab(256);
  trial.mutable_shape()->set_context(64);
  trial.set_budget_flops(budget);
  return trial;
}

class PendingTrialsTest : public testing::Test {
 protected:
  PendingTrialsTest() {
    // Numbers 1 to 4 are wide, 5 and 6 narrow; 6 has the smaller budget.
    for (int64_t n = 1; n <= 4; ++n) pending_.Add(n, TrialOf(1024, 1e12));
    pending_.Add(5, TrialOf(64, 1e12));
    pending_.Add(6, TrialOf(64, 1e11));
  }
  PendingTrials pending_;
  std::vector<int64_t> judged_;
};

TEST_F(PendingTrialsTest, TheSmallestBudgetComesFirstThenTheLongestWait) {
  const auto take = [](int64_t) { return Verdict::kTake; };
  EXPECT_EQ(pending_.First("workers/a", take), 6);
  pending_.Remove(6, TrialOf(64, 1e11));
  EXPECT_EQ(pending_.First("workers/a", take), 1);
  pending_.Remove(1, TrialOf(1024, 1e12));
  EXPECT_EQ(pending_.First("workers/a", take), 2);
}

TEST_F(PendingTrialsTest, OneOfANeedSpeaksForAllOfIt) {
  const auto narrow = [this](int64_t number) {
    judged_.push_back(number);
    return number >= 5 ? Verdict::kTake : Verdict::kSkipAllOfItsNeed;
  };
  EXPECT_EQ(pending_.First("workers/a", narrow), 6);
  EXPECT_LE(judged_.size(), 2u);
}

TEST_F(PendingTrialsTest, ATrialThatIsSkippedHidesNoOtherOfItsNeed) {
  const auto avoid = [](int64_t number) {
    return number < 3 || number > 4 ? Verdict::kSkip : Verdict::kTake;
  };
  EXPECT_EQ(pending_.First("workers/a", avoid), 3);
}

TEST_F(PendingTrialsTest, WhatIsReservedForAWorkerComesFirstAndIsNobodyElses) {
  const auto take = [](int64_t) { return Verdict::kTake; };
  v1::Trial reserved = TrialOf(64, 5e12);
  reserved.set_reserved_worker("workers/b");
  pending_.Add(7, reserved);
  EXPECT_EQ(pending_.First("workers/a", take), 6);
  EXPECT_EQ(pending_.First("workers/b", take), 7);
  EXPECT_TRUE(pending_.ReservesFor("workers/b"));
  EXPECT_FALSE(pending_.ReservesFor("workers/a"));
  EXPECT_FALSE(pending_.ReservesFor(""));
  EXPECT_EQ(pending_.ReservedFor("workers/b"), (std::vector<int64_t>{7}));
  pending_.Remove(7, reserved);
  EXPECT_FALSE(pending_.ReservesFor("workers/b"));
  EXPECT_EQ(pending_.First("workers/b", take), 6);
}

// An event costs what it changes: no look at what waits for others.
TEST_F(PendingTrialsTest, WhatIsReservedForOthersIsNotLookedAt) {
  for (int64_t n = 0; n < 1000; ++n) {
    v1::Trial reserved = TrialOf(64, 1e11);
    reserved.set_reserved_worker("workers/" + std::to_string(n));
    pending_.Add(100 + n, reserved);
  }
  const auto judge = [this](int64_t number) {
    judged_.push_back(number);
    return Verdict::kSkipAllOfItsNeed;
  };
  EXPECT_EQ(pending_.First("workers/7", judge), std::nullopt);
  EXPECT_EQ(judged_.size(), 3u);  // its own, a wide one and a narrow one
}

TEST_F(PendingTrialsTest, NothingIsFoundWhereNothingFits) {
  EXPECT_EQ(pending_.First("workers/a", [](int64_t) { return Verdict::kSkip; }),
            std::nullopt);
}

}  // namespace
}  // namespace isoshape
