// A store that gathers commits, and what is left of it when it dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/threads/clock.h"
#include "storage/sqlite/backup.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kCampaign[] = "campaigns/c1";

class SqliteGathering : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    auto opened = folder_.Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  absl::Status Count(int64_t n) { return store_->Commit({PutCounter{"n", n}}); }
  // What a connection of SQLite's finds in the tables.
  std::string InTables() const {
    auto database = SqliteDatabase::Open(
        folder_.Database(), SQLITE_OPEN_READONLY, absl::ZeroDuration());
    EXPECT_TRUE(database.ok()) << database.status();
    return (*database)
        ->QueryText("SELECT value FROM counters WHERE name = 'n'")
        .value();
  }
  // The files as a process leaves them that dies now.
  std::map<std::string, std::string> Image() const {
    auto image = folder_.Contents();
    image.erase("results.db-shm");
    return image;
  }
  static void Write(const SqliteFolder& folder,
                    const std::map<std::string, std::string>& image) {
    for (const auto& [name, bytes] : image) {
      SqliteFolder::WriteBytes(folder.path() / name, bytes);
    }
  }

  SqliteFolder folder_{SqliteFolder::Commits::kGathered};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteGathering, TheTablesHaveWhatWasReadOrSettled) {
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(Count(2).ok());
  EXPECT_EQ(InTables(), "");
  EXPECT_EQ(store_->GetCounter("n").value(), 2);
  EXPECT_EQ(InTables(), "2");
  ASSERT_TRUE(Count(3).ok());
  EXPECT_EQ(InTables(), "2");
  EXPECT_TRUE(store_->Settle().ok());
  EXPECT_EQ(InTables(), "3");
}

TEST_F(SqliteGathering, AKeptAnswerIsFoundWithoutEndingTheTransaction) {
  const PutRequest put = {"M", "id", "print", "answer", absl::UnixEpoch()};
  ASSERT_TRUE(store_->Commit({put, PutCounter{"n", 1}}).ok());
  EXPECT_EQ(store_->GetRequest("M", "id")->response, "answer");
  EXPECT_EQ(store_->GetRequest("M", "other").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(InTables(), "");
  EXPECT_TRUE(store_->Settle().ok());
  EXPECT_EQ(store_->GetRequest("M", "id")->response, "answer");
}

TEST_F(SqliteGathering, ACommitThatFailsTakesNothingWithIt) {
  ASSERT_TRUE(store_->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  ASSERT_TRUE(store_->Commit({EventOf(kCampaign, 1)}).ok());
  EXPECT_EQ(store_->Commit({PutCounter{"n", 7}, EventOf(kCampaign, 1)}).code(),
            absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(store_->Commit({EventOf(kCampaign, 2)}).ok());
  EXPECT_EQ(store_->GetCounter("n").value(), 0);
  EXPECT_EQ(store_->ListEvents(kCampaign, {})->size(), 2u);
}

TEST_F(SqliteGathering, WhatALogHeldIsFoundByTheNextWhetherItGathersOrNot) {
  for (int64_t n = 1; n <= 3; ++n) ASSERT_TRUE(Count(n).ok());
  ASSERT_TRUE(store_->Settle().ok());
  for (int64_t n = 4; n <= 6; ++n) ASSERT_TRUE(Count(n).ok());
  const auto image = Image();
  for (const auto commits :
       {SqliteFolder::Commits::kAlone, SqliteFolder::Commits::kGathered}) {
    SqliteFolder folder(commits);
    Write(folder, image);
    {
      auto store = folder.Open();
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_EQ((*store)->GetCounter("n").value(), 6);
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", 7}}).ok());
    }
    // All is in the database then.
    EXPECT_FALSE(std::filesystem::exists(folder.CommitLog()));
    EXPECT_EQ((*folder.Open())->GetCounter("n").value(), 7);
  }
}

TEST_F(SqliteGathering, ManyRoundsOfDeathLoseNothing) {
  // Enough for either half to be written several times, and for commits that no
  // half has room for.
  int64_t n = 0;
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 40; ++i) {
      ++n;
      std::vector<Mutation> mutations = {PutCounter{"n", n}};
      const std::string name = absl::StrCat("campaigns/c", n);
      v1::Campaign campaign = CampaignAt(name, n);
      campaign.set_display_name(
          std::string(n % 37 == 0 ? 700'000 : 20'000, 'd'));
      mutations.push_back(PutCampaign{campaign});
      mutations.push_back(EventOf(name, n));
      ASSERT_TRUE(store_->Commit(mutations).ok());
      if (n % 11 == 0) {
        ASSERT_TRUE(store_->Settle().ok());
      }
      if (n % 17 == 0) {
        ASSERT_EQ(store_->GetCounter("n").value(), n);
      }
    }
    const auto image = Image();
    store_.reset();
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_.path())) {
      std::filesystem::remove(entry.path());
    }
    Write(folder_, image);
    Open();
    ASSERT_EQ(store_->GetCounter("n").value(), n);
    ASSERT_EQ(store_->ListCampaigns({.after = {}, .limit = 10'000})->size(),
              static_cast<size_t>(n));
    for (const int64_t i : {int64_t{1}, n - 1, n}) {
      EXPECT_THAT(
          Sequences(store_->ListEvents(absl::StrCat("campaigns/c", i), {})),
          testing::ElementsAre(i));
    }
  }
}

// What was staged last and never acknowledged lies behind what a loss of power
// left out. It has the numbers that the next start gives, as its clock is
// behind, and is not taken for what has them then.
TEST_F(SqliteGathering, ALogIsNotReadForTheRestOfAnEarlierOne) {
  FakeClock clock;
  store_.reset();
  store_ = *folder_.Open(&clock);
  ASSERT_TRUE(Count(1).ok());
  for (const int64_t n : {500, 501}) {
    ASSERT_TRUE(store_
                    ->Stage(std::make_shared<const std::vector<Mutation>>(
                        std::vector<Mutation>{PutCounter{"n", n}}))
                    .ok());
  }
  // Each has a sector; of the second nothing is left.
  auto image = Image();
  image.at("results.db-commits").replace(512, 512, 512, '\0');
  SqliteFolder next(SqliteFolder::Commits::kGathered);
  Write(next, image);
  clock.Set(clock.Now() - absl::Hours(24));
  auto store = next.Open(&clock);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), 1);
  // One of two sectors, behind which the third of before would lie.
  ASSERT_TRUE((*store)
                  ->Commit({PutCounter{"n", 2},
                            PutRequest{"M", "id", "", std::string(600, 'a'),
                                       absl::UnixEpoch()}})
                  .ok());
  SqliteFolder last;
  auto left = next.Contents();
  left.erase("results.db-shm");
  Write(last, left);
  EXPECT_EQ((*last.Open())->GetCounter("n").value(), 2);
  store_.reset();  // before its clock
}

// SQLite cannot tell a log that was torn from one that was damaged later; the
// log of commits can, unless it has what was lost itself.
TEST_F(SqliteGathering, WhatATornLogOfSqlitesLacksIsNotPassedOver) {
  int64_t n = 0;
  for (; n < 3; ++n) ASSERT_TRUE(Count(n + 1).ok());
  ASSERT_TRUE(store_->Settle().ok());
  for (; n < 6; ++n) ASSERT_TRUE(Count(n + 1).ok());
  const auto image = Image();
  const std::string wal = image.at("results.db-wal");
  int refused = 0;
  for (size_t size = 0; size <= wal.size(); size += 1003) {
    SCOPED_TRACE(size);
    auto torn = image;
    torn.at("results.db-wal").resize(size);
    SqliteFolder folder(SqliteFolder::Commits::kGathered);
    Write(folder, torn);
    auto store = folder.Open();
    if (!store.ok()) {
      EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition)
          << store.status();
      ++refused;
      continue;
    }
    EXPECT_EQ((*store)->GetCounter("n").value(), n);
  }
  EXPECT_GT(refused, 0);
  SqliteFolder whole;
  Write(whole, image);
  EXPECT_EQ((*whole.Open())->GetCounter("n").value(), n);
}

// An earlier isoshape, which would not read the log, is told by the version.
TEST_F(SqliteGathering, AnEarlierVersionIsToldThatThereMayBeALog) {
  SqliteFolder first(SqliteFolder::Commits::kGathered);
  {
    SqliteFolder made;
    made.Open()->reset();
    OtherProgram(made.Database()).Run("PRAGMA user_version = 1");
    std::filesystem::rename(made.Database(), first.Database());
  }
  auto store = first.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  // Of the file, and of what SQLite finds with its log, which both are looked
  // at.
  SqliteFolder dead;
  auto image = first.Contents();
  image.erase("results.db-shm");
  Write(dead, image);
  EXPECT_EQ(OtherProgram(dead.Database()).Text("PRAGMA user_version"), "2");
  store->reset();
  EXPECT_EQ(ReadFile(first.Database())[63], '\2');
}

TEST_F(SqliteGathering, OneThatHasNoRoomForALogDoesWithout) {
  // What another left there takes no room either.
  SqliteFolder folder;
  SqliteFolder::WriteBytes(folder.Database(), "");
  SqliteFolder::WriteBytes(folder.CommitLog(), "");
  std::vector<std::string> warnings;
  {
    auto store = SqliteStore::Open(
        {.path = folder.Database(),
         .warn = [&](const std::string& what) { warnings.push_back(what); },
         .gather = true,
         .commit_log_bytes = int64_t{1} << 60,
         .slow_disk = absl::InfiniteDuration()});
    ASSERT_TRUE(store.ok()) << store.status();
    for (int64_t n = 1; n <= 3; ++n) {
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", n}}).ok());
      EXPECT_TRUE((*store)->Settle().ok());
      EXPECT_EQ((*store)->GetCounter("n").value(), n);
    }
    EXPECT_FALSE(std::filesystem::exists(folder.CommitLog()));
  }
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("MB are free on its disk"));
  EXPECT_EQ((*folder.Open())->GetCounter("n").value(), 3);
}

TEST_F(SqliteGathering, ALogOfAnotherContentIsRefusedAndLeft) {
  SqliteFolder other(SqliteFolder::Commits::kGathered);
  ASSERT_TRUE((*other.Open())->Commit({PutCounter{"n", 100}}).ok());
  store_.reset();
  Open();
  for (int64_t n = 1; n <= 3; ++n) ASSERT_TRUE(Count(n).ok());
  SqliteFolder::WriteBytes(other.CommitLog(), Image().at("results.db-commits"));
  const auto before = other.Contents();
  const absl::Status status = other.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("results.db-commits elsewhere"));
  for (const char* name : {"results.db", "results.db-commits"}) {
    EXPECT_TRUE(other.Contents()[name] == before.at(name)) << name;
  }
  std::filesystem::remove(other.CommitLog());
  EXPECT_EQ((*other.Open())->GetCounter("n").value(), 100);
}

TEST_F(SqliteGathering, ALogWithoutItsDatabaseGetsNoNewOne) {
  ASSERT_TRUE(Count(1).ok());
  const std::string log = Image().at("results.db-commits");
  SqliteFolder other(SqliteFolder::Commits::kGathered);
  SqliteFolder::WriteBytes(other.CommitLog(), log);
  const absl::Status status = other.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_FALSE(std::filesystem::exists(other.Database()));
}

TEST_F(SqliteGathering, ABackupHasAllThatWasAcknowledgedBefore) {
  for (int64_t n = 1; n <= 3; ++n) {
    ASSERT_TRUE(Count(n).ok());
    if (n == 1) {
      ASSERT_TRUE(store_->Settle().ok());
    }
  }
  // Of one in use, and of one whose process died.
  SqliteFolder dead;
  Write(dead, Image());
  for (const std::string& from : {folder_.Database(), dead.Database()}) {
    SqliteFolder copies;
    ASSERT_TRUE(BackUpDatabase(from, copies.Database(), false).ok());
    EXPECT_EQ(copies.Contents().size(), 1u);
    EXPECT_EQ((*copies.Open())->GetCounter("n").value(), 3);
  }
  ASSERT_TRUE(Count(4).ok());
  EXPECT_EQ(store_->GetCounter("n").value(), 4);
}

// Else the two would have the same number and not the same commits.
TEST_F(SqliteGathering, ABackupIsToldFromTablesThatLackWhatWasTakenBack) {
  ASSERT_TRUE(Count(1).ok());
  ASSERT_TRUE(store_
                  ->Stage(std::make_shared<const std::vector<Mutation>>(
                      std::vector<Mutation>{PutCounter{"n", 2}}))
                  .ok());
  SqliteFolder copies;
  ASSERT_TRUE(
      BackUpDatabase(folder_.Database(), copies.Database(), false).ok());
  store_->TakeBack();
  ASSERT_TRUE(store_->Settle().ok());
  EXPECT_EQ(InTables(), "1");
  const std::string number =
      "SELECT CAST(value AS INTEGER) FROM counters WHERE name = 'commit_log'";
  OtherProgram copy(copies.Database());
  EXPECT_EQ(copy.Text("SELECT value FROM counters WHERE name = 'n'"), "2");
  EXPECT_GT(std::stoll(OtherProgram(folder_.Database()).Text(number)),
            std::stoll(copy.Text(number)));
}

TEST_F(SqliteGathering, ARestoreSetsTheLogAsideWithItsDatabase) {
  ASSERT_TRUE(Count(1).ok());
  SqliteFolder copies;
  ASSERT_TRUE(
      BackUpDatabase(folder_.Database(), copies.Database(), false).ok());
  ASSERT_TRUE(Count(2).ok());
  SqliteFolder dead(SqliteFolder::Commits::kGathered);
  Write(dead, Image());
  const auto restored =
      RestoreDatabase(copies.Database(), dead.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE(std::filesystem::exists(restored->set_aside + "-commits"));
  EXPECT_FALSE(std::filesystem::exists(dead.CommitLog()));
  EXPECT_EQ((*dead.Open())->GetCounter("n").value(), 1);
  // It can be put back with its log.
  SqliteFolder again;
  for (const char* end : {"", "-wal", "-commits"}) {
    if (!std::filesystem::exists(restored->set_aside + end)) continue;
    std::filesystem::rename(restored->set_aside + end, again.Database() + end);
  }
  EXPECT_EQ((*again.Open())->GetCounter("n").value(), 2);
}

}  // namespace
}  // namespace isoshape
