#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What somebody does to the files of a store that is in use, and what the store
// makes of it. `n` counts the commits that returned OK.
class SqliteMoved : public testing::TestWithParam<SqliteFolder::Commits> {
 protected:
  void SetUp() override {
    auto opened = folder_.Open(Clock::Real(), [this](const std::string& line) {
      lines_.push_back(line);
    });
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    for (int64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Count(i).ok());
    // A connection that reads is there from before.
    ASSERT_EQ(store_->GetCounter("n").value(), 3);
  }

  absl::Status Count(int64_t n) { return store_->Commit({PutCounter{"n", n}}); }

  // Every later commit is refused, and says of which file.
  void ExpectRefused(const std::string& what) {
    for (int64_t i = 4; i < 24; ++i) {
      const absl::Status status = Count(i);
      ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      EXPECT_THAT(std::string(status.message()),
                  AllOf(HasSubstr(what), HasSubstr("put the database back"),
                        Not(HasSubstr("\n"))));
    }
    EXPECT_EQ(store_->CheckWritable().code(), absl::StatusCode::kUnavailable);
    // What was acknowledged can still be read, to be rescued.
    EXPECT_EQ(store_->GetCounter("n").value(), 3);
  }

  // What the next coordinator finds.
  int64_t CountAfterRestart() {
    store_.reset();
    auto opened = folder_.Open();
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? (*opened)->GetCounter("n").value() : -1;
  }

  SqliteFolder folder_{GetParam()};
  std::vector<std::string> lines_;  // of warnings, once the store is closed
  std::unique_ptr<SqliteStore> store_;
};

TEST_P(SqliteMoved, NothingIsWrittenToADeletedDatabase) {
  std::filesystem::remove(folder_.Database());
  ExpectRefused("results.db was moved or deleted");
}

TEST_P(SqliteMoved, ADatabaseThatIsPutBackHasAllThatWasAcknowledged) {
  const std::filesystem::path aside = folder_.path() / "aside";
  std::filesystem::rename(folder_.Database(), aside);
  ExpectRefused("results.db was moved or deleted");
  std::filesystem::rename(aside, folder_.Database());
  // It may have been written elsewhere meanwhile.
  EXPECT_EQ(Count(4).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CountAfterRestart(), 3);
}

TEST_P(SqliteMoved, AnotherDatabaseInItsPlaceIsNeitherWrittenNorRead) {
  SqliteFolder other;
  {
    auto opened = other.Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    ASSERT_TRUE((*opened)->Commit({PutCounter{"n", 100}}).ok());
  }
  const std::string bytes = ReadFile(other.Database());
  std::filesystem::rename(other.Database(), folder_.Database());
  ExpectRefused("results.db was replaced by another file");
  store_.reset();
  EXPECT_TRUE(ReadFile(folder_.Database()) == bytes);
  // Nor does the next start complete it by the logs of the one that it
  // replaced.
  EXPECT_EQ(CountAfterRestart(), 100);
  EXPECT_TRUE(std::filesystem::exists(folder_.Log() + ".set-aside"));
}

// The second time it happens here, so that the names are of the second too.
TEST_P(SqliteMoved, WhatAStopSetsAsideIsHadAgainByWhatItSays) {
  const std::string wal = folder_.Log();
  const std::string commits = folder_.Database() + "-commits";
  for (const std::string& log : {wal, commits}) {
    SqliteFolder::WriteBytes(log + ".set-aside", "of before");
  }
  const std::filesystem::path aside = folder_.path() / "aside";
  std::filesystem::rename(folder_.Database(), aside);
  SqliteFolder other;
  ASSERT_TRUE(other.Open().ok());
  std::filesystem::rename(other.Database(), folder_.Database());
  store_.reset();
  std::vector<std::string> renames;
  for (const std::string& log : {wal, commits}) {
    const std::string name = log + ".set-aside.2";
    if (!std::filesystem::exists(name)) continue;
    renames.push_back(absl::StrCat(name, " to ", log));
  }
  EXPECT_THAT(lines_, ElementsAre(AllOf(
                          HasSubstr(wal + ".set-aside.2"),
                          HasSubstr("alone, which no start takes"),
                          HasSubstr("put that database back as it was, and "
                                    "rename " +
                                    absl::StrJoin(renames, " and ")))));
  std::filesystem::rename(aside, folder_.Database());
  for (const std::string& log : {wal, commits}) {
    if (!std::filesystem::exists(log + ".set-aside.2")) continue;
    std::filesystem::rename(log + ".set-aside.2", log);
  }
  EXPECT_EQ(CountAfterRestart(), 3);
}

TEST_P(SqliteMoved, NothingIsWrittenToADeletedLogAndNothingIsLost) {
  std::filesystem::remove(folder_.Log());
  ExpectRefused("results.db-wal was moved or deleted");
  EXPECT_EQ(CountAfterRestart(), 3);
}

TEST_P(SqliteMoved, NothingIsWrittenWithoutTheIndexThatOtherProgramsShare) {
  std::filesystem::remove(folder_.Database() + "-shm");
  ExpectRefused("results.db-shm was moved or deleted");
  EXPECT_EQ(CountAfterRestart(), 3);
}

// Whoever closes a descriptor of the index gives up SQLite's locks on it; a
// program that then opens the database may empty the index under us.
TEST_P(SqliteMoved, CommitsKeepTheLockThatSaysThatTheIndexIsInUse) {
  ASSERT_TRUE(Count(4).ok());
  const std::string index = folder_.Database() + "-shm";
  const pid_t child = fork();
  if (child == 0) {
    // The byte behind the eight locks of the log (UNIX_SHM_DMS in SQLite).
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 128;
    lock.l_len = 1;
    const int file = open(index.c_str(), O_RDWR);
    _exit(file >= 0 && fcntl(file, F_GETLK, &lock) == 0 &&
                  lock.l_type != F_UNLCK
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_P(SqliteMoved, AMovedFolderIsNoticed) {
  SqliteFolder elsewhere;
  std::filesystem::rename(folder_.path(), elsewhere.path() / "moved");
  ExpectRefused("results.db was moved or deleted");
  std::filesystem::rename(elsewhere.path() / "moved", folder_.path());
}

// As after `mv results.db renamed.db` when its process had been killed.
TEST_P(SqliteMoved, ADatabaseThatLeftItsLogsBehindIsNotBegun) {
  store_.reset();
  const std::string renamed = folder_.path() / "renamed.db";
  std::filesystem::rename(folder_.Database(), renamed);
  for (const char* const end : {"-wal", "-commits"}) {
    const std::string log = folder_.Database() + end;
    SqliteFolder::WriteBytes(log, "what was committed last");
    const absl::Status status = SqliteStore::Open({.path = renamed}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("renamed.db was not used by this name before"),
                      HasSubstr(log + " lies here without its database"),
                      HasSubstr("give it the name " + folder_.Database())));
    EXPECT_FALSE(std::filesystem::exists(renamed + ".lock"));
    std::filesystem::remove(log);
  }
  EXPECT_TRUE(SqliteStore::Open({.path = renamed}).ok());
  // It has that name now.
  SqliteFolder::WriteBytes(folder_.Log(), "of another");
  EXPECT_TRUE(SqliteStore::Open({.path = renamed}).ok());
}

// Nor do files of other programs keep a database from being begun, which have
// no lock beside them.
TEST_P(SqliteMoved, OnlyALogThatACoordinatorLeftIsTakenForOne) {
  store_.reset();
  const std::string fresh = folder_.path() / "fresh.db";
  std::filesystem::copy_file(folder_.Database(), fresh);
  SqliteFolder::WriteBytes(folder_.path() / "notes-commits", "a text");
  SqliteFolder::WriteBytes(folder_.path() / "results.db.replaced-T-wal", "log");
  std::filesystem::create_directory(folder_.path() / "folder-wal");
  EXPECT_EQ(SqliteStore::Open({.path = fresh}).status(), absl::OkStatus());
}

// As `docker -v results.db:/data/results.db` does.
TEST_P(SqliteMoved, AFileThatIsMountedAloneIsRefused) {
  store_.reset();
  const std::string mounted = folder_.path() / "mounted.db";
  SqliteFolder::WriteBytes(mounted, "");
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) != 0 ||
        mount(folder_.Database().c_str(), mounted.c_str(), nullptr, MS_BIND,
              nullptr) != 0) {
      _exit(2);
    }
    const absl::Status status = SqliteStore::Open({.path = mounted}).status();
    _exit(absl::IsFailedPrecondition(status) &&
                  absl::StrContains(status.message(), "mount its folder")
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "this user mounts nothing";
  EXPECT_EQ(status, 0);
}

// The code with which another process is refused.
absl::StatusCode CodeElsewhere(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(static_cast<int>(SqliteStore::Open({.path = path}).status().code()));
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return static_cast<absl::StatusCode>(WEXITSTATUS(status));
}

TEST_P(SqliteMoved, ARemovedLockFileLetsNobodyIn) {
  std::filesystem::remove(folder_.Database() + ".lock");
  EXPECT_EQ(CodeElsewhere(folder_.Database()),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Count(4).ok());
  EXPECT_EQ(CountAfterRestart(), 4);
}

TEST_P(SqliteMoved, AnotherNameOfTheFileLetsNobodyIn) {
  const std::string name = folder_.path() / "other.db";
  std::filesystem::create_hard_link(folder_.Database(), name);
  EXPECT_EQ(CodeElsewhere(name), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Count(4).ok());
  // Nor when the first has gone: its log has only one of the names.
  store_.reset();
  const absl::Status status = SqliteStore::Open({.path = name}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 names"));
  std::filesystem::remove(name);
  EXPECT_EQ(CountAfterRestart(), 4);
}

// The tables get what it held, which is in memory too, and there is a new one.
TEST_P(SqliteMoved, NothingIsLostWithADeletedLogOfCommits) {
  if (GetParam() == SqliteFolder::Commits::kAlone) GTEST_SKIP();
  for (int64_t n = 4; n <= 9; n += 3) {
    ASSERT_TRUE(Count(n).ok());
    std::filesystem::remove(folder_.CommitLog());
    ASSERT_TRUE(Count(n + 1).ok());
    EXPECT_TRUE(store_->Settle().ok());
    EXPECT_TRUE(std::filesystem::exists(folder_.CommitLog()));
    ASSERT_TRUE(Count(n + 2).ok());
  }
  EXPECT_EQ(store_->GetCounter("n").value(), 9);
  EXPECT_EQ(CountAfterRestart(), 9);
}

TEST_P(SqliteMoved, NothingIsLostIfTheLogOfCommitsIsDeletedBeforeTheEnd) {
  if (GetParam() == SqliteFolder::Commits::kAlone) GTEST_SKIP();
  for (int64_t n = 4; n <= 6; ++n) ASSERT_TRUE(Count(n).ok());
  std::filesystem::remove(folder_.CommitLog());
  EXPECT_EQ(CountAfterRestart(), 6);
}

TEST_P(SqliteMoved, AnotherFileInThePlaceOfTheLogOfCommitsIsSetAside) {
  if (GetParam() == SqliteFolder::Commits::kAlone) GTEST_SKIP();
  int64_t n = 3;
  for (const char* bytes : {"not a log", "nor this"}) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Count(++n).ok());
    const std::string other = folder_.path() / "other";
    SqliteFolder::WriteBytes(other, bytes);
    std::filesystem::rename(other, folder_.CommitLog());
    ASSERT_TRUE(Count(++n).ok());
    ASSERT_TRUE(store_->Settle().ok());
    ASSERT_TRUE(Count(++n).ok());
  }
  // What was set aside before stays.
  EXPECT_EQ(ReadFile(folder_.CommitLog() + ".set-aside"), "not a log");
  EXPECT_EQ(ReadFile(folder_.CommitLog() + ".set-aside.2"), "nor this");
  EXPECT_EQ(CountAfterRestart(), n);
}

// As `: > results.db-commits` does: what it held is in memory too.
TEST_P(SqliteMoved, NothingIsLostWithALogOfCommitsThatIsCutOff) {
  if (GetParam() == SqliteFolder::Commits::kAlone) GTEST_SKIP();
  int64_t n = 3;
  for (const uintmax_t size : {0, 512, 1 << 19, 1 << 21}) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Count(++n).ok());
    std::filesystem::resize_file(folder_.CommitLog(), size);
    ASSERT_TRUE(Count(++n).ok());
    // The tables have all, as a process finds that begins now.
    EXPECT_EQ(OtherProgram(folder_.Database())
                  .Text("SELECT value FROM counters WHERE name = 'n'"),
              std::to_string(n));
    ASSERT_TRUE(store_->Settle().ok());
    EXPECT_EQ(std::filesystem::file_size(folder_.CommitLog()), 1u << 20);
  }
  EXPECT_EQ(CountAfterRestart(), n);
}

// It writes its tables for a moment, as Litestream does, and waits for nothing.
TEST_P(SqliteMoved, WhoWritesThroughSqliteFindsItUnlockedBetweenCommits) {
  if (GetParam() == SqliteFolder::Commits::kSettled) GTEST_SKIP();
  OtherProgram other(folder_.Database());
  for (int64_t n = 4; n <= 24; ++n) {
    ASSERT_TRUE(Count(n).ok());
    other.Run(
        "CREATE TABLE IF NOT EXISTS other (n); INSERT INTO other VALUES(1)");
  }
  EXPECT_EQ(CountAfterRestart(), 24);
}

TEST_P(SqliteMoved, CommitsThatAreGatheredDoNotWaitForWhoWritesThroughSqlite) {
  // A thread that settles may hold the lock when the other asks for it.
  if (GetParam() != SqliteFolder::Commits::kGathered) GTEST_SKIP();
  OtherProgram other(folder_.Database());
  other.Run("CREATE TABLE other (n)");
  ASSERT_TRUE(Count(4).ok());
  other.Run("BEGIN IMMEDIATE; INSERT INTO other VALUES(1)");
  for (int64_t n = 5; n <= 9; ++n) ASSERT_TRUE(Count(n).ok());
  other.Run("COMMIT");
  EXPECT_EQ(store_->GetCounter("n").value(), 9);
  EXPECT_EQ(CountAfterRestart(), 9);
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteMoved,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered,
                                         SqliteFolder::Commits::kSettled),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape
