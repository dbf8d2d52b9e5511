// A store that gathers commits, and starts on SQLite's log of a process that
// died: it is written anew, whatever the disk did with it, or does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/threads/cancellation.h"
#include "tests/coordinator/simulation/gathering_disk.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

class RewrittenLog : public GatheringDisk {};

// The kernel tells of it once, to the process that dies, and the next finds all
// of it in memory, and in SQLite's log as if it had been committed.
TEST_P(RewrittenLog, WhatAFailedSyncLeftOutIsWrittenAnewByTheNextProcess) {
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    disk_.FailSync("-wal", 1);
    // Only the tables can take it.
    EXPECT_EQ(store_->Commit({DeleteCampaign{"campaigns/none"}}).code(),
              absl::StatusCode::kUnavailable);
    DieWithLog();
    Open();
    ASSERT_TRUE(Count(2).ok());
    if (i % 2 == 0) {
      ASSERT_TRUE(store_->Settle().ok());
    }
    ASSERT_TRUE(Count(3).ok());
    DieAndOpen();
    EXPECT_EQ(Counter(), 3);
  }
}

// The first sync of a file tells of errors of whoever wrote it before.
TEST_P(RewrittenLog, AStartWritesTheLogOnceMoreIfItsSyncFails) {
  for (const int fails : {1, 2}) {
    SCOPED_TRACE(fails);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    disk_.FailSync("-wal", 1);
    EXPECT_EQ(store_->Commit(TablesAlone(100)).code(),
              absl::StatusCode::kUnavailable);
    DieWithLog();
    disk_.FailSync("-wal", fails);
    auto opened = folder_->Open(&clock_);
    disk_.PlanNothing();
    if (fails == 1) {
      ASSERT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
      ASSERT_TRUE(Count(2).ok());
      DieAndOpen();
      EXPECT_EQ(Counter(), 2);
    } else {
      EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
      DieAndOpen();
      EXPECT_TRUE(Counter() == 1 || Counter() == 100) << Counter();
    }
  }
}

// Of a later piece too, and then the pieces before it once more.
TEST_P(RewrittenLog, AStartWritesAllPiecesOnceMoreIfTheSyncOfOneFails) {
  int without_failure = 0;
  for (const int fails : {0, 1, 2}) {
    SCOPED_TRACE(fails);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    DieWithLog();
    // All of its length counts: three pieces.
    std::filesystem::resize_file(folder_->Log(), uintmax_t{33} << 20);
    disk_.FailSync("-wal", fails, /*before=*/1);
    OnFirstSync([] {});
    auto opened = folder_->Open(&clock_);
    const int syncs = syncs_;
    disk_.OnSync(nullptr);
    disk_.PlanNothing();
    if (fails == 2) {
      EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
    } else {
      ASSERT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
      // The first piece, and that whose sync failed, and all three.
      if (fails == 0) without_failure = syncs;
      EXPECT_EQ(syncs, without_failure + 2 * fails);
      ASSERT_TRUE(Count(2).ok());
    }
    DieAndOpen();
    EXPECT_EQ(Counter(), fails == 2 ? 1 : 2);
  }
}

// SQLite has made its index of what the kernel had in memory: what of that is
// gone when it is to be written is not looked for.
TEST_P(RewrittenLog, AStartTakesWhatIsLeftOfALogThatItFoundWhole) {
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  const uintmax_t size = std::filesystem::file_size(folder_->Log());
  disk_.FailSync("-wal", 1);
  EXPECT_EQ(store_->Commit(TablesAlone(100)).code(),
            absl::StatusCode::kUnavailable);
  DieWithLog();
  OnFirstSync([&] { std::filesystem::resize_file(folder_->Log(), size); });
  // By another number the start writes over what the disk, past which the log
  // was cut off, has behind that.
  clock_.Advance(absl::Seconds(1));
  Open();
  disk_.OnSync(nullptr);
  EXPECT_EQ(Counter(), 1);
  // That was refused: it may be found until another is acknowledged.
  ASSERT_TRUE(Count(2).ok());
  DieAndOpen();
  EXPECT_EQ(Counter(), 2);
}

// It is written in pieces, and a signal waits for the sync of one.
TEST_P(RewrittenLog, AStartThatIsStoppedWhileItWritesTheLogAnewEndsWithASync) {
  ASSERT_TRUE(Count(1).ok());
  DieWithLog();
  // All of its length counts.
  std::filesystem::resize_file(folder_->Log(), uintmax_t{33} << 20);
  Cancellation cancellation;
  {
    const Cancellation::Scope scope(&cancellation);
    OnFirstSync([&] { cancellation.Cancel(); });
    const absl::Status status = folder_->Open(&clock_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
    // With that of its folder, which SQLite does in one.
    EXPECT_EQ(syncs_, 2);
  }
  disk_.OnSync(nullptr);
  DieAndOpen();
  EXPECT_EQ(Counter(), 1);
}

TEST_P(RewrittenLog, AStartThatCannotReadTheLogToWriteItAnewSaysSo) {
  ASSERT_TRUE(Count(1).ok());
  DieWithLog();
  const uintmax_t size = std::filesystem::file_size(folder_->Log());
  std::filesystem::resize_file(folder_->Log(), uintmax_t{33} << 20);
  OnFirstSync([&] { std::filesystem::resize_file(folder_->Log(), size); });
  const absl::Status status = folder_->Open(&clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(
      std::string(status.message()),
      testing::StartsWith(absl::StrCat("cannot read ", folder_->Log(), ": ")));
  disk_.OnSync(nullptr);
  Open();
  EXPECT_EQ(Counter(), 1);
  DieAndOpen();
  EXPECT_EQ(Counter(), 1);
}

TEST_P(RewrittenLog, AStartThatDiesWhileItWritesTheLogAnewLosesNothing) {
  bool died = true;
  for (int at = 0; died; at += 1 + at / 10) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 10'000);
    Begin();
    int64_t n = 0;
    do {
      ASSERT_TRUE(Count(++n).ok());
      ASSERT_TRUE(store_->Settle().ok());
      // It is written anew in pieces of that.
    } while (std::filesystem::file_size(folder_->Log()) <= uintmax_t{1} << 16);
    disk_.FailSync("-wal", 1);
    EXPECT_EQ(store_->Commit(TablesAlone(100)).code(),
              absl::StatusCode::kUnavailable);
    DieWithLog();
    disk_.DieIn(at, GetParam());
    const absl::Status status = folder_->Open(&clock_).status();
    died = disk_.dead();
    EXPECT_TRUE(died || status.ok()) << status;
    disk_.PlanNothing();
    disk_.Recover();
    Open();
    EXPECT_TRUE(Counter() == n || Counter() == 100) << Counter();
  }
}

INSTANTIATE_TEST_SUITE_P(Deaths, RewrittenLog,
                         testing::Values(Death::kProcess, Death::kPower));

}  // namespace
}  // namespace isoshape
