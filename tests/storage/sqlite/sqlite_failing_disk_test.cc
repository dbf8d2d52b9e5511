// A disk that reads and writes nothing any more, as one that was pulled out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

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

// While it lives every read and write of SQLite fails, below its own code for
// files. Our code's do not.
class FailingDisk {
 public:
  FailingDisk() {
    for (const char* name :
         {"read", "pread", "pread64", "write", "pwrite", "pwrite64"}) {
      Set(name, reinterpret_cast<sqlite3_syscall_ptr>(Fail));
    }
  }
  ~FailingDisk() { Set(nullptr, nullptr); }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

 private:
  // As pread; the others have the same first three arguments.
  static ssize_t Fail(int /*file*/, void* /*bytes*/, size_t /*count*/,
                      off_t /*at*/) {
    errno = EIO;
    return -1;
  }
  // Null: as they were, all of them.
  static void Set(const char* name, sqlite3_syscall_ptr call) {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    EXPECT_EQ(vfs->xSetSystemCall(vfs, name, call), SQLITE_OK) << name;
  }
};

class SqliteFailingDisk : public testing::TestWithParam<SqliteFolder::Commits> {
 protected:
  SqliteFailingDisk() {
    auto store = folder_.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(
        (*store)
            ->Commit({PutCampaign{CampaignAt(kCampaign, 1)},
                      PutTrial{TrialOf(kCampaign, 1)}, PutCounter{"n", 1}})
            .ok());
  }
  // Only the tables can take it.
  static std::vector<Mutation> Count(int64_t n) {
    return {DeleteCampaign{"campaigns/none"}, PutTrial{TrialOf(kCampaign, n)},
            PutCounter{"n", n}};
  }
  static void ExpectFailedDisk(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("disk"), Not(HasSubstr("malformed")),
                      Not(HasSubstr("damaged"))));
  }

  const SqliteFolder folder_{GetParam()};
};

// SQLite calls what it cannot read any more damaged.
TEST_P(SqliteFailingDisk, NothingIsDamagedAndAllGoesOnWhenTheDiskDoes) {
  auto store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
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
  store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), 3);
}

TEST_P(SqliteFailingDisk, AStartAndABackupSayThatItFails) {
  {
    const FailingDisk failing;
    ExpectFailedDisk(folder_.Open().status());
    ExpectFailedDisk(BackUpDatabase(folder_.Database(),
                                    (folder_.path() / "copy.db").string(),
                                    false)
                         .status());
  }
  const auto store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), 1);
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteFailingDisk,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape
