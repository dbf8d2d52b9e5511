#include "coordinator/planning/plan_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Trial Asked(int64_t depth, int64_t seed, const std::string& variant = "") {
  v1::Trial trial;
  trial.mutable_shape()->set_depth(depth);
  trial.mutable_shape()->set_width(64);
  trial.set_budget_flops(1e12);
  trial.set_seed(seed);
  trial.set_variant(variant);
  trial.set_purpose(v1::Trial::SEARCH);
  trial.set_state(v1::Trial::PENDING);
  return trial;
}

TEST(PlanHistory, ASnapshotStaysAsItWasWhileTheHistoryGoesOn) {
  PlanHistory history;
  constexpr int64_t kTrials = 200;  // some parts, the last not full
  for (int64_t number = 1; number <= kTrials; ++number) {
    history.Set(number, Asked(2, number));
  }
  const HistorySnapshot before = history.Snapshot();
  for (const int64_t number : {1, 64, 65, 200}) {
    v1::Trial ended = Asked(2, number);
    ended.set_state(v1::Trial::DIVERGED);
    history.Set(number, ended);
  }
  history.Set(kTrials + 1, Asked(2, kTrials + 1));
  const std::vector<PastTrial> old = before.PastTrials();
  ASSERT_EQ(old.size(), 200u);
  const std::vector<PastTrial> now = history.Snapshot().PastTrials();
  ASSERT_EQ(now.size(), 201u);
  for (size_t i = 0; i < now.size(); ++i) {
    const auto number = static_cast<int64_t>(i) + 1;
    EXPECT_EQ(now[i].seed, number);
    const bool ended =
        number == 1 || number == 64 || number == 65 || number == 200;
    EXPECT_EQ(now[i].state,
              ended ? PastTrial::State::kDiverged : PastTrial::State::kPending)
        << number;
    if (i >= old.size()) continue;
    EXPECT_EQ(old[i].seed, number);
    EXPECT_EQ(old[i].state, PastTrial::State::kPending) << number;
  }
}

TEST(PlanHistory, FindsTheSameRunAmongThoseThatAreTrainedHere) {
  PlanHistory history;
  history.Set(1, Asked(2, 0));
  history.Set(2, Asked(3, 0));
  history.Set(3, Asked(2, 1));
  history.Set(4, Asked(2, 0, "bare"));
  v1::Trial imported = Asked(2, 0);
  imported.set_purpose(v1::Trial::IMPORTED);
  history.Set(5, imported);
  v1::Trial checked = Asked(2, 0);
  checked.set_purpose(v1::Trial::VERIFICATION);
  history.Set(6, checked);
  EXPECT_THAT(history.MayBeSameRun(Asked(2, 0)), ElementsAre(1, 6));
  // A variant that is named base, and one that is not named, are one.
  EXPECT_THAT(history.MayBeSameRun(Asked(2, 0, "base")), ElementsAre(1, 6));
  EXPECT_THAT(history.MayBeSameRun(Asked(2, 0, "bare")), ElementsAre(4));
  v1::Trial other = Asked(2, 0);
  other.set_budget_flops(2e12);
  EXPECT_THAT(history.MayBeSameRun(other), IsEmpty());
  // What becomes of a trial changes nothing of which run it is.
  v1::Trial ended = Asked(2, 0);
  ended.set_state(v1::Trial::FAILED);
  history.Set(1, ended);
  EXPECT_THAT(history.MayBeSameRun(Asked(2, 0)), ElementsAre(1, 6));
}

}  // namespace
}  // namespace isoshape
