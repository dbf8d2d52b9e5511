// A restore that is killed between any two of its steps.
#include "storage/sqlite/set_aside.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "storage/sqlite/backup.h"
#include "tests/storage/sqlite/forked_writer.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCampaign[] = "campaigns/c1";

// A database whose process was killed, so that much of it is in its log, and a
// backup of it as it was before.
class SetAsideTest : public testing::Test {
 protected:
  SetAsideTest() {
    {
      auto store = folder_.Open();
      EXPECT_TRUE(store.ok()) << store.status();
      EXPECT_TRUE(
          (*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
    }
    EXPECT_TRUE(BackUpDatabase(folder_.Database(), Copy(), false).ok());
    ForkedWriter writer(folder_, kCampaign);
    writer.AwaitCommits(20);
  }

  std::string Copy() const { return (folder_.path() / "copy.db").string(); }
  // Trials of the database; -1 if it is refused.
  int64_t Trials() const {
    auto store = folder_.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return -1;
    return (*store)->GetCounter("n").value();
  }
  size_t NamesWith(const std::string& part) const {
    size_t count = 0;
    for (const auto& [name, bytes] : folder_.Contents()) {
      count += name.find(part) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  SqliteFolder folder_;
};

// Nor is a name that no file can have taken for one.
TEST_F(SetAsideTest, ALogThatCannotBeLookedAtIsNotTakenForNone) {
  const std::string beside = folder_.path() / "other.db";
  EXPECT_EQ(LogBeside(beside), "");
  std::filesystem::create_symlink("nowhere", beside + "-wal");
  EXPECT_EQ(LogBeside(beside), "");
  std::filesystem::create_symlink(beside + "-commits", beside + "-commits");
  EXPECT_EQ(LogBeside(beside), beside + "-commits");
  EXPECT_EQ(LogBeside(folder_.path() / std::string(250, 'n')), "");
  EXPECT_EQ(LogBeside(Copy() + "/under a file"), "");
}

TEST_F(SetAsideTest, ARestoreKilledBeforeItsLastStepIsTakenBackByTheNextStart) {
  const auto aside = SetAside(folder_.Database());
  ASSERT_TRUE(aside.ok()) << aside.status();
  EXPECT_TRUE(IsHalfSetAside(folder_.Database()));
  EXPECT_TRUE(std::filesystem::exists(folder_.Database()));
  EXPECT_FALSE(std::filesystem::exists(folder_.Log()));
  // Without its log it is not what it was.
  EXPECT_EQ(BackUpDatabase(folder_.Database(), Copy(), true).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_GE(Trials(), 20);
  EXPECT_EQ(NamesWith(".replaced-"), 0);
}

TEST_F(SetAsideTest, ARestoreKilledBeforeTheLogWasMovedIsTakenBackToo) {
  std::filesystem::create_hard_link(folder_.Database(),
                                    folder_.Database() + ".replaced-2026");
  EXPECT_GE(Trials(), 20);
  EXPECT_EQ(NamesWith(".replaced-"), 0);
}

TEST_F(SetAsideTest, ARestoreThatWasKilledCanBeMadeAgain) {
  ASSERT_TRUE(SetAside(folder_.Database()).ok());
  const auto restored = RestoreDatabase(Copy(), folder_.Database(), true);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(Trials(), 0);
  std::filesystem::rename(restored->set_aside, folder_.Database());
  std::filesystem::rename(restored->set_aside + "-wal", folder_.Log());
  EXPECT_GE(Trials(), 20);
}

// As a file system without hard links leaves it.
TEST_F(SetAsideTest, NoEmptyDatabaseIsBegunWhereOneWasSetAside) {
  const std::string aside = folder_.Database() + ".replaced-2026";
  std::filesystem::rename(folder_.Database(), aside);
  std::filesystem::rename(folder_.Log(), aside + "-wal");
  const auto before = folder_.Contents();
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("mv " + aside + " " + folder_.Database()),
                    HasSubstr("mv " + aside + "-wal " + folder_.Log())));
  for (const auto& [name, bytes] : before) {
    EXPECT_TRUE(folder_.Contents()[name] == bytes) << name;
  }
  // A restore needs no force, as nothing is replaced.
  ASSERT_TRUE(RestoreDatabase(Copy(), folder_.Database(), false).ok());
  EXPECT_EQ(Trials(), 0);
}

TEST_F(SetAsideTest, WhatAFailedRestoreSetAsideIsPutBack) {
  const absl::Status failed = absl::UnavailableError("no space");
  folder_.LeaveJournal();
  const auto before = folder_.Contents();
  const auto linked = SetAside(folder_.Database());
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(AfterTakingBack(failed, folder_.Database(), *linked), failed);
  // As a file system without hard links leaves it.
  const auto renamed = SetAside(folder_.Database());
  ASSERT_TRUE(renamed.ok()) << renamed.status();
  std::filesystem::remove(folder_.Database());
  EXPECT_EQ(AfterTakingBack(failed, folder_.Database(), *renamed), failed);
  for (auto& [name, bytes] : before) {
    if (name != "results.db-shm") {
      EXPECT_TRUE(folder_.Contents()[name] == bytes) << name;
    }
  }
  EXPECT_EQ(NamesWith(".replaced-"), 0);
}

TEST_F(SetAsideTest, WhatCannotBePutBackIsNamed) {
  const auto aside = SetAside(folder_.Database());
  ASSERT_TRUE(aside.ok()) << aside.status();
  std::filesystem::remove(folder_.Database());
  std::filesystem::copy(Copy(), folder_.Database());
  const auto before = folder_.Contents();
  const absl::Status status = AfterTakingBack(
      absl::UnavailableError("no space"), folder_.Database(), *aside);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("no space; "), HasSubstr(*aside)));
  EXPECT_TRUE(folder_.Contents() == before);
}

// Its coordinator holds the name of a database that is lost but for its log.
TEST_F(SetAsideTest, TheLogOfALostDatabaseStaysIfARestoreIsRefused) {
  std::filesystem::remove(folder_.Database());
  const int file = open((folder_.Database() + ".lock").c_str(),
                        O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(flock(file, LOCK_EX | LOCK_NB), 0);
  const auto before = folder_.Contents();
  EXPECT_EQ(RestoreDatabase(Copy(), folder_.Database(), true).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(folder_.Contents() == before);
  close(file);
}

TEST_F(SetAsideTest, NoEmptyDatabaseIsBegunBesideTheLogOfALostOne) {
  std::filesystem::remove(folder_.Database());
  const auto aside = SetAside(folder_.Database());  // and then it is killed
  ASSERT_TRUE(aside.ok()) << aside.status();
  const auto before = folder_.Contents();
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("mv " + *aside + "-wal " + folder_.Log()),
                    Not(HasSubstr("mv " + *aside + " "))));
  EXPECT_TRUE(folder_.Contents() == before);
  ASSERT_TRUE(RestoreDatabase(Copy(), folder_.Database(), false).ok());
  EXPECT_EQ(Trials(), 0);
}

// As it is left if another program cut off the database, and one of its logs
// was removed as well.
TEST_F(SetAsideTest, NoEmptyDatabaseIsBegunBesideEitherLogOfOneThatIsCutOff) {
  for (const std::string& log : {folder_.Log(), folder_.CommitLog()}) {
    SqliteFolder::WriteBytes(folder_.Database(), "");
    std::filesystem::remove(folder_.Log());
    SqliteFolder::WriteBytes(log + ".set-aside", "a log");
    const absl::Status status = folder_.Open().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(log + ".set-aside"));
    std::filesystem::remove(log + ".set-aside");
  }
}

TEST_F(SetAsideTest, OfTwoLogsNoneIsLost) {
  const auto aside = SetAside(folder_.Database());
  ASSERT_TRUE(aside.ok()) << aside.status();
  SqliteFolder::WriteBytes(folder_.Log(), "of another program");
  const auto before = folder_.Contents();
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(*aside + "-wal, of before"),
                    HasSubstr(folder_.Log() + ", written since")));
  for (const auto& [name, bytes] : before) {
    EXPECT_TRUE(folder_.Contents()[name] == bytes) << name;
  }
  std::filesystem::remove(folder_.Log());
  EXPECT_GE(Trials(), 20);
}

TEST_F(SetAsideTest, NoEmptyDatabaseIsBegunBesideACopyThatIsNotDone) {
  std::filesystem::remove(folder_.Log());
  std::filesystem::rename(folder_.Database(),
                          folder_.Database() + ".partial-abcdef");
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(".partial-abcdef"));
  std::filesystem::remove(folder_.Database() + ".partial-abcdef");
  EXPECT_EQ(Trials(), 0);
}

TEST_F(SetAsideTest, ALinkToNothingIsNamed) {
  std::filesystem::remove(folder_.Log());
  std::filesystem::remove(folder_.Database());
  std::filesystem::create_symlink(folder_.path() / "disk" / "results.db",
                                  folder_.Database());
  for (const absl::Status& status :
       {folder_.Open().status(),
        RestoreDatabase(Copy(), folder_.Database(), true).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("is a symbolic link to"));
  }
}

}  // namespace
}  // namespace isoshape
