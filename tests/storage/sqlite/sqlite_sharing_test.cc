#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kInUse[] = "is in use by another isoshape-coordinator";

TEST(SqliteSharing, ASecondStoreOfOneFileIsRefusedUntilTheFirstCloses) {
  SqliteFolder folder;
  auto first = folder.Open();
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = folder.Open().status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr(kInUse));
  // The refusal takes nothing from the first.
  EXPECT_TRUE((*first)->Commit({PutCounter{"n", 1}}).ok());
  EXPECT_EQ(folder.Open().status().code(),
            absl::StatusCode::kFailedPrecondition);
  first->reset();
  auto third = folder.Open();
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ((*third)->GetCounter("n").value(), 1);
}

TEST(SqliteSharing, ASecondProcessIsRefused) {
  SqliteFolder folder;
  auto first = folder.Open();
  ASSERT_TRUE(first.ok()) << first.status();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60);
    _exit(static_cast<int>(folder.Open().status().code()));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
}

TEST(SqliteSharing, ASecondStoreByASymbolicLinkIsRefused) {
  SqliteFolder folder;
  auto first = folder.Open();
  ASSERT_TRUE(first.ok()) << first.status();
  SqliteFolder elsewhere;
  std::filesystem::create_symlink(folder.Database(), elsewhere.Database());
  const absl::Status second = elsewhere.Open().status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition) << second;
  EXPECT_THAT(std::string(second.message()), HasSubstr(kInUse));
}

TEST(SqliteSharing, ReadsGoOnWhileAWriteIsUnderWayAndCommitsSayTryAgain) {
  SqliteFolder folder;
  auto store = SqliteStore::Open(
      {.path = folder.Database(), .busy_timeout = absl::ZeroDuration()});
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  {
    OtherProgram other(folder.Database());
    other.Run("BEGIN IMMEDIATE; DELETE FROM counters");
    EXPECT_EQ((*store)->GetCounter("n").value(), 1);
    const absl::Status status = (*store)->Commit({PutCounter{"n", 2}});
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("try again"));
    other.Run("ROLLBACK");
  }
  EXPECT_TRUE((*store)->Commit({PutCounter{"n", 2}}).ok());
  EXPECT_EQ((*store)->GetCounter("n").value(), 2);
}

}  // namespace
}  // namespace isoshape
