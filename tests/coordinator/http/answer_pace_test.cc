#include "coordinator/http/answer_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "common/threads/clock.h"

namespace isoshape {
namespace {

constexpr absl::Duration kUntold = absl::Milliseconds(800);

// So many pages that ask three questions each, and keep to the pace that they
// were told last, for a minute. Returns what answers took of a processor in the
// last half of it.
double ShareOf(int pages, AnswerPace& pace, FakeClock& clock,
               absl::Duration an_answer) {
  std::vector<absl::Duration> next(static_cast<size_t>(pages) * 3,
                                   clock.Elapsed());
  for (size_t i = 0; i < next.size(); ++i) {
    next[i] += i * kUntold / next.size();
  }
  std::vector<std::shared_ptr<const void>> open;
  for (int i = 0; i < pages; ++i) open.push_back(pace.PageOpened());
  const absl::Duration begin = clock.Elapsed();
  absl::Duration spent;
  while (clock.Elapsed() - begin < absl::Minutes(2)) {
    for (absl::Duration& time : next) {
      if (time > clock.Elapsed()) continue;
      pace.Spent(an_answer);
      time = clock.Elapsed() + std::max(kUntold, pace.Asked(0));
      if (clock.Elapsed() - begin > absl::Minutes(1)) spent += an_answer;
    }
    clock.Advance(absl::Milliseconds(10));
  }
  return absl::FDivDuration(spent, absl::Minutes(1));
}

TEST(AnswerPaceTest, FewPagesNeedNotWait) {
  FakeClock clock;
  AnswerPace pace(0.02, &clock);
  ShareOf(1, pace, clock, absl::Microseconds(200));
  EXPECT_EQ(pace.Now(), absl::ZeroDuration());
}

TEST(AnswerPaceTest, ManyPagesTakeTheirShareHoweverManyTheyAre) {
  for (const int pages : {30, 100, 192}) {
    FakeClock clock;
    AnswerPace pace(0.02, &clock);
    const double share = ShareOf(pages, pace, clock, absl::Microseconds(300));
    // 0.15 ms of an answer are counted whatever is said of it.
    EXPECT_LT(share, 0.02) << pages;
    EXPECT_GT(share, 0.008) << pages;
  }
}

TEST(AnswerPaceTest, AfterAPauseThereIsNoNeedToWait) {
  FakeClock clock;
  AnswerPace pace(0.02, &clock);
  ShareOf(100, pace, clock, absl::Milliseconds(1));
  EXPECT_GT(pace.Now(), absl::Seconds(5));
  clock.Advance(absl::Minutes(1));
  // What was spent before the pause ends with it.
  pace.Now();
  clock.Advance(absl::Minutes(1));
  EXPECT_EQ(pace.Now(), absl::ZeroDuration());
}

TEST(AnswerPaceTest, NobodyIsToldToWaitForMoreThanHalfAMinute) {
  FakeClock clock;
  AnswerPace pace(0.02, &clock);
  std::vector<std::shared_ptr<const void>> open;
  for (int i = 0; i < 192; ++i) open.push_back(pace.PageOpened());
  absl::Duration told = kUntold;
  for (int i = 0; i < 10; ++i) {
    pace.Spent(absl::Hours(1));
    clock.Advance(told);
    told = pace.Now();
  }
  EXPECT_EQ(told, absl::Seconds(30));
}

TEST(AnswerPaceTest, ABurstKeepsNobodyWaiting) {
  FakeClock clock;
  AnswerPace pace(0.01, &clock);
  // One page that opens ten views of a large campaign, and then one of them.
  const auto page = pace.PageOpened();
  pace.Spent(absl::Seconds(2));
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(pace.Now(), absl::ZeroDuration());
  // Beside two others it is nobody's wait for more than theirs come to.
  auto second = pace.PageOpened(), third = pace.PageOpened();
  pace.Spent(absl::Seconds(2));
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(pace.Now(), 3 * kUntold);
  second.reset();
  third.reset();
  pace.Spent(absl::Seconds(2));
  clock.Advance(3 * kUntold);
  EXPECT_EQ(pace.Now(), absl::ZeroDuration());
}

TEST(AnswerPaceTest, ManyPagesAreAtTheirShareWithinSeconds) {
  FakeClock clock;
  AnswerPace pace(0.01, &clock);
  std::vector<std::shared_ptr<const void>> open;
  for (int i = 0; i < 50; ++i) open.push_back(pace.PageOpened());
  // Fifty pages ask three questions at each of their own pauses.
  pace.Spent(50 * 3 * absl::Microseconds(200));
  clock.Advance(kUntold);
  EXPECT_GT(pace.Now(), absl::Seconds(2));
  EXPECT_LE(pace.Now(), 4 * kUntold);
}

}  // namespace
}  // namespace isoshape
