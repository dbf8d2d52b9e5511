// The store on a disk that dies at each of its operations in turn.
#include "tests/coordinator/simulation/simulated_disk.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

class SimulatedDiskTest : public testing::TestWithParam<Death> {
 protected:
  std::mt19937_64 random_{7};
  SimulatedDisk disk_{&random_};
};

TEST_P(SimulatedDiskTest, ADatabaseWhoseMakingWasCutShortIsMadeAgain) {
  bool whole = false;
  for (int at = 0; !whole; ++at) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 200);
    SqliteFolder folder;
    disk_.DieIn(at, GetParam());
    folder.Open().status().IgnoreError();
    whole = !disk_.dead();
    disk_.Recover();
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  }
}

TEST_P(SimulatedDiskTest, ACommitIsThereIfItWasAcknowledgedAndNeverInPart) {
  for (int at = 0; at < 4000; at += at < 40 ? 1 : 97) {
    SCOPED_TRACE(at);
    SqliteFolder folder;
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
    disk_.DieIn(at, GetParam());
    int64_t acknowledged = 0;
    // Enough for the log to be moved into the file: at 1000 pages.
    for (int64_t n = 1; n <= 40 && !disk_.dead(); ++n) {
      v1::Trial trial = TrialOf("campaigns/c1", n);
      trial.set_reason(std::string(200'000, 'r'));
      if ((*store)->Commit({PutTrial{trial}, PutCounter{"n", n}}).ok()) {
        acknowledged = n;
      }
    }
    disk_.Die(GetParam());
    store->reset();
    disk_.Recover();
    store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t kept = (*store)->GetCounter("n").value();
    EXPECT_GE(kept, acknowledged);
    EXPECT_LE(kept, acknowledged + 1);
    EXPECT_EQ((*store)->ListTrials("campaigns/c1", std::nullopt, {})->size(),
              static_cast<size_t>(kept));
  }
}

INSTANTIATE_TEST_SUITE_P(Deaths, SimulatedDiskTest,
                         testing::Values(Death::kProcess, Death::kPower));

}  // namespace
}  // namespace isoshape
