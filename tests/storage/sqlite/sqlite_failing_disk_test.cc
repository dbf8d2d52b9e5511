// A disk that reads and writes nothing any more, as one that was pulled out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>

#include "storage/sqlite/backup.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCampaign[] = "campaigns/c1";

// While it lives reads of SQLite fail, after so many that do not, and its
// writes if no read succeeds, below its own code for files. Our code's do not.
class FailingDisk {
 public:
  explicit FailingDisk(int reads = 0) {
    left_ = reads;
    // Those that it has of the machine are used.
    Set("pread", reinterpret_cast<sqlite3_syscall_ptr>(Read));
    Set("pread64", reinterpret_cast<sqlite3_syscall_ptr>(Read));
    if (reads > 0) return;
    Set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(Fail));
    Set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(Fail));
  }
  // All are as they were.
  ~FailingDisk() { Set(nullptr, nullptr); }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

 private:
  static ssize_t Fail(int /*file*/, const void* /*bytes*/, size_t /*count*/,
                      off_t /*at*/) {
    errno = EIO;
    return -1;
  }
  static ssize_t Read(int file, void* bytes, size_t count, off_t at) {
    return left_-- > 0 ? pread(file, bytes, count, at)
                       : Fail(file, bytes, count, at);
  }
  static void Set(const char* name, sqlite3_syscall_ptr call) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    EXPECT_EQ(vfs->xSetSystemCall(vfs, name, call), SQLITE_OK) << name;
  }

  static inline std::atomic<int> left_ = 0;
};

void ExpectFailedDisk(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("disk"), Not(HasSubstr("malformed")),
                    Not(HasSubstr("damaged"))));
}

// Of which only the tables can say whether they apply.
std::vector<Mutation> Count(int64_t n) {
  return {PutCampaign{CampaignAt(kCampaign, 1)},
          DeleteCampaign{"campaigns/none"}, PutTrial{TrialOf(kCampaign, n)},
          PutCounter{"n", n}};
}

class SqliteFailingDisk : public testing::TestWithParam<SqliteFolder::Commits> {
};

// SQLite calls what it cannot read any more damaged.
TEST_P(SqliteFailingDisk, NothingIsDamagedAndAllGoesOnWhenTheDiskDoes) {
  const SqliteFolder folder(GetParam());
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit(Count(1)).ok());
  ASSERT_TRUE((*store)->Commit(Count(2)).ok());
  {
    const FailingDisk failing;
    for (int i = 0; i < 3; ++i) {
      ExpectFailedDisk((*store)->Commit(Count(3)));
      const auto counter = (*store)->GetCounter("n");
      if (!counter.ok()) ExpectFailedDisk(counter.status());
      const auto trials = (*store)->ListTrials(kCampaign, {}, {});
      if (!trials.ok()) ExpectFailedDisk(trials.status());
    }
  }
  EXPECT_EQ((*store)->GetCounter("n").value(), 2);
  EXPECT_TRUE((*store)->Commit(Count(3)).ok());
  EXPECT_EQ((*store)->GetCounter("n").value(), 3);
  EXPECT_TRUE((*store)->CheckWritable().ok());
  store->reset();
  store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), 3);
}

// Whichever page is the first that cannot be read, among them those that only
// the check of all of them reads.
TEST(SqliteFailingDiskStart, AStartAndABackupSayThatItFails) {
  const SqliteFolder folder;
  ASSERT_TRUE((*folder.Open())->Commit(Count(1)).ok());
  const std::string copy = (folder.path() / "copy.db").string();
  const auto failures = [&](const auto& act) {
    int reads = 0;
    for (; reads < 1000; ++reads) {
      SCOPED_TRACE(reads);
      absl::Status status;
      {
        const FailingDisk failing(reads);
        status = act();
      }
      if (status.ok()) break;
      ExpectFailedDisk(status);
    }
    return reads;
  };
  EXPECT_GT(failures([&] {
              return BackUpDatabase(folder.Database(), copy, false).status();
            }),
            15);
  EXPECT_GT(failures([&] { return folder.Open().status(); }), 15);
  EXPECT_TRUE(BackUpDatabase(folder.Database(), copy, true).ok());
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteFailingDisk,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape
