// A store that gathers commits on a disk whose syncs fail, or that loses what
// was not synced: which commits the tables and the log of commits may hold.
#include "tests/coordinator/simulation/gathering_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/backup.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/store.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

constexpr char kCampaign[] = "campaigns/c1";

// Nobody waits for another try of what the next start does too.
TEST_P(GatheringDisk, AStopTriesTheTablesTwiceIfTheyAloneCanHaveAll) {
  enum LogIs { kInPlace, kRemoved, kMoved };
  for (const int fails : {1, 2}) {
    for (const LogIs log : {kInPlace, kRemoved, kMoved}) {
      SCOPED_TRACE(absl::StrCat(fails, log));
      Begin();
      ASSERT_TRUE(Count(1).ok());
      ASSERT_TRUE(store_->Settle().ok());
      ASSERT_TRUE(Count(2).ok());
      const std::string elsewhere = folder_->path() / "elsewhere";
      if (log == kRemoved) {
        std::filesystem::remove(folder_->CommitLog());
      } else if (log == kMoved) {
        std::filesystem::rename(folder_->CommitLog(), elsewhere);
      } else {
        // It has all, but for one that was refused.
        disk_.FailSync("-commits", 1);
        disk_.Refuse("-wal");
        EXPECT_FALSE(Count(3).ok());
        disk_.PlanNothing();
      }
      lines_.clear();
      disk_.FailSync("-wal", fails);
      store_.reset();
      disk_.PlanNothing();
      if (log != kInPlace && fails == 1) {
        EXPECT_THAT(lines_, testing::IsEmpty());
      } else {
        EXPECT_THAT(lines_,
                    testing::ElementsAre(testing::HasSubstr(
                        log == kInPlace ? "the next start needs it"
                                        : "put it back before the next start, "
                                          "or it is lost")));
      }
      // Whoever moves it does not sync that.
      if (log == kMoved) {
        std::filesystem::rename(elsewhere, folder_->CommitLog());
      }
      DieClosedAndOpen(GetParam());
      if (log == kRemoved && fails == 2) {
        EXPECT_EQ(Counter(), 1);
      } else if (log == kInPlace) {
        EXPECT_GE(Counter(), 2);  // that which was refused may be found
      } else {
        EXPECT_EQ(Counter(), 2);
      }
    }
  }
}

// It is in SQLite's log all the same, with its number.
TEST_P(GatheringDisk, ACommitTakesNoNumberOfOneThatTheTablesCouldNotSync) {
  for (int i = 0; i < 6; ++i) {
    SCOPED_TRACE(i);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    disk_.FailSync("-wal", 1);
    EXPECT_EQ(store_->Commit(TablesAlone(100)).code(),
              absl::StatusCode::kUnavailable);
    // A read writes the tables, and so over it.
    const bool reads = i % 2 == 0;
    if (reads) {
      // Nor is it seen there by one that cannot.
      disk_.Refuse("-wal");
      EXPECT_EQ(Counter(), 1);
      disk_.Refuse(std::nullopt);
      EXPECT_EQ(Counter(), 1);
    }
    for (int64_t n = 2; n < 2 + i; ++n) {
      ASSERT_TRUE(Count(n).ok());
      if (reads) {
        EXPECT_EQ(Counter(), n);
      }
    }
    const int64_t acknowledged = 1 + i;
    DieAndOpen();
    if (i == 0) {
      EXPECT_TRUE(Counter() == 1 || Counter() == 100) << Counter();
    } else {
      EXPECT_EQ(Counter(), acknowledged);
    }
  }
}

// Else what the new half holds would follow nothing, and the next start would
// take it for that of another content.
TEST_P(GatheringDisk, AHalfOfTheLogIsBegunBehindWhatIsOnDisk) {
  for (int i = 0; i < 40; ++i) {
    SCOPED_TRACE(i);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    ASSERT_TRUE(Stage({PutCounter{"n", 2}}).ok());
    disk_.Refuse("-wal");
    EXPECT_FALSE(store_->Settle().ok());
    ASSERT_TRUE(Stage({PutCounter{"n", 3}}).ok());
    ASSERT_TRUE(Stage({PutCounter{"n", 4}}).ok());
    disk_.Refuse(std::nullopt);
    DieAndOpen();
    EXPECT_GE(Counter(), 1);
    EXPECT_LE(Counter(), 4);
  }
}

TEST_P(GatheringDisk, WhatOneFailedSyncOfTheLogLeftOutIsInTheTables) {
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE(i);
    Begin();
    int64_t n = 0;
    for (; n < 3; ++n) ASSERT_TRUE(Count(n + 1).ok());
    disk_.FailSync("-commits", 1);
    for (; n < 3 + i % 4; ++n) ASSERT_TRUE(Count(n + 1).ok());
    // Another log, as no later sync brings to the disk what this one did not.
    ASSERT_TRUE(store_->Settle().ok());
    for (; n < 9; ++n) ASSERT_TRUE(Count(n + 1).ok());
    DieAndOpen();
    EXPECT_EQ(Counter(), n);
  }
}

// Nothing is left to be tried again then, and only commits find it out.
TEST_P(GatheringDisk, AStoreThatTakesNoCommitSaysSoForAWhile) {
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  EXPECT_TRUE(store_->CheckWritable().ok());
  disk_.Refuse("");
  const absl::Status refused = Count(2);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->CheckWritable(), refused);
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(store_->CheckWritable(), refused);
  EXPECT_EQ(Count(2).code(), absl::StatusCode::kUnavailable);
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(store_->CheckWritable().code(), absl::StatusCode::kUnavailable);
  clock_.Advance(absl::Seconds(1));
  // Nobody has tried since.
  EXPECT_TRUE(store_->CheckWritable().ok());
  EXPECT_EQ(Count(2).code(), absl::StatusCode::kUnavailable);
  disk_.PlanNothing();
  ASSERT_TRUE(Count(2).ok());
  EXPECT_TRUE(store_->CheckWritable().ok());
}

// Neither may be found after a crash once others have been acknowledged.
TEST_P(GatheringDisk, WhatWasTakenBackStaysAway) {
  for (int i = 0; i < 24; ++i) {
    SCOPED_TRACE(i);
    Begin();
    ASSERT_TRUE(Count(1).ok());
    ASSERT_TRUE(Stage({PutCounter{"n", 2}, PutCounter{"taken_back", 1}}).ok());
    ASSERT_TRUE(Stage({PutCounter{"n", 3}, PutCounter{"taken_back", 2}}).ok());
    disk_.FailSync("-commits", 1);
    disk_.Refuse(i % 2 == 0 ? "-wal" : ".db");
    if (i % 2 == 1) disk_.FailSync("", 2);
    EXPECT_EQ(store_->Finish().code(), absl::StatusCode::kUnavailable);
    disk_.PlanNothing();
    // Nobody brings it to the tables before it is taken back.
    EXPECT_TRUE(store_->Settle().ok());
    EXPECT_EQ(Counter(), 1);
    store_->TakeBack();
    EXPECT_EQ(Counter(), 1);
    // Either makes sure of it.
    if (i % 3 == 0) {
      ASSERT_TRUE(store_->Settle().ok());
    } else {
      ASSERT_TRUE(Count(7).ok());
      for (int64_t n = 8; n < 8 + i % 3; ++n) ASSERT_TRUE(Count(n).ok());
    }
    const int64_t n = Counter();
    DieAndOpen();
    EXPECT_EQ(Counter(), n);
    EXPECT_EQ(Counter("taken_back"), 0);
  }
}

// A replay that fails in the middle has changed nothing: of SQLite's errors
// some end the transaction, and what came behind it would stay.
TEST_P(GatheringDisk, AStartThatCannotReplayChangesNothing) {
  SqliteFolder folder(SqliteFolder::Commits::kGathered);
  // More than SQLite keeps of a transaction in memory.
  const auto open = [&] {
    return SqliteStore::Open({.path = folder.Database(), .gather = true});
  };
  constexpr int64_t kCommits = 25;
  {
    auto store = open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
    for (int64_t n = 1; n <= kCommits; ++n) {
      v1::Trial trial = TrialOf(kCampaign, n);
      trial.set_reason(std::string(150'000, 'r'));
      ASSERT_TRUE((*store)
                      ->Commit({PutTrial{trial}, EventOf(kCampaign, n),
                                PutCounter{"n", n}})
                      .ok());
    }
    disk_.Die(GetParam());
  }
  disk_.Recover();
  for (int at = 0; at < 3000; at += 1 + at / 3) {
    SCOPED_TRACE(at);
    disk_.FailIn(at);
    const absl::Status status = open().status();
    disk_.PlanNothing();
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
  }
  auto store = open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), kCommits);
  EXPECT_EQ((*store)->ListEvents(kCampaign, {})->size(), size_t{kCommits});
}

// Also when the copy needs commits of the log, which go through one of its own.
TEST_P(GatheringDisk, ABackupThatCannotBeWrittenSaysSoAndLeavesNothingHalf) {
  for (int64_t n = 1; n <= 3; ++n) ASSERT_TRUE(Count(n).ok());
  SqliteFolder copies;
  int copied = 0;
  for (int at = 0; copied < 3; ++at) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 1000);
    // For good, or for once.
    if (GetParam() == Death::kProcess) {
      disk_.DieIn(at, Death::kProcess);
    } else {
      disk_.FailIn(at);
    }
    const int64_t failures = disk_.failures();
    const absl::Status status =
        BackUpDatabase(folder_->Database(), copies.Database(), true).status();
    const bool failed = disk_.dead() || disk_.failures() > failures;
    disk_.Recover();
    if (status.ok()) {
      EXPECT_EQ(copies.Contents().size(), 1u);
      copied += failed ? 0 : 1;
      EXPECT_EQ((*copies.Open())->GetCounter("n").value(), 3);
      for (const char* end : {"", ".lock"}) {
        std::filesystem::remove(copies.Database() + end);
      }
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      // One that is whole, but whose name may not be on disk, stays; and on a
      // disk that stays dead what there is of it, which the next takes away.
      for (const auto& [name, bytes] : copies.Contents()) {
        EXPECT_TRUE(name == "results.db" ||
                    (GetParam() == Death::kProcess &&
                     name.starts_with("results.db.partial-")))
            << name;
      }
      if (std::filesystem::exists(copies.Database())) {
        EXPECT_EQ((*copies.Open())->GetCounter("n").value(), 3);
        for (const char* end : {"", ".lock"}) {
          std::filesystem::remove(copies.Database() + end);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Deaths, GatheringDisk,
                         testing::Values(Death::kProcess, Death::kPower));

}  // namespace
}  // namespace isoshape
