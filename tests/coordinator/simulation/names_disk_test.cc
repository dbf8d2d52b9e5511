// What a loss of power does to names of files that are not on disk: of a
// database, of its logs, and of what a restore or a start sets aside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/sqlite/backup.h"
#include "storage/sqlite/set_aside.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/coordinator/simulation/simulated_names.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

using Commits = SqliteFolder::Commits;
using Death = SimulatedDisk::Death;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class SimulatedNamesTest : public testing::Test {
 protected:
  static SimulatedNames::File NewFile(const std::string& content) {
    return std::make_shared<SimulatedFile>(SimulatedFile{.durable = content});
  }
  // What a loss of power may leave: `NAME=CONTENT` of each file.
  std::set<std::string> Outcomes() {
    std::set<std::string> outcomes;
    for (int i = 0; i < 200; ++i) {
      std::string outcome;
      for (const auto& [path, file] : names_.Survivors(random_)) {
        absl::StrAppend(&outcome, outcome.empty() ? "" : " ", path, "=",
                        file->durable);
      }
      outcomes.insert(outcome);
    }
    return outcomes;
  }

  SimulatedNames names_;
  std::mt19937_64 random_{3};
};

TEST_F(SimulatedNamesTest, WhatWasMadeMayBeMissingUntilItsFolderIsSynced) {
  names_.Make("/f/a", NewFile("1"));
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("", "/f/a=1"));
  names_.SyncFolder("/g");
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("", "/f/a=1"));
  names_.SyncFolder("/f");
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("/f/a=1"));
}

TEST_F(SimulatedNamesTest, WhatWasRemovedMayBeThereAgain) {
  names_.Learn("/f/a", NewFile("1"));
  names_.Remove("/f/a");
  EXPECT_EQ(names_.Find("/f/a"), nullptr);
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("", "/f/a=1"));
  // And not the one after it without that.
  names_.Make("/f/a", NewFile("2"));
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("", "/f/a=1", "/f/a=2"));
  names_.SyncFolder("/f");
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("/f/a=2"));
}

TEST_F(SimulatedNamesTest, ARenameIsWholeAndOthersComeInAnyOrder) {
  names_.Learn("/f/a", NewFile("1"));
  names_.Learn("/f/b", NewFile("2"));
  names_.Rename("/f/a", "/f/b");
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("/f/a=1 /f/b=2", "/f/b=1"));
  names_.Link("/f/b", "/f/c");
  EXPECT_THAT(Outcomes(),
              UnorderedElementsAre("/f/a=1 /f/b=2", "/f/b=1", "/f/b=1 /f/c=1",
                                   "/f/a=1 /f/b=2 /f/c=1"));
}

// As a process that dies leaves it to the next.
TEST_F(SimulatedNamesTest, WhatWasNotSyncedIsKeptWhenTheRestIsForgotten) {
  names_.Learn("/f/a", NewFile("1"));
  names_.Learn("/f/b", NewFile("2"));
  names_.Learn("/g/c", NewFile("3"));
  names_.Rename("/f/a", "/f/d");
  names_.Make("/g/e", NewFile("4"));
  names_.SyncFolder("/g");
  names_.ForgetDurable();
  EXPECT_EQ(names_.Find("/f/b"), nullptr);
  EXPECT_EQ(names_.Find("/g/e"), nullptr);
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("/f/a=1", "/f/d=1"));
  names_.SyncFolder("/f");
  EXPECT_THAT(Outcomes(), UnorderedElementsAre("/f/d=1"));
  names_.ForgetDurable();
  EXPECT_THAT(Outcomes(), UnorderedElementsAre(""));
}

class NamesDisk : public testing::TestWithParam<std::tuple<Death, Commits>> {
 protected:
  static Death Kind() { return std::get<0>(GetParam()); }
  void DieNow(std::unique_ptr<SqliteStore> store = nullptr) {
    if (!disk_.dead()) disk_.Die(Kind());
    store.reset();
    disk_.Recover();
  }
  // Counts to 3, of which a copy has 1, SQLite's log 2 and, if commits are
  // gathered, that of commits 3, and is killed. Returns the copy's path.
  std::string LeaveDatabase(const SqliteFolder& folder) {
    std::string copy = folder.path() / "copy.db";
    auto store = folder.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(Count(**store, 1).ok());
    EXPECT_TRUE(BackUpDatabase(folder.Database(), copy, false).ok());
    EXPECT_TRUE(Count(**store, 2).ok());
    EXPECT_TRUE((*store)->Settle().ok());
    EXPECT_TRUE(Count(**store, 3).ok());
    disk_.Die(Death::kProcess);
    store->reset();
    disk_.Recover();
    return copy;
  }
  static absl::Status Count(SqliteStore& store, int64_t n) {
    return store.Commit({PutCounter{"n", n}});
  }
  static int64_t Counted(const SqliteFolder& folder) {
    const auto store = folder.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? (*store)->GetCounter("n").value_or(-1) : -1;
  }

  std::mt19937_64 random_{5};
  SimulatedDisk disk_{&random_};
};

// SQLite syncs the folder too, and does not ask whether it succeeds.
TEST_P(NamesDisk, WhatWasAcknowledgedIsInFilesWhoseNamesAreOnDisk) {
  for (int failures = 0; failures < 12; ++failures) {
    SCOPED_TRACE(failures);
    const SqliteFolder folder(std::get<1>(GetParam()));
    disk_.FailSync(folder.path(), failures);
    auto store = folder.Open();
    if (!store.ok()) {
      EXPECT_EQ(store.status().code(), absl::StatusCode::kUnavailable)
          << store.status();
      disk_.PlanNothing();
      store = folder.Open();
    }
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(Count(**store, 1).ok());
    ASSERT_TRUE(Count(**store, 2).ok());
    disk_.PlanNothing();
    DieNow(*std::move(store));
    EXPECT_EQ(Counted(folder), 2);
  }
}

// Whichever of its renames the disk has.
TEST_P(NamesDisk, ARestoreThatIsCutShortLeavesTheOldDatabaseOrTheNewOne) {
  bool whole = false;
  for (int at = 0; !whole; ++at) {
    ASSERT_LT(at, 300);
    for (int i = 0; i < 3; ++i) {
      SCOPED_TRACE(absl::StrCat(at, " ", i));
      const SqliteFolder folder(std::get<1>(GetParam()));
      const std::string copy = LeaveDatabase(folder);
      disk_.DieIn(at, Kind());
      const absl::Status status =
          RestoreDatabase(copy, folder.Database(), true).status();
      whole = !disk_.dead();
      EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
      DieNow();
      const int64_t n = Counted(folder);
      EXPECT_TRUE(n == 1 || (n == 3 && !status.ok())) << n;
    }
  }
}

// Which a retry by somebody else then finds, and not a path without a database.
TEST_P(NamesDisk, ARestoreThatCannotSyncPutsTheDatabaseBack) {
  int kept = 0;
  for (int i = 0; i < 2 * 8 * 5; ++i) {
    const bool has_links = i % 2 == 0;
    const int before = i / 2 % 8;
    const int failures = 1 + i / 16;
    SCOPED_TRACE(absl::StrCat(has_links, " ", before, " ", failures));
    const SqliteFolder folder(std::get<1>(GetParam()));
    const std::string copy = LeaveDatabase(folder);
    auto old = folder.Contents();
    old.erase("results.db-shm");  // memory
    disk_.SetLinks(has_links);
    disk_.FailSync(folder.path(), failures, before);
    const absl::Status status =
        RestoreDatabase(copy, folder.Database(), true).status();
    disk_.PlanNothing();
    disk_.SetLinks(true);
    auto left = folder.Contents();
    left.erase("results.db-shm");
    ASSERT_TRUE(left.contains("results.db"));
    const bool is_old = left["results.db"] == old.at("results.db");
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      kept += is_old ? 1 : 0;
    }
    // The name that the error gives is all that may be left beside it.
    for (const auto& [name, bytes] : old) left.erase(name);
    for (const auto& [name, bytes] : left) {
      EXPECT_TRUE(name.starts_with("results.db.replaced-")) << name;
      if (status.ok()) continue;
      EXPECT_THAT(
          std::string(status.message()),
          HasSubstr(absl::StrCat(is_old ? " is also at " : " is now at ",
                                 folder.Database(), name.substr(10, 30))));
      EXPECT_TRUE(has_links || !is_old) << name;
    }
    if (is_old) {
      EXPECT_FALSE(status.ok());
      for (const auto& [name, bytes] : old) {
        EXPECT_EQ(folder.Contents()[name], bytes) << name;
      }
    }
    // Whatever the disk has of it.
    if (has_links) DieNow();
    const int64_t n = Counted(folder);
    EXPECT_TRUE(n == 3 ? is_old || !status.ok() : n == 1 && !is_old) << n;
  }
  EXPECT_GE(kept, 10);
}

// Some of networks and of user space say so.
TEST_P(NamesDisk, AFileSystemThatHasNoSyncOfFoldersIsUsedWithout) {
  for (const int error : {EINVAL, ENOTSUP, ENOSYS, EBADF}) {
    SCOPED_TRACE(error);
    const SqliteFolder folder(std::get<1>(GetParam()));
    ASSERT_TRUE(folder.Open().ok());
    disk_.SetSyncError(error);
    disk_.FailSync(folder.path(), 1000);
    {
      auto store = folder.Open();
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_TRUE(Count(**store, 1).ok());
    }
    EXPECT_EQ(Counted(folder), 1);
    disk_.PlanNothing();
  }
}

TEST_P(NamesDisk, ASyncThatASignalEndsIsTriedAgain) {
  const SqliteFolder folder;
  disk_.SetSyncError(EINTR);
  disk_.FailSync(folder.path(), 3);
  EXPECT_TRUE(SyncFolder(folder.Database()).ok());
  EXPECT_EQ(disk_.failures(), 3);
  disk_.SetSyncError(EIO);
  disk_.FailSync(folder.path(), 1);
  const absl::Status failed = SyncFolder(folder.Database());
  EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(failed.message()),
              HasSubstr("try again, or name a file on a local disk"));
}

// Replayed over another content it would damage that.
TEST_P(NamesDisk, WhatWasSetAsideStaysThere) {
  for (int i = 0; i < 10; ++i) {
    SCOPED_TRACE(i);
    const SqliteFolder folder;
    SqliteFolder::WriteBytes(folder.Log(), "of another");
    const auto aside = SetFileAside(folder.Log());
    ASSERT_TRUE(aside.ok()) << aside.status();
    DieNow();
    EXPECT_FALSE(std::filesystem::exists(folder.Log()));
    EXPECT_EQ(ReadFile(*aside), "of another");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Deaths, NamesDisk,
    testing::Combine(testing::Values(Death::kProcess, Death::kPower),
                     testing::Values(Commits::kAlone, Commits::kGathered)));

}  // namespace
}  // namespace isoshape
