#include "coordinator/scheduler/pending_trials.h"

#include <gtest/gtest.h>

#include <optional>
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
  EXPECT_EQ(pending_.First(take), 6);
  pending_.Remove(6, TrialOf(64, 1e11));
  EXPECT_EQ(pending_.First(take), 1);
  pending_.Remove(1, TrialOf(1024, 1e12));
  EXPECT_EQ(pending_.First(take), 2);
}

TEST_F(PendingTrialsTest, OneOfANeedSpeaksForAllOfIt) {
  const auto narrow = [this](int64_t number) {
    judged_.push_back(number);
    return number >= 5 ? Verdict::kTake : Verdict::kSkipAllOfItsNeed;
  };
  EXPECT_EQ(pending_.First(narrow), 6);
  EXPECT_LE(judged_.size(), 2u);
}

TEST_F(PendingTrialsTest, ATrialThatIsSkippedHidesNoOtherOfItsNeed) {
  const auto avoid = [](int64_t number) {
    return number < 3 || number > 4 ? Verdict::kSkip : Verdict::kTake;
  };
  EXPECT_EQ(pending_.First(avoid), 3);
}

TEST_F(PendingTrialsTest, NothingIsFoundWhereNothingFits) {
  EXPECT_EQ(pending_.First([](int64_t) { return Verdict::kSkip; }),
            std::nullopt);
}

}  // namespace
}  // namespace isoshape
