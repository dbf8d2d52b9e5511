#include "storage/sqlite/database_fork.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

// A database with a log of hundreds of pages, and what others do beside a fork
// of it.
class DatabaseForkTest : public testing::Test {
 protected:
  DatabaseForkTest() {
    other_ = std::make_unique<OtherProgram>(folder_.Database());
    other_->Run(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB);");
    Write(1, 500);
    auto source = SqliteDatabase::Open(folder_.Database(), SQLITE_OPEN_READONLY,
                                       absl::ZeroDuration());
    EXPECT_TRUE(source.ok()) << source.status();
    source_ = *std::move(source);
  }
  // Rows `from` to `to`, each some part of a page.
  void Write(int64_t from, int64_t to) {
    other_->Run(absl::StrCat("WITH RECURSIVE k(n) AS (SELECT ", from,
                             " UNION ALL SELECT n + 1 FROM k WHERE n < ", to,
                             ") INSERT INTO t SELECT n, zeroblob(700) FROM k"));
  }
  void Fork() {
    auto fork = DatabaseFork::Of(source_.get());
    ASSERT_TRUE(fork.ok()) << fork.status();
    fork_ = *std::move(fork);
  }
  int64_t Rows() {
    return fork_->database().QueryInteger("SELECT count(*) FROM t").value();
  }
  void ExpectSound() {
    EXPECT_EQ(fork_->database().QueryText("PRAGMA integrity_check").value(),
              "ok");
  }

  SqliteFolder folder_;
  std::unique_ptr<OtherProgram> other_;
  std::unique_ptr<SqliteDatabase> source_;
  std::unique_ptr<DatabaseFork> fork_;
};

TEST_F(DatabaseForkTest, IsChangedInMemoryAlone) {
  const auto before = folder_.Contents();
  Fork();
  EXPECT_EQ(Rows(), 500);
  ASSERT_TRUE(fork_->database().Execute("DELETE FROM t WHERE k > 100").ok());
  ASSERT_TRUE(fork_->database().Execute("CREATE TABLE more (n)").ok());
  EXPECT_EQ(Rows(), 100);
  ExpectSound();
  fork_.reset();
  for (const char* name : {"results.db", "results.db-wal"}) {
    EXPECT_TRUE(folder_.Contents()[name] == before.at(name)) << name;
  }
  EXPECT_EQ(other_->Text("SELECT count(*) FROM t"), "500");
  // It is made again of what there is then.
  Fork();
  EXPECT_EQ(Rows(), 500);
}

TEST_F(DatabaseForkTest, NeedsNoLockOfAWriter) {
  other_->Run("BEGIN IMMEDIATE; DELETE FROM t WHERE k > 7");
  Fork();
  EXPECT_EQ(Rows(), 500);
  ASSERT_TRUE(fork_->database().Execute("DELETE FROM t WHERE k > 9").ok());
  EXPECT_EQ(Rows(), 9);
  other_->Run("COMMIT");
  EXPECT_EQ(Rows(), 9);
  ExpectSound();
}

// Another moves the log into the database, and begins it anew, before the fork
// and beside it.
TEST_F(DatabaseForkTest, StaysAsItIsWhateverOthersWrite) {
  for (const bool moved_before : {false, true}) {
    for (const bool changed : {false, true}) {
      SCOPED_TRACE(absl::StrCat(moved_before, changed));
      if (moved_before) other_->Run("PRAGMA wal_checkpoint(PASSIVE)");
      Fork();
      const int64_t rows = Rows();
      if (changed) {
        ASSERT_TRUE(fork_->database()
                        .Execute("UPDATE t SET v = 'x' WHERE k % 3 = 0")
                        .ok());
      }
      for (int i = 0; i < 3; ++i) {
        other_->Run("DELETE FROM t WHERE k > 300");
        Write(301, 600 + i);
        other_->Run("PRAGMA wal_checkpoint(PASSIVE)");
        EXPECT_EQ(Rows(), rows);
        ExpectSound();
        if (changed) {
          EXPECT_EQ(fork_->database()
                        .QueryInteger("SELECT count(*) FROM t WHERE v = 'x'")
                        .value(),
                    rows / 3);
        }
      }
      fork_.reset();
      EXPECT_EQ(other_->Text("PRAGMA integrity_check"), "ok");
    }
  }
}

TEST_F(DatabaseForkTest, AnEmptyLogIsOne) {
  other_->Run("PRAGMA wal_checkpoint(TRUNCATE)");
  Fork();
  EXPECT_EQ(Rows(), 500);
  ASSERT_TRUE(fork_->database().Execute("DELETE FROM t WHERE k > 9").ok());
  Write(501, 600);
  EXPECT_EQ(Rows(), 9);
  EXPECT_EQ(fork_->database().QueryText("PRAGMA integrity_check").value(),
            "ok");
}

}  // namespace
}  // namespace isoshape
