// A store that gathers commits, used by all who use one at once, on a disk that
// fails and dies: one thread stages, one finishes, several read, one makes
// backups, one settles, and the store's own does.
//
// ISOSHAPE_STRESS_SECONDS: for how long (1); ISOSHAPE_STRESS_SEED: of the
// faults (1); what the threads do at which moment is the machine's.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "storage/sqlite/backup.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

constexpr char kCampaign[] = "campaigns/c1";
constexpr int64_t kTrials = 30;
constexpr int kReaders = 3;
constexpr size_t kMostWaiting = 4;

int64_t FromEnvironment(const char* name, int64_t value) {
  const char* const text = std::getenv(name);
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) {
    ADD_FAILURE() << name << " is '" << text << "' and no number";
  }
  return value;
}

// Commit `n`, each part of which says so: trial n modulo kTrials has it as its
// seed, an event as its sequence.
std::vector<Mutation> CommitNumber(int64_t n) {
  v1::Trial trial = TrialOf(kCampaign, 1 + n % kTrials);
  trial.set_seed(n);
  // Some take much of the log, or more than it has.
  trial.set_reason(std::string(n % 97 == 0   ? 90'000
                               : n % 13 == 0 ? 9'000
                                             : 90,
                               'r'));
  std::vector<Mutation> mutations = {
      PutTrial{trial}, EventOf(kCampaign, n), PutCounter{"n", n},
      PutRequest{"M", absl::StrCat(n % 7), "print", absl::StrCat(n),
                 absl::FromUnixSeconds(n)}};
  // Only the tables can take some.
  if (n % 41 == 0) mutations.push_back(DeleteCampaign{"campaigns/none"});
  return mutations;
}

// How many commits a store holds, if it holds each of them whole and no part of
// another; else -1. `events`: all of them too, which takes longer.
int64_t WholeCommits(Store& store, bool events) {
  int64_t trials = 0;
  int64_t newest = 0;
  bool of_its_number = true;
  std::vector<int64_t> seeds;
  const absl::StatusOr<int64_t> count =
      store.VisitTrials(kCampaign, "n", [&](const v1::Trial& trial) {
        ++trials;
        newest = std::max(newest, trial.seed());
        seeds.push_back(trial.seed());
        of_its_number &= trial.name() ==
                         MakeTrialName(kCampaign, 1 + trial.seed() % kTrials);
      });
  if (absl::IsUnavailable(count.status())) return 0;
  EXPECT_TRUE(count.ok()) << count.status();
  if (!count.ok()) return -1;
  EXPECT_TRUE(of_its_number);
  EXPECT_EQ(newest, *count);
  EXPECT_EQ(trials, std::min(*count, kTrials));
  for (const int64_t seed : seeds) EXPECT_GT(seed, *count - kTrials);
  if (!events) return *count;
  const auto listed =
      store.ListEvents(kCampaign, {.after = {}, .limit = 100'000'000});
  EXPECT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(static_cast<int64_t>(listed->size()), *count);
  EXPECT_TRUE(listed->empty() || listed->back().sequence() == *count);
  for (int64_t n = std::max(int64_t{1}, *count - 6); n <= *count; ++n) {
    const auto kept = store.GetRequest("M", absl::StrCat(n % 7));
    EXPECT_TRUE(kept.ok()) << kept.status();
    if (kept.ok()) {
      EXPECT_EQ(kept->response, absl::StrCat(n));
    }
  }
  return *count;
}

class CommitStress : public testing::TestWithParam<Death> {
 protected:
  void Open() {
    auto opened = SqliteStore::Open({.path = folder_.Database(),
                                     .busy_timeout = absl::Milliseconds(200),
                                     .gather = true,
                                     .settle_every = absl::Milliseconds(2),
                                     .commit_log_bytes = int64_t{128} << 10,
                                     .log_pages = 100});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  // As the executor and its finisher do it.
  void StageForEver(int64_t n) {
    while (!stop_) {
      ++n;
      absl::Status status;
      {
        absl::MutexLock lock(&mutex_);
        while (waiting_.size() >= kMostWaiting) changed_.Wait(&mutex_);
        status = failed_;
      }
      if (status.ok()) {
        status = store_->Stage(
            std::make_shared<const std::vector<Mutation>>(CommitNumber(n)));
        absl::MutexLock lock(&mutex_);
        if (status.ok()) waiting_.push_back(n);
        changed_.SignalAll();
      }
      if (!status.ok()) n = TakeBack(n);
    }
    TakeBack(n + 1);
    absl::MutexLock lock(&mutex_);
    staged_all_ = true;
    changed_.SignalAll();
  }
  // What the store holds after that: what was acknowledged, and what came to
  // the disk beside what failed.
  int64_t TakeBack(int64_t staged) {
    {
      absl::MutexLock lock(&mutex_);
      while (!waiting_.empty() || finishing_) changed_.Wait(&mutex_);
    }
    ++taken_back_;
    store_->TakeBack();
    const absl::StatusOr<int64_t> n = store_->GetCounter("n");
    EXPECT_TRUE(n.ok()) << n.status();
    EXPECT_GE(n.value_or(-1), acknowledged_);
    EXPECT_LT(n.value_or(-1), staged);
    acknowledged_ = n.value_or(acknowledged_);
    absl::MutexLock lock(&mutex_);
    failed_ = absl::OkStatus();
    return acknowledged_;
  }
  void FinishForEver() {
    while (true) {
      std::vector<int64_t> group;
      absl::Status status;
      {
        absl::MutexLock lock(&mutex_);
        while (waiting_.empty() && !staged_all_) changed_.Wait(&mutex_);
        if (waiting_.empty()) return;
        group = std::exchange(waiting_, {});
        finishing_ = true;
        status = failed_;
        changed_.SignalAll();
      }
      if (status.ok()) status = store_->Finish();
      if (status.ok()) acknowledged_ = group.back();
      absl::MutexLock lock(&mutex_);
      if (failed_.ok()) failed_ = status;
      finishing_ = false;
      changed_.SignalAll();
    }
  }
  // 0 if it cannot be read now.
  int64_t Count() {
    const absl::StatusOr<int64_t> n = store_->GetCounter("n");
    EXPECT_TRUE(n.ok() || absl::IsUnavailable(n.status())) << n.status();
    return n.value_or(0);
  }
  void ReadForEver(int64_t seen) {
    for (int64_t i = 0; !stop_; ++i) {
      const int64_t before = acknowledged_;
      const int64_t n =
          i % 3 == 0 ? Count() : WholeCommits(*store_, /*events=*/false);
      if (n == 0) continue;  // could not be read
      ++reads_;
      EXPECT_GE(n, before);
      EXPECT_GE(n, seen) << "what was read is there no more";
      seen = n;
    }
  }
  void BackUpForEver() {
    const SqliteFolder copies;
    while (!stop_) {
      const int64_t before = acknowledged_;
      const absl::Status made =
          BackUpDatabase(folder_.Database(), copies.Database(), true).status();
      if (made.ok()) {
        auto copy = SqliteDatabase::OpenImmutable(copies.Database());
        ASSERT_TRUE(copy.ok()) << copy.status();
        const int64_t n =
            (*copy)
                ->QueryInteger("SELECT value FROM counters WHERE name = 'n'")
                .value_or(-1);
        EXPECT_GE(n, before);
        EXPECT_EQ((*copy)->QueryInteger("SELECT count(*) FROM events").value(),
                  n);
        ++backups_;
      } else {
        // The log may have been written over again and again.
        EXPECT_TRUE(absl::IsUnavailable(made) ||
                    absl::IsFailedPrecondition(made))
            << made;
      }
      const absl::Status settled = store_->Settle();
      EXPECT_TRUE(settled.ok() || absl::IsUnavailable(settled)) << settled;
    }
  }

  // Makes the disk fail in one way for a moment.
  void Fault(OtherProgram* other) {
    const auto pick = [this](uint64_t n) { return choice_() % n; };
    bool locked = false;
    switch (pick(7)) {
      case 0:
        disk_.FailIn(static_cast<int>(pick(12)));
        break;
      case 1:
        disk_.FailSync("-commits", 1 + static_cast<int>(pick(2)));
        break;
      case 2:
        disk_.FailSync("-wal", 1 + static_cast<int>(pick(2)));
        break;
      case 3:
        disk_.Refuse("-commits");
        break;
      case 4:
        disk_.Refuse("-wal");
        break;
      case 5:
        disk_.Refuse("");
        break;
      default:
        locked = other->Try("BEGIN IMMEDIATE");
        break;
    }
    Pass(absl::Milliseconds(1 + static_cast<int>(pick(12))));
    disk_.PlanNothing();
    if (locked) other->Run("ROLLBACK");
    Pass(absl::Milliseconds(static_cast<int>(pick(20))));
  }
  static void Pass(absl::Duration duration) { Event().WaitFor(duration); }

  // Everything at once, until the disk dies, or ends in order.
  void Round(bool dies) {
    const int64_t begin = acknowledged_;
    stop_ = false;
    {
      absl::MutexLock lock(&mutex_);
      staged_all_ = false;
      failed_ = absl::OkStatus();
    }
    std::vector<std::thread> threads;
    threads.emplace_back([this, begin] { StageForEver(begin); });
    threads.emplace_back([this] { FinishForEver(); });
    for (int i = 0; i < kReaders; ++i) {
      threads.emplace_back([this, begin] { ReadForEver(begin); });
    }
    threads.emplace_back([this] { BackUpForEver(); });
    {
      OtherProgram other(folder_.Database());
      for (int i = 0; i < 5; ++i) Fault(&other);
      EXPECT_TRUE(BecomesWritable()) << store_->CheckWritable();
      if (dies) disk_.Die(GetParam());
      stop_ = true;
      for (std::thread& thread : threads) thread.join();
    }
    store_.reset();
    disk_.Recover();
    Open();
    const int64_t kept = WholeCommits(*store_, true);
    EXPECT_GE(kept, acknowledged_);
    // What was staged and not acknowledged may be there, if it died.
    if (!dies) {
      EXPECT_EQ(kept, acknowledged_);
    }
    acknowledged_ = kept;
  }

  // A commit that was refused is told of until the next one is tried.
  bool BecomesWritable() {
    const absl::Duration end = Clock::Real()->Elapsed() + absl::Seconds(30);
    while (!store_->CheckWritable().ok()) {
      if (Clock::Real()->Elapsed() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::mt19937_64 random_{1};  // the disk's
  std::mt19937_64 choice_{
      static_cast<uint64_t>(FromEnvironment("ISOSHAPE_STRESS_SEED", 1))};
  SimulatedDisk disk_{&random_};
  SqliteFolder folder_;
  std::unique_ptr<SqliteStore> store_;

  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> acknowledged_ = 0;
  std::atomic<int64_t> taken_back_ = 0;
  std::atomic<int64_t> reads_ = 0;
  std::atomic<int64_t> backups_ = 0;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  // Staged, and not given to Finish yet.
  std::vector<int64_t> waiting_ ABSL_GUARDED_BY(mutex_);
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);  // of Finish, until TakeBack
  bool staged_all_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST_P(CommitStress, LosesNothingAndShowsNothingThatIsNotKept) {
  const absl::Duration until =
      Clock::Real()->Elapsed() +
      absl::Seconds(FromEnvironment("ISOSHAPE_STRESS_SECONDS", 1));
  Open();
  ASSERT_TRUE(store_->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  int64_t rounds = 0;
  while (!HasFailure() && Clock::Real()->Elapsed() < until) {
    SCOPED_TRACE(rounds);
    Round(/*dies=*/rounds % 3 != 2);
    ++rounds;
  }
  std::cout << rounds << " rounds: " << acknowledged_ << " commits, "
            << taken_back_ << " times taken back, " << reads_ << " reads, "
            << backups_ << " backups, " << disk_.failures()
            << " failures of the disk\n";
  EXPECT_GT(acknowledged_, 0);
  EXPECT_GT(reads_, 0);
  EXPECT_GT(backups_, 0);
  EXPECT_GT(disk_.failures(), 0);
}

INSTANTIATE_TEST_SUITE_P(Deaths, CommitStress,
                         testing::Values(Death::kProcess, Death::kPower));

}  // namespace
}  // namespace isoshape
