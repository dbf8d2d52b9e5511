// A store that gathers commits, and stops or starts on a disk whose syncs take
// five seconds each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/sqlite/sqlite_tables.h"
#include "storage/store_tables.h"
#include "tests/coordinator/simulation/gathering_disk.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;
class SlowDisk : public GatheringDisk {
 protected:
  // Each sync takes five seconds from now on.
  void SlowDown() {
    syncs_ = 0;
    disk_.OnSync([this] {
      ++syncs_;
      clock_.Advance(absl::Seconds(5));
    });
  }
  // What comes next begins SQLite's log anew. The last number that it counted.
  int64_t CountUntilTheLogIsMoved() {
    constexpr uintmax_t kMoved = 40 * 4096;  // from so many bytes on
    int64_t n = 0;
    do {
      EXPECT_TRUE(Count(++n).ok());
      EXPECT_TRUE(store_->Settle().ok());
    } while (!HasFailure() &&
             std::filesystem::file_size(folder_->Log()) <= kMoved);
    return n;
  }
};

// What was acknowledged is in the logs.
TEST_P(SlowDisk, AStopOnASlowDiskSyncsNothing) {
  for (const bool settles : {false, true}) {
    SCOPED_TRACE(settles);
    Begin();
    SlowDown();
    for (int64_t n = 1; n <= 3; ++n) ASSERT_TRUE(Count(n).ok());
    if (settles) {
      ASSERT_TRUE(store_->Settle().ok());
    }
    ASSERT_TRUE(Count(4).ok());
    EXPECT_GE(std::exchange(syncs_, 0), 4);
    store_.reset();
    EXPECT_EQ(syncs_, 0);
    DieClosedAndOpen(GetParam());
    EXPECT_EQ(Counter(), 4);
  }
}

// A transaction of SQLite's has two, and so has a move of its log.
TEST_P(SlowDisk, AStopOnADiskThatBecomesSlowWaitsForOneSync) {
  for (const bool settles : {false, true}) {
    SCOPED_TRACE(settles);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    if (settles) {
      ASSERT_TRUE(store_->Settle().ok());
    }
    SlowDown();
    store_.reset();
    EXPECT_EQ(syncs_, 1);
    EXPECT_TRUE(std::filesystem::exists(folder_->Log()));
    DieClosedAndOpen(GetParam());
    EXPECT_EQ(Counter(), 1);
  }
  // On one that is not slow nothing is left beside it.
  store_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_->Log()));
  EXPECT_FALSE(std::filesystem::exists(folder_->CommitLog()));
}

// SQLite's log begins anew then, whose header has a sync of its own: what comes
// after that is refused.
TEST_P(SlowDisk, AStopThatBeginsTheLogAnewWaitsForOneSync) {
  const int64_t n = CountUntilTheLogIsMoved() + 1;
  ASSERT_TRUE(Count(n).ok());
  SlowDown();
  store_.reset();
  EXPECT_EQ(syncs_, 1);
  EXPECT_THAT(lines_, testing::ElementsAre(testing::HasSubstr(
                          "took 5s for the last sync, so what the file does "
                          "not have yet is left in its logs")));
  DieClosedAndOpen(GetParam());
  EXPECT_EQ(Counter(), n);
}

// It has acknowledged nothing. What it found is there for the next one.
TEST_P(SlowDisk, AStartThatFailsOnASlowDiskDoesNotSayWhatAStopSays) {
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  ASSERT_TRUE(Count(2).ok());
  disk_.Die(Death::kProcess);
  store_.reset();
  disk_.Recover();
  SlowDown();
  std::vector<std::string> lines;
  int failed = 0;
  for (int at = 0; store_ == nullptr; at += 1 + at / 10) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 10'000);
    lines.clear();
    disk_.FailIn(at);
    const int64_t failures = disk_.failures();
    auto opened = folder_->Open(
        &clock_, [&](const std::string& line) { lines.push_back(line); });
    const bool whole = disk_.failures() == failures;
    disk_.PlanNothing();
    if (opened.ok()) {
      EXPECT_EQ((*opened)->GetCounter("n").value(), 2);
      if (whole) store_ = *std::move(opened);
    } else {
      ++failed;
      for (const std::string& line : lines) {
        EXPECT_FALSE(absl::StrContains(line, "left in its logs")) << line;
      }
    }
  }
  EXPECT_GT(failed, 5);
  store_.reset();
  EXPECT_THAT(lines, testing::ElementsAre(testing::HasSubstr("last sync")));
}

// Then the tables alone can have it.
TEST_P(SlowDisk, AStopOnASlowDiskLosesNothingWithTheLogOfCommits) {
  SlowDown();
  ASSERT_TRUE(Count(1).ok());
  std::filesystem::remove(folder_->CommitLog());
  store_.reset();
  DieClosedAndOpen(GetParam());
  EXPECT_EQ(Counter(), 1);
}

// Nor with that which is deleted while it stops: what the stop was refused as
// it rested on that log, it does then.
TEST_P(SlowDisk, AStopThatLosesTheLogOfCommitsMeanwhileLosesNothing) {
  const int64_t n = CountUntilTheLogIsMoved() + 1;
  ASSERT_TRUE(Count(n).ok());
  disk_.OnSync([this] {
    ++syncs_;
    clock_.Advance(absl::Seconds(5));
    std::filesystem::remove(folder_->CommitLog());
  });
  store_.reset();
  // Of the try that was refused behind the first, and of another.
  EXPECT_EQ(syncs_, 1 + 2);
  DieClosedAndOpen(GetParam());
  EXPECT_EQ(Counter(), n);
}

// Nobody finds there what is left in a log that is at its path no more.
TEST_P(SlowDisk, AStopOnASlowDiskLosesNothingWithTheLogOfSqlite) {
  SlowDown();
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  std::filesystem::remove(folder_->Log());
  store_.reset();
  DieClosedAndOpen(GetParam());
  EXPECT_EQ(Counter(), 1);
}

TEST_P(SlowDisk, AStopOnASlowDiskLeavesNoLogBesideAnotherDatabase) {
  SqliteFolder other;
  {
    auto opened = other.Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_TRUE((*opened)->Commit({PutCounter{"n", 100}}).ok());
  }
  SlowDown();
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  ASSERT_TRUE(Count(2).ok());
  std::filesystem::rename(other.Database(), folder_->Database());
  store_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_->Log()));
  // Whoever replaced it did not sync that.
  DieClosedAndOpen(Death::kProcess);
  EXPECT_EQ(Counter(), 100);
}

// Whoever copied it takes the file away alone.
TEST_P(SlowDisk, ACopyIsInTheFileItselfWhenItIsClosed) {
  ASSERT_TRUE(Count(1).ok());
  store_.reset();
  const SqliteFolder copy(SqliteFolder::Commits::kGathered);
  SlowDown();
  {
    auto from = SqliteTables::Open(
        {.path = folder_->Database(), .must_exist = true, .clock = &clock_});
    ASSERT_TRUE(from.ok()) << from.status();
    auto to = SqliteTables::Open({.path = copy.Database(),
                                  .busy_timeout = absl::ZeroDuration(),
                                  .clock = &clock_});
    ASSERT_TRUE(to.ok()) << to.status();
    const absl::Status copied = CopyTables(**from, **to).status();
    ASSERT_TRUE(copied.ok()) << copied;
    // Or who copied is told.
    disk_.FailSync(".db", 1);
    const absl::Status left = (*to)->Close();
    EXPECT_EQ(left.code(), absl::StatusCode::kUnavailable) << left;
    EXPECT_THAT(std::string(left.message()),
                testing::HasSubstr("-wal alone: keep it beside"));
    disk_.PlanNothing();
    OtherProgram reader(copy.Database());
    reader.Run("BEGIN; SELECT * FROM counters");
    const absl::Status read = (*to)->Close();
    EXPECT_EQ(read.code(), absl::StatusCode::kUnavailable) << read;
    EXPECT_THAT(std::string(read.message()),
                testing::HasSubstr("another program reads database"));
    reader.Run("COMMIT");
    const absl::Status closed = (*to)->Close();
    EXPECT_TRUE(closed.ok()) << closed;
    EXPECT_EQ(std::filesystem::file_size(copy.Log()), 0u);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_->Log()));
  EXPECT_FALSE(std::filesystem::exists(copy.Log()));
  DieClosedAndOpen(GetParam());
  EXPECT_EQ((*copy.Open())->GetCounter("n").value(), 1);
}

INSTANTIATE_TEST_SUITE_P(Deaths, SlowDisk,
                         testing::Values(Death::kProcess, Death::kPower));

}  // namespace
}  // namespace isoshape
