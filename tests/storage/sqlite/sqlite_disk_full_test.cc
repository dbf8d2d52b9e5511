#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/full_disk.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kCampaign[] = "campaigns/c1";
const Page<int64_t> kAll = {.after = {}, .limit = 100'000};

std::vector<Mutation> Batch(int64_t i) {
  v1::Trial trial = TrialOf(kCampaign, i);
  trial.set_reason(std::string(6000, 'r'));
  return {PutTrial{trial}, EventOf(kCampaign, i), PutCounter{"n", i}};
}

class SqliteDiskFull : public testing::TestWithParam<SqliteFolder::Commits> {};

TEST_P(SqliteDiskFull, ACommitThatDoesNotFitIsUnavailableAndLosesNothing) {
  SqliteFolder folder(GetParam());
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  int64_t committed = 0;
  // The disk fills up at another point of a commit each time.
  for (int round = 0; round < 24; ++round) {
    SCOPED_TRACE(round);
    const uint64_t size = std::filesystem::file_size(folder.Log());
    absl::Status status;
    {
      FullDisk full(size + static_cast<uint64_t>(round) * 1531);
      while (status.ok()) {
        status = (*store)->Commit(Batch(committed + 1));
        if (status.ok()) ++committed;
      }
      // What was acknowledged can be read.
      EXPECT_EQ((*store)->GetCounter("n").value_or(-1), committed);
      EXPECT_EQ((*store)->GetTrial(MakeTrialName(kCampaign, committed)).ok(),
                committed > 0);
    }
    ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ((*store)->GetCounter("n").value(), committed);
    EXPECT_EQ((*store)->ListTrials(kCampaign, std::nullopt, kAll)->size(),
              static_cast<size_t>(committed));
    // There is space again.
    status = (*store)->Commit(Batch(++committed));
    ASSERT_TRUE(status.ok()) << status;
  }
  store->reset();
  store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), committed);
  EXPECT_EQ((*store)->ListTrials(kCampaign, std::nullopt, kAll)->size(),
            static_cast<size_t>(committed));
}

TEST_P(SqliteDiskFull, WhatCannotBeMadeForLackOfSpaceIsMadeLater) {
  for (const uint64_t bytes : {0, 1, 512, 4096, 5000, 20480, 32768}) {
    SCOPED_TRACE(bytes);
    SqliteFolder folder(GetParam());
    absl::Status status;
    {
      FullDisk full(bytes);
      status = folder.Open().status();
    }
    ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    auto store = folder.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteDiskFull,
                         testing::Values(SqliteFolder::Commits::kAlone,
                                         SqliteFolder::Commits::kGathered),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape
