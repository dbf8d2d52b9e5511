// The store on a disk that dies at each of its operations in turn.
#include "tests/coordinator/simulation/simulated_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/threads/clock.h"
#include "storage/sqlite/commit_log.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

using Commits = SqliteFolder::Commits;

class SimulatedDiskTest
    : public testing::TestWithParam<std::tuple<Death, Commits>> {
 protected:
  static Death Kind() { return std::get<0>(GetParam()); }
  static Commits HowCommitted() { return std::get<1>(GetParam()); }
  // The store as the next process finds it.
  absl::StatusOr<std::unique_ptr<SqliteStore>> DieAndOpen(
      const SqliteFolder& folder, std::unique_ptr<SqliteStore> store) {
    disk_.Die(Kind());
    store.reset();
    disk_.Recover();
    return folder.Open();
  }

  std::mt19937_64 random_{7};
  SimulatedDisk disk_{&random_};
};

TEST_P(SimulatedDiskTest, ADatabaseWhoseMakingWasCutShortIsMadeAgain) {
  bool whole = false;
  // A log of commits is filled by 256 writes.
  for (int at = 0; !whole; at += at < 60 ? 1 : 7) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 400);
    SqliteFolder folder(HowCommitted());
    disk_.DieIn(at, Kind());
    folder.Open().status().IgnoreError();
    whole = !disk_.dead();
    disk_.Recover();
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  }
}

TEST_P(SimulatedDiskTest, ACommitIsThereIfItWasAcknowledgedAndNeverInPart) {
  for (int at = 0; at < 4000; at += at < 40 ? 1 : 97) {
    SCOPED_TRACE(at);
    SqliteFolder folder(HowCommitted());
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
    disk_.DieIn(at, Kind());
    int64_t acknowledged = 0;
    int64_t seen = 0;
    // Enough for the log to be moved into the file: at 1000 pages.
    for (int64_t n = 1; n <= 40 && !disk_.dead(); ++n) {
      v1::Trial trial = TrialOf("campaigns/c1", n);
      trial.set_reason(std::string(200'000, 'r'));
      if ((*store)->Commit({PutTrial{trial}, PutCounter{"n", n}}).ok()) {
        acknowledged = n;
      }
      if (n % 3 == 0) (*store)->Settle().IgnoreError();
      if (n % 7 == 0) seen = (*store)->GetCounter("n").value_or(seen);
    }
    store = DieAndOpen(folder, *std::move(store));
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t kept = (*store)->GetCounter("n").value();
    EXPECT_GE(kept, acknowledged);
    // Nobody has read what a death can take back.
    EXPECT_GE(kept, seen);
    EXPECT_LE(kept, acknowledged + 1);
    EXPECT_EQ((*store)->ListTrials("campaigns/c1", std::nullopt, {})->size(),
              static_cast<size_t>(kept));
  }
}

// No commit fails for it, nothing is read that a death can take back, and the
// log is used again when it works.
TEST_P(SimulatedDiskTest, CommitsGoToTheTablesWhileTheirLogCannotBeWritten) {
  if (HowCommitted() == Commits::kAlone) GTEST_SKIP();
  FakeClock clock;
  for (int at = 0; at < 400; at += at < 40 ? 1 : 23) {
    SCOPED_TRACE(at);
    SqliteFolder folder(HowCommitted());
    std::vector<std::string> warnings;
    auto store = folder.Open(
        &clock, [&](const std::string& what) { warnings.push_back(what); });
    ASSERT_TRUE(store.ok()) << store.status();
    int64_t n = 0;
    for (; n < 3; ++n) {
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", n + 1}}).ok());
    }
    disk_.Refuse("-commits");
    for (; n < 60; ++n) {
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", n + 1}}).ok());
      clock.Advance(absl::Seconds(1));
      (*store)->Settle().IgnoreError();
    }
    // Said once.
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find("results.db-commits: cannot write"),
              std::string::npos)
        << warnings[0];
    // SQLite's log is moved all the same: from 40 pages on.
    EXPECT_LT(std::filesystem::file_size(folder.Log()), 100 * 4096u);
    disk_.Refuse(std::nullopt);
    clock.Advance(absl::Minutes(2));
    ASSERT_TRUE((*store)->Commit({PutCounter{"n", ++n}}).ok());
    ASSERT_TRUE((*store)->Settle().ok());
    for (; n < 63; ++n) {
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", n + 1}}).ok());
    }
    // The tables have all up to the first, the others are in the log.
    EXPECT_EQ(CommitLog::Read(folder.CommitLog())->back().number,
              CommitLog::Read(folder.CommitLog())->front().number + 1);
    disk_.DieIn(at, Kind());
    int64_t seen = 0;
    disk_.Refuse("-commits");
    for (; n < 90 && !disk_.dead(); ++n) {
      if (!(*store)->Commit({PutCounter{"n", n + 1}}).ok()) break;
      if (n % 3 == 0) seen = (*store)->GetCounter("n").value_or(seen);
    }
    disk_.Refuse(std::nullopt);
    store = DieAndOpen(folder, *std::move(store));
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t kept = (*store)->GetCounter("n").value();
    EXPECT_GE(kept, std::max(n, seen));
    EXPECT_LE(kept, n + 1);
  }
}

// What was staged is seen by nobody until it is on disk.
TEST_P(SimulatedDiskTest, WhatIsStagedAndCannotBeFinishedNeverWas) {
  if (HowCommitted() == Commits::kAlone) GTEST_SKIP();
  for (const bool read_first : {false, true}) {
    SCOPED_TRACE(read_first);
    SqliteFolder folder(HowCommitted());
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const auto stage = [&](std::vector<Mutation> mutations) {
      return (*store)->Stage(
          std::make_shared<const std::vector<Mutation>>(std::move(mutations)));
    };
    const PutRequest kept = {"M", "id", "print", "answer", absl::UnixEpoch()};
    ASSERT_TRUE(stage({PutCounter{"n", 1}}).ok());
    ASSERT_TRUE((*store)->Finish().ok());
    ASSERT_TRUE(stage({PutCounter{"n", 2}, kept}).ok());
    EXPECT_EQ((*store)->GetRequest("M", "id")->response, "answer");
    disk_.Refuse("");
    if (read_first) {
      EXPECT_EQ((*store)->GetCounter("n").value(), 1);
    }
    EXPECT_EQ((*store)->Finish().code(), absl::StatusCode::kUnavailable);
    disk_.Refuse(std::nullopt);
    EXPECT_TRUE((*store)->Settle().ok());
    EXPECT_EQ((*store)->GetCounter("n").value(), 1);
    // Nor does a later try succeed, which would not know what was lost.
    EXPECT_FALSE(stage({PutCounter{"n", 3}}).ok());
    EXPECT_FALSE((*store)->Finish().ok());
    (*store)->TakeBack();
    EXPECT_EQ((*store)->GetCounter("n").value(), 1);
    EXPECT_EQ((*store)->GetRequest("M", "id").status().code(),
              absl::StatusCode::kNotFound);
    ASSERT_TRUE(stage({PutCounter{"n", 4}}).ok());
    ASSERT_TRUE(stage({PutCounter{"n", 5}}).ok());
    // Of two that were staged one may be there, but not the second alone.
    store = DieAndOpen(folder, *std::move(store));
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t n = (*store)->GetCounter("n").value();
    EXPECT_TRUE(n == 4 || n == 5) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Deaths, SimulatedDiskTest,
    testing::Combine(testing::Values(Death::kProcess, Death::kPower),
                     testing::Values(Commits::kAlone, Commits::kGathered)));

}  // namespace
}  // namespace isoshape
