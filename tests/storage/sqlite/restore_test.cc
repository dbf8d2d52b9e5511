#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/forgotten_numbers.h"
#include "storage/sqlite/backup.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/set_aside.h"
#include "tests/as_nobody.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/backup_fixture.h"
#include "tests/storage/sqlite/forked_writer.h"
#include "tests/unreadable_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using RestoreTest = BackupTest;

constexpr uid_t kServiceUser = 2345;
constexpr gid_t kServiceGroup = 3456;

// Those of the database and of each file beside it that is called as it.
std::vector<std::pair<uid_t, gid_t>> OwnersBeside(const std::string& database) {
  std::vector<std::pair<uid_t, gid_t>> owners;
  for (const char* end : {"", ".lock"}) {
    struct stat found = {};
    EXPECT_EQ(stat((database + end).c_str(), &found), 0) << end;
    owners.emplace_back(found.st_uid, found.st_gid);
  }
  return owners;
}

// A service of a user of its own opens what root restored for it.
TEST_F(RestoreTest, WhatRootRestoresIsItsWhoseTheDatabaseWas) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has files of others";
  Commit(1);
  const std::string database = folder_.Database();
  ASSERT_TRUE(BackUpDatabase(database, File("copy.db"), false).ok());
  std::filesystem::remove(database + ".lock");
  ASSERT_EQ(chown(database.c_str(), kServiceUser, kServiceGroup), 0);
  const std::pair service(kServiceUser, kServiceGroup);
  ASSERT_TRUE(RestoreDatabase(File("copy.db"), database, true).ok());
  EXPECT_THAT(OwnersBeside(database), ElementsAre(service, service));
  // Of one that is lost, the folder says whose it was.
  ASSERT_EQ(chown(folder_.path().c_str(), kServiceUser, kServiceGroup), 0);
  const auto restored = RestoreDatabase(File("copy.db"), File("new.db"), false);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_THAT(OwnersBeside(File("new.db")), ElementsAre(service, service));
}

TEST_F(RestoreTest, OneWhoseOwnerCannotBeKeptIsNotReplaced) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has files of others";
  Commit(1);
  const std::string database = folder_.Database();
  ASSERT_TRUE(BackUpDatabase(database, File("copy.db"), false).ok());
  ASSERT_EQ(chown(folder_.path().c_str(), AsNobody::kNobody, 0), 0);
  ASSERT_EQ(chown(database.c_str(), kServiceUser, kServiceGroup), 0);
  const std::string before = ReadFile(database);
  {
    const AsNobody nobody;
    const absl::Status status =
        RestoreDatabase(File("copy.db"), database, true).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(database), HasSubstr("2345:3456"),
                      HasSubstr("run as root, or as that user")));
  }
  EXPECT_EQ(ReadFile(database), before);
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_THAT(file.path().string(), Not(HasSubstr(kPartialEnd)));
    EXPECT_THAT(file.path().string(), Not(HasSubstr(kReplacedEnd)));
  }
}

TEST_F(RestoreTest, ADatabaseThatIsLostButForItsLogIsRestored) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  {
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(5);
  }
  std::filesystem::remove(folder_.Database());
  ASSERT_GT(std::filesystem::file_size(folder_.Log()), 0);
  EXPECT_EQ(RestoreDatabase(File("copy.db"), folder_.Database(), false)
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
  EXPECT_TRUE(std::filesystem::exists(restored->set_aside + "-wal"));
}

TEST_F(RestoreTest, ARestoredDatabaseCanBeWrittenWhateverTheBackupsMode) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  using std::filesystem::perms;
  std::filesystem::permissions(File("copy.db"),
                               perms::owner_read | perms::group_read);
  std::filesystem::remove(folder_.Database());
  ASSERT_TRUE(RestoreDatabase(File("copy.db"), folder_.Database(), false).ok());
  EXPECT_EQ(std::filesystem::status(folder_.Database()).permissions(),
            perms::owner_read | perms::owner_write | perms::group_read);
}

TEST_F(RestoreTest, ARestoredDatabaseIsTheBackupAndTheOldOneIsKept) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  Commit(2);
  EXPECT_EQ(RestoreDatabase(File("copy.db"), folder_.Database(), false)
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CommitsIn(folder_.Database()), 2);
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
  EXPECT_EQ(CommitsIn(restored->set_aside), 2);
}

// Else who has read events that came after the backup would miss as many.
TEST_F(RestoreTest, NumbersOfEventsAreNotGivenAgain) {
  const auto commit = [&](const std::vector<Mutation>& mutations) {
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Commit(mutations).ok());
  };
  const auto restore = [&] {
    const auto restored =
        RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
    ASSERT_TRUE(restored.ok()) << restored.status();
  };
  commit({EventOf(kCampaign, 41), PutCounter{kEventSequence, 41}});
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  const std::string copy = ReadFile(File("copy.db"));
  std::vector<int64_t> sequences;
  for (int i = 0; i < 2; ++i) {
    commit({EventOf(kCampaign, 50), PutCounter{kEventSequence, 50}});
    restore();
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const auto gaps = EventGaps::Read(**store);
    ASSERT_TRUE(gaps.ok()) << gaps.status();
    sequences.push_back((*store)->GetCounter(kEventSequence).value());
    EXPECT_GE(sequences.back(), 41 + (int64_t{1} << 39));
    EXPECT_FALSE(gaps->Has(41));
    EXPECT_TRUE(gaps->Has(50));
    EXPECT_FALSE(gaps->Has(sequences.back()));
    EXPECT_THAT(Sequences((*store)->ListEvents(kCampaign, {})),
                ElementsAre(41));
  }
  EXPECT_NE(sequences[0], sequences[1]);
  EXPECT_EQ(ReadFile(File("copy.db")), copy);
}

TEST_F(RestoreTest, ALostDatabaseIsRestoredWhereThereIsNone) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  std::filesystem::remove(folder_.Database());
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), false);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->set_aside, "");
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
}

TEST_F(RestoreTest, TheLogOfADatabaseThatIsReplacedGoesWithIt) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  {
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(10);
  }
  ASSERT_GT(std::filesystem::file_size(folder_.Log()), 0);
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
  EXPECT_GE(CommitsIn(restored->set_aside), 11);
}

TEST_F(RestoreTest, TheJournalOfADatabaseThatIsReplacedGoesWithIt) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  folder_.LeaveJournal();
  const std::string journal = ReadFile(folder_.Journal());
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
  EXPECT_EQ(ReadFile(restored->set_aside + "-journal"), journal);
}

TEST_F(RestoreTest, AFolderIsNoDatabaseToReplace) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  std::filesystem::create_directory(File("folder"));
  const absl::Status status =
      RestoreDatabase(File("copy.db"), File("folder"), /*replace=*/true)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("is no file"));
  EXPECT_TRUE(std::filesystem::is_directory(File("folder")));
}

// The copy may take long.
TEST_F(RestoreTest,
       AFolderThatCannotBeReadIsRefusedBeforeTheBackupIsReadAtAll) {
  const SqliteFolder folder;
  absl::Status status;
  {
    const UnreadableFolder unreadable(folder.path());
    status =
        RestoreDatabase("/no-such-copy.db", folder.Database(), false).status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("permission to read and write"));
  EXPECT_TRUE(folder.Contents().empty());
}

TEST_F(RestoreTest, AJournalAloneIsReplacedByForceAndByNoBackup) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  std::filesystem::remove(folder_.Database());
  folder_.LeaveJournal();
  const auto before = folder_.Contents();
  for (const absl::Status& status :
       {RestoreDatabase(File("copy.db"), folder_.Database(), false).status(),
        BackUpDatabase(File("copy.db"), folder_.Database(), true).status()}) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder_.Journal()));
  }
  EXPECT_TRUE(folder_.Contents() == before);
  const auto restored =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
  EXPECT_TRUE(std::filesystem::exists(restored->set_aside + "-journal"));
}

TEST_F(RestoreTest, AnEmptyNameIsSaidToBeThatOfTheCopy) {
  const absl::Status copy =
      BackUpDatabase(folder_.Database(), "", false).status();
  EXPECT_EQ(copy.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(copy.message(), "the copy's path is empty; name a file");
  EXPECT_EQ(RestoreDatabase("", folder_.Database(), true).status().message(),
            "the backup's path is empty; name a file");
  EXPECT_EQ(BackUpDatabase("", File("copy.db"), false).status().message(),
            "the database's path is empty; name a file with --db");
}

TEST_F(RestoreTest, NothingIsRestoredUnderACoordinatorOrFromADatabaseInUse) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  ForkedWriter writer(folder_, kCampaign);
  writer.AwaitCommits(10);
  const absl::Status used =
      RestoreDatabase(File("copy.db"), folder_.Database(), /*replace=*/true)
          .status();
  EXPECT_EQ(used.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(used.message()),
              AllOf(HasSubstr("in use"), Not(HasSubstr("\n"))));
  const absl::Status hot =
      RestoreDatabase(folder_.Database(), File("new.db"), false).status();
  EXPECT_EQ(hot.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(hot.message()), HasSubstr("isoshape backup"));
  EXPECT_FALSE(std::filesystem::exists(File("new.db")));
  writer.AwaitCommits(10);
  EXPECT_TRUE(writer.Lives());
}

TEST_F(RestoreTest, WhatIsNoBackupIsSaidToBeNone) {
  // The code, and the message, which speaks of no database to be begun.
  const auto expect = [&](const std::string& name, absl::StatusCode code,
                          const std::string& message) {
    const absl::Status status =
        RestoreDatabase(File(name), File("new.db"), false).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(message), Not(HasSubstr("--db")),
                      Not(HasSubstr("to begin an empty database"))));
  };
  SqliteFolder::WriteBytes(File("text"), std::string(4096, 'x'));
  expect("text", absl::StatusCode::kDataLoss,
         "is not a SQLite database; name a file that 'isoshape backup' has "
         "written");
  expect("none", absl::StatusCode::kNotFound, "; name a file that 'isoshape");
  std::filesystem::create_directory(File("folder"));
  expect("folder", absl::StatusCode::kFailedPrecondition,
         "is not a file; name a file that 'isoshape backup'");
  // What a backup leaves that was killed.
  SqliteFolder::WriteBytes(File("killed.db.partial-abcdef"), "bytes");
  expect("killed.db", absl::StatusCode::kNotFound,
         "there is no backup " + File("killed.db") + "; name a file that");
  SqliteFolder::WriteBytes(File("lost.db-wal"), "bytes");
  expect("lost.db", absl::StatusCode::kDataLoss,
         "but its log " + File("lost.db-wal") +
             " is there); name a file that 'isoshape backup'");
}

// The file is a backup, and another is needed only if it stays as it is.
// Whatever lies there of one that was lost, and though nobody had served it by
// that name.
TEST_F(RestoreTest, WhatWasRestoredCanBeServed) {
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  std::filesystem::remove(folder_.Database());
  SqliteFolder::WriteBytes(folder_.CommitLog(), "of the lost one");
  ASSERT_TRUE(std::filesystem::exists(folder_.Database() + ".lock"));
  EXPECT_TRUE(RestoreDatabase(File("copy.db"), File("new.db"), false).ok());
  EXPECT_EQ(SqliteStore::Open({.path = File("new.db")}).status(),
            absl::OkStatus());
  std::filesystem::remove(folder_.Database() + ".lock");
  EXPECT_TRUE(RestoreDatabase(File("copy.db"), folder_.Database(), true).ok());
  EXPECT_EQ(SqliteStore::Open({.path = folder_.Database()}).status(),
            absl::OkStatus());
  // Nor does a copy that nobody served keep one from being put over it.
  std::filesystem::copy_file(File("copy.db"), File("other.db"));
  EXPECT_TRUE(RestoreDatabase(File("copy.db"), File("other.db"), true).ok());
}

// What is found behind the header: in a row of the copy, or by the copying.
TEST_F(RestoreTest, ADamagedBackupIsSaidToBeThat) {
  for (int i = 1; i <= 50; ++i) Commit(i);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  const std::string sound = ReadFile(File("copy.db"));
  std::string row = sound;
  const size_t at = row.rfind("trials/50");
  ASSERT_NE(at, std::string::npos);
  row[at] = 'T';
  std::string page = sound;
  page.replace(100, 400, 400, '\xff');  // the tables of the schema
  for (const std::string& bytes : {row, page}) {
    SqliteFolder::WriteBytes(File("copy.db"), bytes);
    const absl::Status status =
        RestoreDatabase(File("copy.db"), File("new.db"), false).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(StartsWith(absl::StrCat("database ", File("copy.db"),
                                              " is damaged (")),
                      EndsWith(kNameABackup), Not(HasSubstr(".partial")),
                      Not(HasSubstr("--db"))));
    EXPECT_FALSE(std::filesystem::exists(File("new.db")));
  }
}

TEST_F(RestoreTest, ABackupThatCannotBeUsedNowIsNotSaidToBeNone) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  const auto refused = [&] {
    return std::string(RestoreDatabase(File("copy.db"), File("new.db"), false)
                           .status()
                           .message());
  };
  { OtherProgram(File("copy.db")).Run("PRAGMA user_version = 1000"); }
  EXPECT_THAT(refused(), EndsWith("; use the isoshape that wrote it, or name "
                                  "an older backup"));
  using std::filesystem::perms;
  std::filesystem::permissions(File("copy.db"), perms::none);
  std::filesystem::permissions(folder_.path(), perms::all);
  const AsNobody nobody;
  EXPECT_THAT(refused(),
              EndsWith("; make it readable, or name another backup"));
}

}  // namespace
}  // namespace isoshape
