// A database of the first schema is read by today's store, whole.
#include "tests/storage/sqlite/first_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/sqlite_database.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

class FirstSchema : public testing::Test {
 protected:
  void SetUp() override {
    MakeDatabaseOfFirstSchema(folder_.Database());
    auto opened = folder_.Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  SqliteFolder folder_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(FirstSchema, IsMigratedToTheNewest) {
  store_.reset();
  auto database = SqliteDatabase::OpenImmutable(folder_.Database());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ((*database)->QueryInteger("PRAGMA user_version").value(),
            NewestSchemaVersion());
}

TEST_F(FirstSchema, CampaignsAndTrialsAreWhatTheyWere) {
  const auto campaign = store_->GetCampaign("campaigns/c1");
  ASSERT_TRUE(campaign.ok()) << campaign.status();
  EXPECT_EQ(campaign->display_name(), "first");
  EXPECT_EQ(campaign->state(), v1::Campaign::RUNNING);
  EXPECT_THAT(campaign->budgets(), testing::ElementsAre(2.5e11, 7.5e11));
  EXPECT_EQ(campaign->dataset(), "text");
  EXPECT_EQ(campaign->recipe().learning_rate(), 0.01);
  const auto trials = store_->ListTrials("campaigns/c1", std::nullopt, {});
  ASSERT_TRUE(trials.ok()) << trials.status();
  ASSERT_EQ(trials->size(), 3);
  const v1::Trial& done = trials->at(0);
  EXPECT_EQ(done.state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(done.shape().depth(), 4);
  EXPECT_EQ(done.shape().width(), 64);
  EXPECT_EQ(done.budget_flops(), 2.5e11);
  EXPECT_EQ(done.steps(), 100);
  EXPECT_EQ(done.shape_card().validation_loss(), 2.5);
  EXPECT_EQ(trials->at(1).state(), v1::Trial::LEASED);
  EXPECT_EQ(trials->at(1).fencing_token(), 6);
  EXPECT_EQ(trials->at(2).state(), v1::Trial::PENDING);
}

TEST_F(FirstSchema, CurvesEventsWorkersAndCountersAreWhatTheyWere) {
  const auto curve = store_->ListMeasurements("campaigns/c1/trials/1", {});
  ASSERT_TRUE(curve.ok()) << curve.status();
  ASSERT_EQ(curve->size(), 2);
  EXPECT_EQ(curve->at(1).step(), 100);
  EXPECT_EQ(curve->at(1).train_loss(), 2.4);
  const auto events = store_->ListEvents("campaigns/c1", {});
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 4);
  EXPECT_EQ(events->at(2).kind(), v1::CampaignEvent::TRIAL_MEASURED);
  EXPECT_EQ(events->at(2).measurement().train_loss(), 3.5);
  EXPECT_EQ(events->at(3).trial_state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(store_->GetWorker("workers/w1")->hostname(), "gpu1");
  EXPECT_EQ(store_->GetCounter("fencing_token").value(), 6);
  const auto kept = store_->GetRequest("isoshape.v1.CreateCampaign", "r1");
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->fingerprint, "12:0123456789abcdef");
}

TEST_F(FirstSchema, TakesWhatIsWrittenToday) {
  v1::Trial trial = store_->GetTrial("campaigns/c1/trials/2").value();
  trial.set_state(v1::Trial::SUCCEEDED);
  ASSERT_TRUE(store_->Commit({PutTrial{trial}, PutCounter{"n", 1}}).ok());
  store_.reset();
  auto again = folder_.Open();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->GetTrial("campaigns/c1/trials/2")->state(),
            v1::Trial::SUCCEEDED);
}

// Nor is anything else of it changed: the isoshape that wrote both can go on.
TEST(FirstSchemaWithALog, IsNotMigratedIfItsLogOfCommitsCannotBeTaken) {
  const std::vector<Mutation> orphan = {PutTrial{TrialOf("campaigns/no", 1)}};
  const std::string unreadable(kCommitHead, '\0');
  for (const std::string& commit :
       {EncodeMutations(orphan, kCommitHead), unreadable + '\x7f'}) {
    SCOPED_TRACE(commit.size());
    const SqliteFolder folder(SqliteFolder::Commits::kGathered);
    MakeDatabaseOfFirstSchema(folder.Database());
    OtherProgram(folder.Database()).Run("PRAGMA journal_mode = WAL");
    {
      auto log = CommitLog::Make(folder.CommitLog(), 1 << 16);
      ASSERT_TRUE(log.ok()) << log.status();
      ASSERT_TRUE((*log)->Append(1, commit).ok());
    }
    const std::string database = ReadFile(folder.Database());
    const std::string log = ReadFile(folder.CommitLog());
    const absl::Status status = folder.Open().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(
        std::string(status.message()),
        testing::HasSubstr("restore a backup, or move " + folder.CommitLog()));
    EXPECT_TRUE(ReadFile(folder.Database()) == database);
    EXPECT_TRUE(ReadFile(folder.CommitLog()) == log);
    EXPECT_FALSE(IsNotEmpty(folder.Log()));
    std::filesystem::remove(folder.CommitLog());
    EXPECT_TRUE(folder.Open().ok());
  }
}

// There can be no fork of it to try them on.
TEST(FirstSchemaWithALog, TakesItThoughItHasAnotherJournal) {
  const SqliteFolder folder(SqliteFolder::Commits::kGathered);
  MakeDatabaseOfFirstSchema(folder.Database());
  OtherProgram(folder.Database()).Run("PRAGMA journal_mode = DELETE");
  {
    auto log = CommitLog::Make(folder.CommitLog(), 1 << 16);
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_TRUE(
        (*log)
            ->Append(1, EncodeMutations({PutCounter{"n", 5}}, kCommitHead))
            .ok());
  }
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->GetCounter("n").value(), 5);
}

}  // namespace
}  // namespace isoshape
