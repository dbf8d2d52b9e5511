// The store on a disk that dies at each of its operations in turn.
#include "tests/coordinator/simulation/simulated_disk.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using Death = SimulatedDisk::Death;

using Commits = SqliteFolder::Commits;

class SimulatedDiskTest
    : public testing::TestWithParam<std::tuple<Death, Commits>> {
 protected:
  static Death Kind() { return std::get<0>(GetParam()); }
  static Commits HowCommitted() { return std::get<1>(GetParam()); }

  std::mt19937_64 random_{7};
  SimulatedDisk disk_{&random_};
};

TEST_P(SimulatedDiskTest, ADatabaseWhoseMakingWasCutShortIsMadeAgain) {
  bool whole = false;
  // A log of commits is filled by 256 writes.
  for (int at = 0; !whole; at += at < 60 ? 1 : 7) {
    SCOPED_TRACE(at);
    ASSERT_LT(at, 400);
    SqliteFolder folder(HowCommitted());
    disk_.DieIn(at, Kind());
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
    SqliteFolder folder(HowCommitted());
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(
        (*store)->Commit({PutCampaign{CampaignAt("campaigns/c1", 1)}}).ok());
    disk_.DieIn(at, Kind());
    int64_t acknowledged = 0;
    // Enough for the log to be moved into the file: at 1000 pages.
    for (int64_t n = 1; n <= 40 && !disk_.dead(); ++n) {
      v1::Trial trial = TrialOf("campaigns/c1", n);
      trial.set_reason(std::string(200'000, 'r'));
      if ((*store)->Commit({PutTrial{trial}, PutCounter{"n", n}}).ok()) {
        acknowledged = n;
      }
      if (n % 3 == 0) (*store)->Settle();
      if (n % 7 == 0) (*store)->GetCounter("n").status().IgnoreError();
    }
    disk_.Die(Kind());
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

INSTANTIATE_TEST_SUITE_P(
    Deaths, SimulatedDiskTest,
    testing::Combine(testing::Values(Death::kProcess, Death::kPower),
                     testing::Values(Commits::kAlone, Commits::kGathered)));

}  // namespace
}  // namespace isoshape
