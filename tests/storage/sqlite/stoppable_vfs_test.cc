#include "storage/sqlite/stoppable_vfs.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "storage/sqlite/sqlite_database.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

// A database with a write-ahead log that is moved by hand.
class Stoppable : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    ASSERT_TRUE(database_
                    ->Execute("PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA wal_autocheckpoint = 0;"
                              "CREATE TABLE numbers (n INTEGER)")
                    .ok());
    ASSERT_TRUE(Insert(1).ok());
  }
  absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open() {
    return SqliteDatabase::Open(Path(),
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                absl::Seconds(1), vfs_.name());
  }
  std::string Path() const { return folder_.File("numbers.db"); }
  absl::Status Insert(int n) {
    return database_->InTransaction([&] {
      return database_->Execute(
          absl::StrCat("INSERT INTO numbers VALUES (", n, ")"));
    });
  }
  int Move(int mode = SQLITE_CHECKPOINT_PASSIVE) {
    return sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, mode,
                                     nullptr, nullptr);
  }
  // As another connection sees it.
  int64_t Sum() {
    auto other = Open();
    EXPECT_TRUE(other.ok()) << other.status();
    return (*other)->QueryInteger("SELECT sum(n) FROM numbers").value();
  }
  // Each sync takes so long from now on.
  void Take(absl::Duration time) {
    syncs_ = 0;
    disk_.OnSync([this, time] {
      ++syncs_;
      clock_.Advance(time);
    });
  }

  std::mt19937_64 random_{3};
  SimulatedDisk disk_{&random_};
  FakeClock clock_;
  StoppableVfs vfs_{&clock_, absl::Seconds(1)};
  const TempFolder folder_;
  int syncs_ = 0;
  std::unique_ptr<SqliteDatabase> database_;
};

TEST_F(Stoppable, AMoveOfTheLogEndsAfterASlowSyncOfIt) {
  const std::string database = ReadFile(Path());
  const std::string log = ReadFile(Path() + "-wal");
  vfs_.SetStops(true);
  Take(absl::Seconds(5));
  EXPECT_EQ(Move() & 0xff, SQLITE_IOERR);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(ReadFile(Path()), database);
  EXPECT_EQ(ReadFile(Path() + "-wal"), log);
  vfs_.SetStops(false);
  EXPECT_EQ(Move(), SQLITE_OK);
  EXPECT_NE(ReadFile(Path()), database);
}

// That which begins the log syncs its header first.
TEST_F(Stoppable, ACommitEndsAfterASlowSyncOfTheHeaderAndIsSeenByNobody) {
  ASSERT_EQ(Move(SQLITE_CHECKPOINT_TRUNCATE), SQLITE_OK);
  vfs_.SetStops(true);
  Take(absl::Seconds(5));
  EXPECT_EQ(Insert(10).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(Sum(), 1);
  EXPECT_EQ(Insert(20).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(syncs_, 1);
  vfs_.SetStops(false);
  EXPECT_TRUE(Insert(100).ok());
  EXPECT_EQ(Sum(), 101);
}

TEST_F(Stoppable, ASlowDiskIsRefusedNothingUntilItIsToStop) {
  Take(absl::Seconds(5));
  EXPECT_TRUE(Insert(10).ok());
  EXPECT_EQ(vfs_.took(), absl::Seconds(5));
  EXPECT_TRUE(vfs_.is_slow());
  EXPECT_EQ(Move(), SQLITE_OK);
  EXPECT_GE(syncs_, 3);
  EXPECT_EQ(Sum(), 11);
}

TEST_F(Stoppable, AQuickDiskIsRefusedNothing) {
  vfs_.SetStops(true);
  Take(absl::Seconds(1));
  EXPECT_TRUE(Insert(10).ok());
  EXPECT_EQ(Move(), SQLITE_OK);
  EXPECT_GE(syncs_, 3);
  EXPECT_EQ(Sum(), 11);
}

TEST_F(Stoppable, ASyncOfAnotherFileIsMeasuredAndRefusedAsTheyAre) {
  int calls = 0;
  const auto sync = [&] {
    ++calls;
    clock_.Advance(absl::Seconds(5));
    return absl::DataLossError("told as it is");
  };
  vfs_.SetStops(true);
  EXPECT_EQ(vfs_.RunSync(sync).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(vfs_.took(), absl::Seconds(5));
  EXPECT_EQ(vfs_.RunSync(sync).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Insert(10).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 1);
  vfs_.SetStops(false);
  EXPECT_EQ(vfs_.RunSync(sync).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace isoshape
