// Reads of a store that gathers commits, on a disk that does not answer.
#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kCampaign[] = "campaigns/c1";

// Returns when the thread waits for something.
void AwaitAsleep(pid_t thread) {
  const std::string path = absl::StrCat("/proc/self/task/", thread, "/stat");
  while (!absl::StrContains(ReadFile(path), ") S ")) std::this_thread::yield();
}

class HangingDisk : public testing::Test {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(Commit(1).ok());
    ASSERT_TRUE(store_->Settle().ok());
  }
  void Open(Clock* clock = Clock::Real()) {
    auto opened = folder_.Open(clock);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void TearDown() override { disk_.HangSync(std::nullopt); }

  absl::Status Commit(int64_t n) {
    v1::Campaign campaign = CampaignAt(kCampaign, 1);
    campaign.set_display_name(
        std::string(3000, static_cast<char>('a' + n % 26)));
    return store_->Commit({PutCampaign{campaign}, PutCounter{"n", n}});
  }
  // Each is read, which waits for the thread that brings it to the tables: else
  // the log may be full before that has begun, and a commit would wait itself.
  int64_t CommitUntilItHangs(int64_t n) {
    while (!disk_.hangs()) {
      const absl::Status committed = Commit(++n);
      if (!committed.ok()) {
        ADD_FAILURE() << committed;
        return n;
      }
      EXPECT_EQ(Counter(), n);
    }
    return n;
  }
  // Stops while a sync hangs, which has taken five seconds when it ends. How
  // many end from then on.
  int SyncsOfAStop() {
    std::atomic<int> syncs = 0;
    disk_.OnSync([&syncs] { ++syncs; });
    std::atomic<pid_t> thread = 0;
    std::thread stop([this, &thread] {
      thread = gettid();
      store_.reset();
    });
    while (thread == 0) std::this_thread::yield();
    AwaitAsleep(thread);
    clock_.Advance(absl::Seconds(5));
    disk_.HangSync(std::nullopt);
    stop.join();
    disk_.OnSync(nullptr);
    return syncs;
  }
  int64_t Counter() { return store_->GetCounter("n").value_or(-1); }

  std::mt19937_64 random_{20};
  SimulatedDisk disk_{&random_};
  const SqliteFolder folder_{SqliteFolder::Commits::kSettled};
  FakeClock clock_;  // of a store that is opened with it
  std::unique_ptr<SqliteStore> store_;
};

class HangingTables : public HangingDisk,
                      public testing::WithParamInterface<const char*> {};

TEST_P(HangingTables, ReadsSeeWhatTheLogOfCommitsHas) {
  disk_.HangSync(GetParam());
  int64_t n = 1;
  n = CommitUntilItHangs(n);
  constexpr int kCommits = 20;
  const absl::Duration begin = Clock::Real()->Elapsed();
  for (int i = 0; i < kCommits; ++i) {
    ASSERT_TRUE(Commit(++n).ok());
    EXPECT_EQ(Counter(), n);
    EXPECT_EQ(store_->GetCampaign(kCampaign)->display_name().front(),
              'a' + n % 26);
  }
  // The first read waits for a moment, and no other for one more.
  EXPECT_LT(Clock::Real()->Elapsed() - begin, absl::Seconds(1));
  EXPECT_TRUE(disk_.hangs());
  disk_.HangSync(std::nullopt);
  EXPECT_TRUE(store_->Settle().ok());
  EXPECT_EQ(Counter(), n);
}

// Whoever has written meanwhile cannot be told by the times of the file, but
// its length can.
TEST_P(HangingTables, ADatabaseThatIsCutOffMeanwhileIsNeitherReadNorWritten) {
  const std::string whole = ReadFile(folder_.Database());
  for (const uintmax_t size : {whole.size() / 2, size_t{0}}) {
    SCOPED_TRACE(size);
    int64_t n = Counter();
    // The tables alone can take the first of a campaign.
    ASSERT_TRUE(Commit(++n).ok());
    disk_.HangSync(GetParam());
    n = CommitUntilItHangs(n);
    std::filesystem::resize_file(folder_.Database(), size);
    EXPECT_EQ(store_->GetCounter("n").status().code(),
              absl::StatusCode::kUnavailable);
    EXPECT_EQ(Commit(++n).code(), absl::StatusCode::kUnavailable);
    disk_.HangSync(std::nullopt);
    EXPECT_EQ(store_->CheckWritable().code(), absl::StatusCode::kUnavailable);
    store_.reset();
    SqliteFolder::WriteBytes(folder_.Database(), whole);
    Open();
  }
}

INSTANTIATE_TEST_SUITE_P(Files, HangingTables,
                         testing::Values("-wal", "results.db"));

// What a read is answered from holds on to SQLite's log, which then grows.
TEST_F(HangingDisk, TheLogBeginsAnewThoughItIsReadWheneverItIsMoved) {
  int64_t n = 1;
  for (int round = 0; round < 20; ++round) {
    disk_.HangSync("results.db");
    n = CommitUntilItHangs(n);
    ASSERT_TRUE(Commit(++n).ok());
    EXPECT_EQ(Counter(), n);
    disk_.HangSync(std::nullopt);
    ASSERT_TRUE(store_->Settle().ok());
  }
  // It is moved from 40 pages on, of 4 kB.
  EXPECT_LT(std::filesystem::file_size(folder_.Log()), 400'000u);
}

// Nor that of the rest of the log, nor those of the last connection.
TEST_F(HangingDisk, AStopWhileTheLogIsMovedBeginsNoOtherSync) {
  store_.reset();
  Open(&clock_);
  disk_.HangSync("results.db");
  const int64_t n = CommitUntilItHangs(1);
  EXPECT_EQ(SyncsOfAStop(), 1);  // that which hung
  Open();
  EXPECT_EQ(Counter(), n);
}

// Nor those of its folder.
TEST_F(HangingDisk, AStopWhileALogOfCommitsIsMadeBeginsNoOtherSync) {
  store_.reset();
  Open(&clock_);
  disk_.HangSync("-commits");
  // It is made anew as soon as a commit finds that it is gone.
  std::filesystem::remove(folder_.CommitLog());
  ASSERT_TRUE(Commit(2).ok());
  disk_.AwaitHang();
  // That which hung, with which SQLite syncs the folder of a file that is new.
  EXPECT_EQ(SyncsOfAStop(), 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.CommitLog()));
  Open();
  EXPECT_EQ(Counter(), 2);
}

TEST_F(HangingDisk, ReadsDoNotWaitForWhatNobodyWasToldOf) {
  disk_.HangSync("");
  std::thread writer([this] { EXPECT_TRUE(Commit(2).ok()); });
  disk_.AwaitHang();
  const absl::Duration begin = Clock::Real()->Elapsed();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Counter(), 1);
  EXPECT_LT(Clock::Real()->Elapsed() - begin, absl::Seconds(1));
  disk_.HangSync(std::nullopt);
  writer.join();
  EXPECT_EQ(Counter(), 2);
}

// The tables get what it staged.
TEST_F(HangingDisk, ReadsGoOnWhileTheLogOfCommitsHangsAlone) {
  disk_.HangSync("-commits");
  std::thread writer([this] { EXPECT_TRUE(Commit(2).ok()); });
  disk_.AwaitHang();
  const absl::Duration begin = Clock::Real()->Elapsed();
  int64_t read = 1;
  for (int i = 0; i < 20; ++i) {
    const int64_t now = Counter();
    EXPECT_GE(now, read);
    EXPECT_LE(now, 2);
    read = now;
  }
  EXPECT_LT(Clock::Real()->Elapsed() - begin, absl::Seconds(1));
  disk_.HangSync(std::nullopt);
  writer.join();
  EXPECT_EQ(Counter(), 2);
}

}  // namespace
}  // namespace isoshape
