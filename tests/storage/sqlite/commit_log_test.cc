#include "storage/sqlite/commit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "storage/sqlite/replay.h"
#include "storage/sqlite/sqlite_database.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kBytes = 16384;  // halves of 16 sectors

class CommitLogTest : public testing::Test {
 protected:
  void SetUp() override {
    // Whose permissions it has.
    SqliteFolder::WriteBytes(folder_.Database(), "");
    Open();
  }
  void Open() {
    auto opened = CommitLog::Make(Path(), kBytes);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }
  std::string Path() const { return folder_.CommitLog(); }
  std::vector<int64_t> Numbers() const {
    const auto commits = CommitLog::Read(Path());
    EXPECT_TRUE(commits.ok()) << commits.status();
    std::vector<int64_t> numbers;
    for (const LoggedCommit& commit : *commits) {
      EXPECT_EQ(commit.changes, Changes(commit.number));
      numbers.push_back(commit.number);
    }
    return numbers;
  }
  static std::string Changes(int64_t number) {
    return std::string(static_cast<size_t>(600 + number), 'c');
  }
  void Append(int64_t number) {
    ASSERT_TRUE(
        log_->Append(number, std::string(kCommitHead, '\0') + Changes(number))
            .ok());
    ASSERT_TRUE(log_->Sync().ok());
  }

  SqliteFolder folder_;
  std::unique_ptr<CommitLog> log_;
};

TEST_F(CommitLogTest, IsReadInTheOrderOfNumbersWhicheverHalfIsOlder) {
  EXPECT_THAT(Numbers(), IsEmpty());
  EXPECT_TRUE(log_->empty());
  Append(5);
  Append(6);
  EXPECT_THAT(Numbers(), ElementsAre(5, 6));
  ASSERT_TRUE(log_->Turn());
  Append(7);
  EXPECT_THAT(Numbers(), ElementsAre(5, 6, 7));
  // The half with 5 and 6 is still needed.
  EXPECT_FALSE(log_->Turn());
  log_->FreeOther();
  ASSERT_TRUE(log_->Turn());
  Append(8);
  // What lies behind it is older.
  EXPECT_THAT(Numbers(), ElementsAre(7, 8));
  log_->Clear();
  Append(9);
  EXPECT_THAT(Numbers(), ElementsAre(7, 9));
  EXPECT_EQ(std::filesystem::file_size(Path()), static_cast<uintmax_t>(kBytes));
}

TEST_F(CommitLogTest, SaysWhatFits) {
  EXPECT_TRUE(log_->Fits(8192));
  EXPECT_FALSE(log_->Fits(8193));
  Append(1);  // two sectors
  EXPECT_TRUE(log_->Fits(7168));
  EXPECT_FALSE(log_->Fits(7169));
  EXPECT_FALSE(log_->half_full());
  for (int64_t n = 2; n <= 5; ++n) Append(n);
  EXPECT_TRUE(log_->half_full());
}

TEST_F(CommitLogTest, ACommitThatIsNotWholeEndsIt) {
  for (int64_t n = 1; n <= 3; ++n) Append(n);
  const std::string whole = ReadFile(Path());
  // The second has the sectors 2 and 3.
  for (const size_t at : {1024, 1032, 1040, 1048, 1056, 1657}) {
    SCOPED_TRACE(at);
    std::string damaged = whole;
    damaged[at] ^= 1;
    SqliteFolder::WriteBytes(Path(), damaged);
    EXPECT_THAT(Numbers(), ElementsAre(1));
  }
  // A length beyond the half.
  std::string damaged = whole;
  damaged[1024 + 30] = '\x7f';
  SqliteFolder::WriteBytes(Path(), damaged);
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

// Where its second half was is not known, and what the first has is taken.
TEST_F(CommitLogTest, AFileThatWasCutShortHasWhatIsLeftOfItsFirstHalf) {
  for (int64_t n = 1; n <= 7; ++n) Append(n);
  ASSERT_TRUE(log_->Turn());
  Append(8);
  for (const uintmax_t bytes : {12000, 9000, 8192, 7000}) {
    SCOPED_TRACE(bytes);
    std::filesystem::resize_file(Path(), bytes);
    EXPECT_THAT(Numbers(), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  }
  std::filesystem::resize_file(Path(), 6500);
  EXPECT_THAT(Numbers(), ElementsAre(1, 2, 3, 4, 5, 6));
}

// Of the two its first half may be the newer one, which follows nothing then.
TEST_F(CommitLogTest, AFileThatWasCutShortMayLackWhatCameBefore) {
  Append(1);
  ASSERT_TRUE(log_->Turn());
  Append(2);
  log_->FreeOther();
  ASSERT_TRUE(log_->Turn());
  Append(3);
  EXPECT_THAT(Numbers(), ElementsAre(2, 3));
  std::filesystem::resize_file(Path(), 8000);
  EXPECT_THAT(Numbers(), ElementsAre(3));
  auto database = SqliteDatabase::Open(
      ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
      absl::ZeroDuration());
  ASSERT_TRUE(database.ok()) << database.status();
  const absl::Status status =
      MissingCommits(**database, *CommitLog::Read(Path()), Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("or the log was cut off"));
}

// The second is not taken twice.
TEST_F(CommitLogTest, AHalfThatIsFullToItsEndGoesOnInTheOther) {
  for (int64_t n = 1; n <= 9; ++n) {
    Append(n);
    if (n == 8) {
      ASSERT_TRUE(log_->Turn());
    }
  }
  EXPECT_THAT(Numbers(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(CommitLogTest, HoldsNothingThatAnotherHasLeft) {
  Append(1);
  log_.reset();
  EXPECT_THAT(Numbers(), ElementsAre(1));
  Open();
  EXPECT_THAT(Numbers(), IsEmpty());
  EXPECT_EQ(ReadFile(Path()), std::string(kBytes, '\0'));
}

TEST_F(CommitLogTest, KnowsWhetherWhatItWritesIsFound) {
  EXPECT_TRUE(log_->InPlace());
  for (const uintmax_t bytes : {0, 8192, 16383, 16385}) {
    std::filesystem::resize_file(Path(), bytes);
    EXPECT_FALSE(log_->InPlace()) << bytes;
  }
  std::filesystem::resize_file(Path(), kBytes);
  EXPECT_TRUE(log_->InPlace());
  std::filesystem::rename(Path(), Path() + ".aside");
  EXPECT_FALSE(log_->InPlace());
  SqliteFolder::WriteBytes(Path(), std::string(kBytes, '\0'));
  EXPECT_FALSE(log_->InPlace());
}

// The number behind it cannot be counted to.
TEST_F(CommitLogTest, TheLargestNumberIsNoCommit) {
  const auto append = [&](int64_t number) {
    ASSERT_TRUE(log_->Append(number, std::string(kCommitHead, '\0')).ok());
    ASSERT_TRUE(log_->Sync().ok());
  };
  append(std::numeric_limits<int64_t>::max() - 1);
  append(std::numeric_limits<int64_t>::max());
  const auto commits = CommitLog::Read(Path());
  ASSERT_TRUE(commits.ok()) << commits.status();
  ASSERT_EQ(commits->size(), 1u);
  EXPECT_EQ(commits->front().number, std::numeric_limits<int64_t>::max() - 1);
}

// Its bytes would be taken from memory; it has none on disk.
TEST_F(CommitLogTest, AFileLongerThanAnyLogIsRefused) {
  std::filesystem::resize_file(Path(), uintmax_t{1} << 40);
  const absl::Status status = CommitLog::Read(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("has 1048576 MB"), HasSubstr("move it")));
}

// What it holds would be lost by going on without it.
TEST_F(CommitLogTest, OneThatCannotBeLookedAtIsNotTakenForNone) {
  log_.reset();
  std::filesystem::remove(Path());
  std::filesystem::create_symlink(Path(), Path());
  const absl::Status status = CommitLog::Read(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(CommitLog::IsForeign(Path()).status(), status);
}

TEST_F(CommitLogTest, NoneIsAnEmptyOne) {
  log_.reset();
  ASSERT_TRUE(CommitLog::Remove(Path()).ok());
  EXPECT_FALSE(std::filesystem::exists(Path()));
  EXPECT_THAT(Numbers(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(Path()));
  EXPECT_TRUE(CommitLog::Remove(Path()).ok());
}

}  // namespace
}  // namespace isoshape
