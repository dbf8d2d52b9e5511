// Workers that are kept from trials for a while: who asks when that is over is
// given them, wherever the time of day is set meanwhile.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "coordinator/scheduler/worker_faults.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

constexpr absl::Duration kFirstPause = absl::Minutes(1);
// How often a worker that waits asks again.
constexpr absl::Duration kWait = absl::Seconds(19);

enum class Kind { kAvoided, kReserved, kSetAside };

// A campaign that proposes nothing, and a worker, `a`, that gave a trial back.
class PausesTest : public SchedulerTest {
 protected:
  PausesTest() {
    NewCampaign();
    Register("workers/a");
  }
  void NewCampaign() {
    v1::Campaign campaign = SmallCampaign();
    campaign.clear_budgets();
    campaign.mutable_algorithm()->mutable_external();
    campaign_ = Create(campaign);
  }
  void DeleteCampaign() {
    v1::DeleteCampaignRequest request;
    request.set_name(campaign_);
    request.set_force(true);
    ASSERT_TRUE(Do(&Scheduler::DeleteCampaign, request).ok());
  }
  void AddTrial(const std::string& reserved_worker = "") {
    v1::CreateTrialRequest request;
    request.set_parent(campaign_);
    v1::Trial& trial = *request.mutable_trial();
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(64);
    trial.set_budget_flops(2.5e11);
    trial.set_seed(++seed_);
    trial.set_reserved_worker(reserved_worker);
    const auto created = Do(&Scheduler::CreateTrial, request);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  void GiveBack(const v1::Lease& lease, v1::ReleaseTrialRequest::Cause cause) {
    auto request = For<v1::ReleaseTrialRequest>(lease);
    request.set_cause(cause);
    ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, request).ok());
  }
  void BeginPause(Kind kind) {
    AddTrial(kind == Kind::kReserved ? "workers/a" : "");
    GiveBack(LeaseOne("workers/a"),
             kind == Kind::kSetAside ? v1::ReleaseTrialRequest::OTHER_DATA
                                     : v1::ReleaseTrialRequest::WORKER_FAULT);
    until_ = clock_.Now() + kFirstPause;
    // Which it has not given back.
    if (kind == Kind::kSetAside) AddTrial();
  }
  bool Lasts() {
    const absl::Duration left = until_ - clock_.Now();
    return left > absl::ZeroDuration() && left <= kMaxPause;
  }
  void Set(absl::Duration by) { clock_.Set(clock_.Now() + by); }

  // Lets time pass up to `end` by Clock::Elapsed, and does what an executor
  // does for a worker that waits: looks at the clock when it was to by the last
  // look, and when the worker asks again. Returns true once it is given a
  // trial.
  bool WaitUntil(absl::Duration end) {
    while (true) {
      const absl::Duration next = std::min({end, due_, asks_again_});
      clock_.Advance(std::max(absl::ZeroDuration(), next - clock_.Elapsed()));
      const bool asks = clock_.Elapsed() >= asks_again_;
      if (asks || clock_.Elapsed() >= due_) {
        scheduler_->ExpireLeases();
        Commit();
        if ((asks || scheduler_->MayFind("workers/a")) && Ask()) return true;
        due_ = scheduler_->NextDeadline();
        // Nothing is due that is not done.
        EXPECT_GT(due_, clock_.Elapsed());
      }
      if (clock_.Elapsed() >= end) return false;
    }
  }
  // The first time; it is told that there is nothing.
  void BeginToWait() {
    ASSERT_FALSE(Ask());
    due_ = scheduler_->NextDeadline();
  }

  std::string campaign_;
  absl::Time until_;

 private:
  bool Ask() {
    asks_again_ = clock_.Elapsed() + kWait;
    const bool given = !Lease("workers/a").empty();
    EXPECT_EQ(given, !Lasts()) << absl::FormatDuration(until_ - clock_.Now());
    return given;
  }

  int64_t seed_ = 0;
  absl::Duration due_, asks_again_;
};

class Pauses : public PausesTest,
               public testing::WithParamInterface<std::tuple<Kind, bool>> {
 protected:
  void Begin() {
    BeginPause(std::get<Kind>(GetParam()));
    if (std::get<bool>(GetParam())) Restart();
    begin_ = clock_.Elapsed();
    BeginToWait();
  }
  // When it is given a trial, if the time of day is set so after 25 s.
  absl::Duration Waits(absl::Duration set_by) {
    if (WaitUntil(begin_ + absl::Seconds(25))) return absl::ZeroDuration();
    Set(set_by);
    return WaitUntil(begin_ + absl::Hours(3)) ? clock_.Elapsed() - begin_
                                              : absl::InfiniteDuration();
  }

  absl::Duration begin_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Pauses,
                         testing::Combine(testing::Values(Kind::kAvoided,
                                                          Kind::kReserved,
                                                          Kind::kSetAside),
                                          testing::Bool()));

TEST_P(Pauses, EndAfterAMinute) {
  Begin();
  EXPECT_EQ(Waits(absl::ZeroDuration()), kFirstPause);
}

// It would have been told when the pause lasted still, and then no more.
TEST_P(Pauses, EndWhenTheDaySaysSoIfItIsSetBackByLessThanAnHour) {
  Begin();
  const absl::Duration by = absl::Minutes(30) + absl::Seconds(7);
  EXPECT_EQ(Waits(-by), kFirstPause + by);
}

TEST_P(Pauses, EndWhenItAsksNextIfTheDayIsSetBackByMoreThanAnHour) {
  Begin();
  EXPECT_EQ(Waits(-absl::Hours(2)), 2 * kWait);
}

TEST_P(Pauses, EndWhenItAsksNextIfTheDayIsSetForthBehindTheirEnd) {
  Begin();
  EXPECT_EQ(Waits(absl::Minutes(30)), 2 * kWait);
}

TEST_P(Pauses, LastAgainIfTheDayIsSetForthAndBack) {
  Begin();
  Set(absl::Minutes(30));
  scheduler_->ExpireLeases();  // another's call
  Set(-absl::Minutes(30));
  EXPECT_EQ(Waits(absl::ZeroDuration()), kFirstPause);
}

// Who asks is given a trial if no pause lasts, and else is not: of whatever the
// clock was set by before.
TEST_P(Pauses, AskedOfAtAnyTimeAreWhatTheDaySays) {
  std::mt19937_64 random(std::get<bool>(GetParam()) ? 1 : 2);
  const auto between = [&](int least, int most) {
    return absl::Seconds(
        std::uniform_int_distribution<int>(least, most)(random));
  };
  int given = 0;
  for (int run = 0; run < 50; ++run) {
    Begin();
    const absl::Duration end = clock_.Elapsed() + absl::Hours(4);
    bool over = false;
    while (!over && clock_.Elapsed() < end) {
      over = WaitUntil(std::min(end, clock_.Elapsed() + between(1, 50)));
      if (over) break;
      Set(random() % 2 == 0 ? between(-8000, 8000) : between(-60, 60));
    }
    given += over ? 1 : 0;
    DeleteCampaign();
    NewCampaign();
  }
  EXPECT_GT(given, 40);
}

// At a restart its trial was another's, which then gives it back too.
TEST_F(PausesTest, OfATrialThatIsLeasedAtARestartEndToo) {
  Register("workers/b");
  BeginPause(Kind::kAvoided);
  const v1::Lease other = LeaseOne("workers/b");
  Restart();
  GiveBack(other, v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
  const absl::Duration begin = clock_.Elapsed();
  BeginToWait();
  EXPECT_TRUE(WaitUntil(begin + absl::Hours(1)));
  EXPECT_EQ(clock_.Elapsed() - begin, kFirstPause);
}

// A look at all trials takes long, and clocks are set back by a little often.
TEST(PauseEndsTest, AreLookedForAnewOnlyIfOneMayLastThatWasDropped) {
  const absl::Time begin = absl::FromUnixSeconds(1'800'000'000);
  PauseEnds ends;
  EXPECT_TRUE(ends.MustBeginAnew(begin));
  EXPECT_FALSE(ends.TakeEnded(begin));
  const absl::Time end = begin + absl::Minutes(1);
  ends.Add(end);
  EXPECT_EQ(ends.Next(), end);
  EXPECT_TRUE(ends.TakeEnded(end));
  EXPECT_EQ(ends.Next(), absl::InfiniteFuture());
  // It lasts again, and ends again.
  for (const absl::Duration back :
       {absl::Milliseconds(1), absl::Seconds(30), kMaxPause}) {
    SCOPED_TRACE(absl::FormatDuration(back));
    EXPECT_FALSE(ends.MustBeginAnew(end - back));
    EXPECT_FALSE(ends.TakeEnded(end - back));
    EXPECT_EQ(ends.Next(), end);
    EXPECT_FALSE(ends.MustBeginAnew(end));
    EXPECT_TRUE(ends.TakeEnded(end));
  }
  // It would last for longer than any.
  EXPECT_FALSE(ends.TakeEnded(begin));
  EXPECT_TRUE(ends.TakeEnded(begin - absl::Hours(1)));
  // One that is dropped is missed only where it may last.
  const absl::Time late = end + kMaxPause;
  EXPECT_TRUE(ends.TakeEnded(late));
  EXPECT_FALSE(ends.TakeEnded(late));
  EXPECT_FALSE(ends.MustBeginAnew(end));
  EXPECT_TRUE(ends.MustBeginAnew(end - absl::Milliseconds(1)));
}

// As of a worker that gives back what it had when the clock was set back since
// the last look.
TEST(PauseEndsTest, OneThatWasOverBeforeItWasAddedIsKept) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  PauseEnds ends;
  ends.MustBeginAnew(now);
  ends.TakeEnded(now);
  ends.Add(now - absl::Minutes(9));
  EXPECT_FALSE(ends.MustBeginAnew(now - absl::Minutes(10)));
  EXPECT_FALSE(ends.TakeEnded(now - absl::Minutes(10)));
  EXPECT_EQ(ends.Next(), now - absl::Minutes(9));
  EXPECT_TRUE(ends.TakeEnded(now - absl::Minutes(9)));
}

TEST_F(PausesTest, ThatAreNotThereMakeNoOffersWhateverTheClockIsSetTo) {
  scheduler_->ExpireLeases();
  const int64_t offers = scheduler_->offers();
  for (const absl::Duration by :
       {-absl::Seconds(1), -absl::Hours(24), absl::Hours(48)}) {
    Set(by);
    scheduler_->ExpireLeases();
    EXPECT_EQ(scheduler_->offers(), offers) << absl::FormatDuration(by);
  }
  EXPECT_EQ(scheduler_->NextDeadline(), absl::InfiniteDuration());
}

}  // namespace
}  // namespace isoshape
