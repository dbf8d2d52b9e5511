// A store that gathers commits while another program has the tables locked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/clock.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kCampaign[] = "campaigns/c1";
constexpr absl::Duration kBusyTimeout = absl::Seconds(1);

class SqliteLocked : public testing::TestWithParam<SqliteFolder::Commits> {
 protected:
  void SetUp() override {
    Open();
    ASSERT_TRUE(store_->Commit({PutCampaign{CampaignAt(kCampaign, 1)}}).ok());
    other_ = std::make_unique<OtherProgram>(folder_.Database());
    other_->BePatient();
    other_->Run("BEGIN IMMEDIATE; DELETE FROM counters WHERE name = 'n'");
  }
  void Open(absl::Duration busy_timeout = kBusyTimeout) {
    auto opened = SqliteStore::Open(
        {.path = folder_.Database(),
         .busy_timeout = busy_timeout,
         .warn =
             [this](const std::string& what) {
               absl::MutexLock lock(&mutex_);
               warnings_.push_back(what);
             },
         .gather = true,
         .settle_every = GetParam() == SqliteFolder::Commits::kSettled
                             ? absl::Milliseconds(1)
                             : absl::ZeroDuration(),
         .commit_log_bytes = int64_t{1} << 20});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // A row of each kind that a reader lists.
  static std::vector<Mutation> CommitNumber(int64_t n, size_t bytes = 2000) {
    v1::Trial trial = TrialOf(kCampaign, 1 + n % 5);
    trial.set_seed(n);
    trial.set_reason(std::string(bytes, 'r'));
    return {PutTrial{trial}, EventOf(kCampaign, n), PutCounter{"n", n},
            MeasurementOf(trial.name(), n),
            PutRequest{"M", "id", "print", absl::StrCat(n),
                       absl::UnixEpoch() + absl::Seconds(n)}};
  }
  void ExpectRead(int64_t n) {
    EXPECT_EQ(store_->GetCounter("n").value_or(-1), n);
    const std::string trial = MakeTrialName(kCampaign, 1 + n % 5);
    EXPECT_EQ(store_->GetTrial(trial)->seed(), n);
    EXPECT_EQ(store_->ListMeasurements(trial, {})->back().step(), n);
    EXPECT_EQ(store_->ListEvents(kCampaign, {})->size(),
              static_cast<size_t>(n));
    EXPECT_EQ(store_->GetRequest("M", "id")->response, absl::StrCat(n));
  }

  std::vector<std::string> Warnings() {
    absl::MutexLock lock(&mutex_);
    return warnings_;
  }

  SqliteFolder folder_;
  absl::Mutex mutex_;
  std::vector<std::string> warnings_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<OtherProgram> other_;
};

TEST_P(SqliteLocked, CommitsGoToTheLogAndReadsSeeThem) {
  const absl::Duration begin = Clock::Real()->Elapsed();
  int64_t n = 0;
  while (n < 20) {
    ++n;
    ASSERT_TRUE(store_->Commit(CommitNumber(n)).ok());
    ExpectRead(n);
    EXPECT_TRUE(store_->CheckWritable().ok()) << store_->CheckWritable();
  }
  if (GetParam() == SqliteFolder::Commits::kSettled) {
    // 60 reads that each waited for the lock would take a minute.
    EXPECT_LT(Clock::Real()->Elapsed() - begin, absl::Seconds(5));
  }
  other_->Run("ROLLBACK");
  ASSERT_TRUE(store_->Settle().ok());
  EXPECT_EQ(other_->Text("SELECT value FROM counters WHERE name = 'n'"),
            absl::StrCat(n));
  ExpectRead(n);
}

TEST_P(SqliteLocked, WhatTheLogHasNoRoomForIsUnavailableAndNothingIsLost) {
  int64_t n = 0;
  absl::Status status;
  while (true) {
    status = store_->Commit(CommitNumber(n + 1));
    if (!status.ok()) break;
    ++n;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("is locked"));
  EXPECT_EQ(store_->CheckWritable(), status);
  // All of its room: commits of 2.5 kB in 1 MB.
  EXPECT_GT(n, 300);
  ExpectRead(n);
  // It was waited for once, and not by each.
  const absl::Duration begin = Clock::Real()->Elapsed();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(store_->Commit(CommitNumber(n + 1)).code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_LT(Clock::Real()->Elapsed() - begin, 4 * kBusyTimeout);
  other_->Run("ROLLBACK");
  ++n;
  ASSERT_TRUE(store_->Commit(CommitNumber(n)).ok());
  EXPECT_TRUE(store_->CheckWritable().ok());
  ExpectRead(n);
  store_.reset();
  Open();
  ExpectRead(n);
}

// What is left of the log would take a small one, but those are not what comes.
TEST_P(SqliteLocked, TellsOfCommitsAsLargeAsThoseThatCome) {
  constexpr size_t kLarge = 50'000;
  int64_t n = 0;
  absl::Status status;
  while (status.ok()) status = store_->Commit(CommitNumber(++n, kLarge));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_GT(n, 10);
  EXPECT_EQ(store_->CheckWritable(), status);
  // Also behind smaller ones that found room.
  EXPECT_TRUE(store_->Commit({PutCounter{"small", 1}}).ok());
  EXPECT_EQ(store_->CheckWritable(), status);
  other_->Run("ROLLBACK");
  ASSERT_TRUE(store_->Commit(CommitNumber(n, kLarge)).ok());
  EXPECT_TRUE(store_->CheckWritable().ok());
  ExpectRead(n);
}

// It wants what the tables alone can do, and was not begun.
TEST_P(SqliteLocked, ACommitThatIsRefusedKeepsNoOtherFromTheLog) {
  ASSERT_TRUE(store_->Commit(CommitNumber(1)).ok());
  EXPECT_EQ(store_->Commit({DeleteCampaign{kCampaign}}).code(),
            absl::StatusCode::kUnavailable);
  for (int64_t n = 2; n <= 4; ++n) {
    ASSERT_TRUE(store_->Commit(CommitNumber(n)).ok());
    ExpectRead(n);
  }
  other_->Run("ROLLBACK");
  ExpectRead(4);
  EXPECT_TRUE(store_->Commit({DeleteCampaign{kCampaign}}).ok());
}

// All wait behind it, and nothing else tells for whom.
TEST_P(SqliteLocked, ACommitThatWaitsForTheTablesIsToldOfOnce) {
  const std::vector<Mutation> remove = {DeleteCampaign{kCampaign}};
  EXPECT_EQ(store_->Commit(CommitNumber(1)), absl::OkStatus());
  EXPECT_TRUE(Warnings().empty());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store_->Commit(remove).code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(Warnings(), testing::ElementsAre(testing::AllOf(
                                testing::StartsWith(folder_.Database()),
                                testing::HasSubstr("has it locked"))));
  }
  other_->Run("ROLLBACK");
  EXPECT_TRUE(store_->Commit(remove).ok());
  EXPECT_EQ(Warnings().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Commits, SqliteLocked,
                         testing::Values(SqliteFolder::Commits::kGathered,
                                         SqliteFolder::Commits::kSettled),
                         [](const auto& test) { return NameOf(test.param); });

}  // namespace
}  // namespace isoshape
