#include "storage/sqlite/backup.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/threads/cancellation.h"
#include "storage/sqlite/database_file.h"
#include "tests/as_nobody.h"
#include "tests/storage/sqlite/backup_fixture.h"
#include "tests/storage/sqlite/forked_writer.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(BackupTest, ACopyOfADatabaseInUseIsWholeAndHoldsUpNobody) {
  ForkedWriter writer(folder_, kCampaign);
  for (int i = 1; i <= 5; ++i) {
    writer.AwaitCommits(20);
    const auto contents =
        BackUpDatabase(folder_.Database(), File("copy.db"), /*replace=*/i > 1);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->campaigns, 1);
    EXPECT_EQ(CommitsIn(File("copy.db")), contents->trials);
    EXPECT_GE(contents->trials, 20 * i);  // all that was acknowledged before
  }
  writer.AwaitCommits(20);  // it goes on
  EXPECT_TRUE(writer.Lives());
}

TEST_F(BackupTest, ADatabaseWhoseProcessWasKilledIsCopiedWithItsLog) {
  {
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(50);
  }
  ASSERT_GT(std::filesystem::file_size(folder_.Log()), 0);
  const auto contents =
      BackUpDatabase(folder_.Database(), File("copy.db"), false);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_GE(contents->trials, 50);
  EXPECT_EQ(CommitsIn(File("copy.db")), contents->trials);
  EXPECT_EQ(CommitsIn(folder_.Database()), contents->trials);
}

TEST_F(BackupTest, NothingIsReplacedThatWasNotMeantAndNothingIsLeftBehind) {
  SqliteFolder::WriteBytes(File("precious"), "text");
  const auto before = folder_.Contents();
  EXPECT_EQ(BackUpDatabase(folder_.Database(), File("precious"), false)
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(BackUpDatabase(folder_.Database(), folder_.Database(), true)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(BackUpDatabase(File("none.db"), File("a"), false).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(BackUpDatabase(File("precious"), File("a"), false).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(
      RestoreDatabase(File("precious"), File("new.db"), false).status().code(),
      absl::StatusCode::kDataLoss);
  EXPECT_EQ(
      RestoreDatabase(File("none"), File("new.db"), false).status().code(),
      absl::StatusCode::kNotFound);
  EXPECT_TRUE(folder_.Contents() == before);
}

TEST_F(BackupTest, NoBackupReplacesADatabaseInUseOrMeetsTheLogOfAnother) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  {
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(5);
    // The names are swapped.
    const absl::Status status =
        BackUpDatabase(File("copy.db"), folder_.Database(), true).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    writer.AwaitCommits(5);
  }
  // It was killed, and its log is there.
  ASSERT_GT(std::filesystem::file_size(folder_.Log()), 0);
  EXPECT_EQ(
      BackUpDatabase(File("copy.db"), folder_.Database(), true).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_GE(CommitsIn(folder_.Database()), 11);
}

TEST_F(BackupTest, OnlyFilesOfTheirOwnNamesAreReplaced) {
  Commit(1);
  for (const char* end : {"-wal", "-shm", "-journal", ".lock",
                          ".partial-abcdef", ".replaced-2026"}) {
    EXPECT_EQ(BackUpDatabase(folder_.Database(), folder_.Database() + end, true)
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument)
        << end;
  }
  ASSERT_EQ(mkfifo(File("pipe").c_str(), 0600), 0);
  EXPECT_EQ(
      BackUpDatabase(folder_.Database(), File("pipe"), true).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(BackUpDatabase(File("pipe"), File("copy.db"), true).ok());
  EXPECT_TRUE(std::filesystem::is_fifo(File("pipe")));
  EXPECT_EQ(CommitsIn(folder_.Database()), 1);
}

TEST_F(BackupTest, ACoordinatorThatStartsWaitsForWhatOnlyReads) {
  Commit(1);
  auto reader = std::make_unique<ReadLock>(folder_.Database());
  ASSERT_TRUE(reader->held());
  auto start = std::async(std::launch::async,
                          [this] { return folder_.Open().status(); });
  EXPECT_EQ(start.wait_for(std::chrono::milliseconds(200)),
            std::future_status::timeout);
  reader.reset();
  EXPECT_TRUE(start.get().ok());
}

TEST_F(BackupTest, TheWaitForWhatReadsIsToldOnceAndEndsByCancelling) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  const ReadLock reader(folder_.Database());
  ASSERT_TRUE(reader.held());
  const auto files = folder_.Contents();
  const auto cancelled_at_the_telling = [](auto open) {
    Cancellation cancellation;
    const Cancellation::Scope scope(&cancellation);
    int told = 0;
    const absl::Status status = open([&](const std::string& why) {
      EXPECT_THAT(why, testing::HasSubstr("is read by a backup"));
      ++told;
      cancellation.Cancel();
    });
    EXPECT_EQ(told, 1);
    EXPECT_EQ(status.code(), absl::StatusCode::kCancelled) << status;
  };
  cancelled_at_the_telling([&](const TellWait& tell) {
    return SqliteStore::Open({.path = folder_.Database(), .tell = tell})
        .status();
  });
  cancelled_at_the_telling([&](const TellWait& tell) {
    return RestoreDatabase(File("copy.db"), folder_.Database(), true, tell)
        .status();
  });
  EXPECT_TRUE(folder_.Contents() == files);
}

TEST_F(BackupTest, ABackupChangesNothingOfWhatItCopies) {
  Commit(1);
  const auto closed = folder_.Contents();
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("a.db"), false).ok());
  for (const auto& [name, bytes] : closed) {
    EXPECT_TRUE(folder_.Contents().at(name) == bytes) << name;
  }
  EXPECT_EQ(folder_.Contents().size(), closed.size() + 1);
  {
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(5);
  }
  const std::string log = ReadFile(folder_.Log());
  const std::string database = ReadFile(folder_.Database());
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("b.db"), false).ok());
  EXPECT_TRUE(ReadFile(folder_.Log()) == log);
  EXPECT_TRUE(ReadFile(folder_.Database()) == database);
}

TEST_F(BackupTest, ADamagedDatabaseMakesNoBackup) {
  for (int i = 1; i <= 50; ++i) Commit(i);
  std::string bytes = ReadFile(folder_.Database());
  const size_t at = bytes.rfind("trials/50");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'T';
  SqliteFolder::WriteBytes(folder_.Database(), bytes);
  const absl::Status status =
      BackUpDatabase(folder_.Database(), File("copy.db"), false).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  // The copy in which it was found is gone.
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith(absl::StrCat("database ", folder_.Database(),
                                            " is damaged (")),
                    HasSubstr("restore a backup"), Not(HasSubstr(".partial"))));
  EXPECT_FALSE(std::filesystem::exists(File("copy.db")));
}

// Its log is beside the other name, and alone has what was committed.
TEST_F(BackupTest, ADatabaseInUseIsNamedAsItsCoordinatorDoes) {
  const auto store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  std::filesystem::create_hard_link(folder_.Database(), File("other.db"));
  const absl::Status status =
      BackUpDatabase(File("other.db"), File("copy.db"), false).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(StartsWith(File("other.db")),
                    HasSubstr("name it as its coordinator does")));
  EXPECT_FALSE(std::filesystem::exists(File("copy.db")));
  EXPECT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
}

TEST_F(BackupTest, ForceReplacesNothingButDatabasesOfIsoshape) {
  std::string other = ReadFile(folder_.Database());
  other.replace(68, 4, "none");  // the id of the program
  for (const std::string& bytes : {std::string("a text"), other}) {
    SqliteFolder::WriteBytes(File("copy.db"), bytes);
    const absl::Status status =
        BackUpDatabase(folder_.Database(), File("copy.db"), true).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("is no backup that --force may replace"));
    EXPECT_TRUE(ReadFile(File("copy.db")) == bytes);
  }
  std::string newer = ReadFile(folder_.Database());
  newer.replace(60, 4, std::string("\0\0\0\x7f", 4));  // of the schema
  for (const std::string& bytes : {std::string(), newer}) {
    SqliteFolder::WriteBytes(File("copy.db"), bytes);
    EXPECT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), true).ok());
    EXPECT_FALSE(ReadFile(File("copy.db")) == bytes);
  }
}

// A log of the old content would be replayed over the new one.
// SQLite would roll it back in the new content.
TEST_F(BackupTest, OfBackupsThatMakeOneNewFileAtATimeOneSucceeds) {
  for (int i = 1; i <= 50; ++i) Commit(i);
  std::vector<absl::Status> ended(8);
  {
    std::vector<std::thread> threads;
    for (absl::Status& end : ended) {
      threads.emplace_back([&end, this] {
        end =
            BackUpDatabase(folder_.Database(), File("copy.db"), false).status();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  int made = 0;
  for (const absl::Status& end : ended) {
    made += end.ok() ? 1 : 0;
    if (!end.ok()) {
      EXPECT_EQ(end.code(), absl::StatusCode::kAlreadyExists) << end;
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(CommitsIn(File("copy.db")), 50);
  for (const auto& [name, bytes] : folder_.Contents()) {
    EXPECT_THAT(name, Not(HasSubstr(".partial-")));
  }
}

TEST_F(BackupTest, WhatAKilledOneLeftGoesWithTheNextAndNothingElse) {
  Commit(1);
  const std::string left = File("copy.db.partial-a1B2c3");
  for (const std::string& name :
       {left, left + "-journal", File("copy.db.partial-notes"),
        File("other.db.partial-a1B2c3"), File("copy.db.partial-writes")}) {
    SqliteFolder::WriteBytes(name, "a part");
  }
  // One that somebody still writes.
  const int writer = open(File("copy.db.partial-writes").c_str(), O_RDONLY);
  ASSERT_EQ(flock(writer, LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  close(writer);
  std::set<std::string> names;
  for (const auto& [name, bytes] : folder_.Contents()) names.insert(name);
  EXPECT_THAT(names,
              AllOf(Contains("copy.db"), Contains("copy.db.partial-notes"),
                    Contains("other.db.partial-a1B2c3"),
                    Contains("copy.db.partial-writes"),
                    Not(Contains(HasSubstr("copy.db.partial-a1B2c3")))));
}

TEST_F(BackupTest, WhatIsStoppedLeavesNothingBehind) {
  Commit(1);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), File("copy.db"), false).ok());
  const auto before = folder_.Contents();
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  EXPECT_EQ(
      BackUpDatabase(folder_.Database(), File("new.db"), false).status().code(),
      absl::StatusCode::kCancelled);
  EXPECT_EQ(RestoreDatabase(File("copy.db"), folder_.Database(), true)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_TRUE(folder_.Contents() == before);
}

TEST_F(BackupTest, ACopyThatIsReplacedKeepsItsOwnerAndMode) {
  Commit(1);
  const std::string copy = File("copy.db");
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), copy, false).ok());
  ASSERT_EQ(chmod(copy.c_str(), 0640), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(copy.c_str(), 2345, 3456), 0);
  }
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(copy.c_str(), &before), 0);
  ASSERT_TRUE(BackUpDatabase(folder_.Database(), copy, true).ok());
  ASSERT_EQ(stat(copy.c_str(), &after), 0);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
  EXPECT_NE(after.st_ino, before.st_ino);  // put in its place as a whole
  if (geteuid() != 0) return;
  // As root's that the user of a timer finds in a folder of its own.
  ASSERT_EQ(chown(folder_.path().c_str(), AsNobody::kNobody, 0), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(copy.c_str(), 0644), 0);
  const AsNobody nobody;
  const absl::Status status =
      BackUpDatabase(folder_.Database(), copy, true).status();
  EXPECT_TRUE(status.ok()) << status;
  ASSERT_EQ(stat(copy.c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, AsNobody::kNobody);
}

}  // namespace
}  // namespace isoshape
