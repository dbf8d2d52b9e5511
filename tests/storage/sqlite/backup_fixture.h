#ifndef ISOSHAPE_TESTS_STORAGE_SQLITE_BACKUP_FIXTURE_H_
#define ISOSHAPE_TESTS_STORAGE_SQLITE_BACKUP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {

inline constexpr char kCampaign[] = "campaigns/c1";

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    auto store = folder_.Open();
    EXPECT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  }

  // How many commits of a ForkedWriter the database holds; all of each.
  static int64_t CommitsIn(const std::string& path) {
    auto store = SqliteStore::Open({.path = path});
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return -1;
    const int64_t count = (*store)->GetCounter("n").value();
    const auto trials = (*store)->ListTrials(kCampaign, std::nullopt,
                                             {.after = {}, .limit = 100'000});
    EXPECT_EQ(static_cast<int64_t>(trials->size()), count);
    return count;
  }
  void Commit(int64_t n) {
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)
            ->Commit({PutTrial{TrialOf(kCampaign, n)}, PutCounter{"n", n}})
            .ok());
  }

  std::string File(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  SqliteFolder folder_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_SQLITE_BACKUP_FIXTURE_H_
