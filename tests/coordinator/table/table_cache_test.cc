#include "coordinator/table/table_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/table/trial_columns.h"
#include "messages/names/resource_name.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using testing::ElementsAre;

constexpr char kC1[] = "campaigns/c1";

v1::Trial TrialOf(int64_t number, double loss, double budget = 1e12) {
  v1::Trial trial;
  trial.set_name(MakeTrialName(kC1, number));
  trial.set_state(loss > 0 ? v1::Trial::SUCCEEDED : v1::Trial::PENDING);
  trial.set_budget_flops(budget);
  trial.mutable_shape_card()->set_validation_loss(loss);
  return trial;
}

class TableCacheTest : public testing::Test {
 protected:
  TableCacheTest() : cache_({.store = &store_, .rows = 250}) {
    Commit({PutCampaign{Named(kC1)}});
  }
  ~TableCacheTest() override { cache_.Stop(); }

  static v1::Campaign Named(const std::string& name) {
    v1::Campaign campaign;
    campaign.set_name(name);
    return campaign;
  }
  // As the scheduler does: events and their counter beside what changed.
  void Put(const std::vector<v1::Trial>& trials) {
    std::vector<Mutation> mutations;
    for (const v1::Trial& trial : trials) mutations.push_back(PutTrial{trial});
    v1::CampaignEvent event;
    event.set_campaign(kC1);
    event.set_sequence(++sequence_);
    mutations.push_back(AppendEvent{event});
    mutations.push_back(PutCounter{"event_sequence", sequence_});
    Commit(mutations);
  }
  void Commit(const std::vector<Mutation>& mutations) {
    ASSERT_TRUE(store_.Commit(mutations).ok());
    cache_.OnCommit(mutations);
  }
  absl::Status ReadStatus(const char* name = kC1) {
    absl::Status seen;
    cache_.ReadNow(name, [&](const absl::Status& status, const TrialTable&,
                             int64_t) { seen = status; });
    return seen;
  }
  // Losses by number, and the sequence that was said.
  std::map<int64_t, double> Losses(int64_t* sequence = nullptr,
                                   const char* column = "validation_loss") {
    std::map<int64_t, double> losses;
    cache_.ReadNow(kC1, [&](const absl::Status& status, const TrialTable& table,
                            int64_t as_of) {
      EXPECT_TRUE(status.ok()) << status;
      if (sequence != nullptr) *sequence = as_of;
      for (size_t row = 0; row < table.rows(); ++row) {
        losses[static_cast<int64_t>(table.Number(row, 0))] =
            table.Number(row, TrialColumnIndex(column));
      }
    });
    return losses;
  }

  MemoryStore store_;
  int64_t sequence_ = 0;
  TableCache cache_;
};

TEST_F(TableCacheTest, FollowsCommits) {
  Put({TrialOf(2, 3.5), TrialOf(1, 0)});
  int64_t sequence = 0;
  auto losses = Losses(&sequence);
  EXPECT_EQ(sequence, 1);
  EXPECT_EQ(losses[2], 3.5);
  EXPECT_TRUE(std::isnan(losses[1]));
  EXPECT_TRUE(cache_.Has(kC1));
  Put({TrialOf(1, 2.5), TrialOf(10, 1.5)});
  losses = Losses(&sequence);
  EXPECT_EQ(sequence, 2);
  EXPECT_EQ(losses, (std::map<int64_t, double>{{1, 2.5}, {2, 3.5}, {10, 1.5}}));
}

TEST_F(TableCacheTest, ComparesLossesOfOneBudget) {
  v1::Trial excluded = TrialOf(4, 1.0);
  excluded.set_excluded(true);
  v1::Trial verification = TrialOf(5, 1.125);
  verification.set_purpose(v1::Trial::VERIFICATION);
  Put({TrialOf(1, 2.5), TrialOf(2, 2.25), TrialOf(3, 9.5, 2e12), excluded,
       verification});
  auto above = Losses(nullptr, "loss_above_best");
  EXPECT_EQ(above[1], 0.25);
  EXPECT_EQ(above[2], 0);
  EXPECT_EQ(above[3], 0);
  EXPECT_EQ(above[4], -1.25);
  Put({TrialOf(6, 2.0)});
  above = Losses(nullptr, "loss_above_best");
  EXPECT_EQ(above[1], 0.5);
}

TEST_F(TableCacheTest, DeletedCampaignsAreGone) {
  Put({TrialOf(1, 2.5)});
  Losses();
  Commit({DeleteCampaign{kC1}});
  EXPECT_EQ(ReadStatus().code(), absl::StatusCode::kNotFound);
  Commit({PutCampaign{Named(kC1)}});
  EXPECT_TRUE(Losses().empty());
}

TEST_F(TableCacheTest, FailedReadsAreNotKept) {
  store_.FailReads(true);
  EXPECT_EQ(ReadStatus().code(), absl::StatusCode::kUnavailable);
  store_.FailReads(false);
  EXPECT_TRUE(Losses().empty());
}

TEST_F(TableCacheTest, CommitsThatNobodyToldOfAreNoticed) {
  Put({TrialOf(1, 2.5)});
  Losses();
  // Applied, but said to have failed.
  v1::CampaignEvent event;
  event.set_campaign(kC1);
  event.set_sequence(++sequence_);
  ASSERT_TRUE(store_
                  .Commit({PutTrial{TrialOf(1, 9.5)}, AppendEvent{event},
                           PutCounter{"event_sequence", sequence_}})
                  .ok());
  Put({TrialOf(2, 3.5)});
  EXPECT_EQ(Losses()[1], 9.5);
}

// Commits may be read before they are told.
TEST_F(TableCacheTest, WhatWasReadIsNotReplacedByWhatIsOlder) {
  Put({});
  std::vector<std::vector<Mutation>> commits;
  for (const double loss : {2.5, 1.5}) {
    v1::CampaignEvent event;
    event.set_campaign(kC1);
    event.set_sequence(++sequence_);
    commits.push_back({PutTrial{TrialOf(1, loss)}, AppendEvent{event},
                       PutCounter{"event_sequence", sequence_}});
    ASSERT_TRUE(store_.Commit(commits.back()).ok());
  }
  int64_t sequence = 0;
  EXPECT_EQ(Losses()[1], 1.5);
  for (const auto& commit : commits) {
    cache_.OnCommit(commit);
    EXPECT_EQ(Losses(&sequence)[1], 1.5);
    EXPECT_EQ(sequence, sequence_);
  }
}

TEST_F(TableCacheTest, StoppedCacheIsUnavailable) {
  cache_.Stop();
  EXPECT_EQ(ReadStatus().code(), absl::StatusCode::kUnavailable);
}

// What a table says of its sequence is exact: it contains what was committed up
// to it, whenever it is read, its first read too.
TEST_F(TableCacheTest, NoReadHasAHole) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::mt19937 random(1);
    for (int i = 0; i < 1000; ++i) {
      // The loss of a trial is the sequence of its last event.
      const auto number = static_cast<int64_t>(random() % 40 + 1);
      Put({TrialOf(number, static_cast<double>(sequence_ + 1))});
    }
    done = true;
  });
  while (!done) {
    int64_t sequence = 0;
    double newest = 0;
    for (const auto& [number, loss] : Losses(&sequence)) {
      newest = std::max(newest, loss);
    }
    // The event of the sequence, or a later one, is in some row.
    EXPECT_GE(newest, static_cast<double>(sequence));
  }
  writer.join();
  int64_t sequence = 0;
  std::map<int64_t, double> stored;
  ASSERT_TRUE(store_
                  .VisitTrials(kC1, "event_sequence",
                               [&](const v1::Trial& trial) {
                                 stored[ParseTrialName(trial.name())->number] =
                                     trial.shape_card().validation_loss();
                               })
                  .ok());
  EXPECT_EQ(Losses(&sequence), stored);
  EXPECT_EQ(sequence, sequence_);
}

TEST_F(TableCacheTest, TablesReadLongestAgoGiveWay) {
  Commit(
      {PutCampaign{Named("campaigns/c2")}, PutCampaign{Named("campaigns/c3")}});
  for (const char* name : {kC1, "campaigns/c2", kC1, "campaigns/c3"}) {
    EXPECT_TRUE(ReadStatus(name).ok());  // each counts for 100 rows of 250
  }
  EXPECT_TRUE(cache_.Has("campaigns/c1"));
  EXPECT_FALSE(cache_.Has("campaigns/c2"));
  EXPECT_TRUE(cache_.Has("campaigns/c3"));
}

TEST(TrialColumnsTest, NamesAreTheContract) {
  std::vector<std::string> names;
  for (const ColumnOfTrials& column : TrialColumns()) {
    names.emplace_back(column.name);
    EXPECT_NE(column.number == nullptr, column.text == nullptr) << column.name;
    EXPECT_FALSE(column.meaning.empty());
  }
  EXPECT_THAT(
      names,
      ElementsAre("number", "state", "purpose", "variant", "excluded", "depth",
                  "width", "heads", "ffn_width", "aspect_ratio", "budget_flops",
                  "flops", "seed", "steps", "tokens", "parameters", "size",
                  "validation_loss", "validation_loss_stderr", "train_loss",
                  "loss_above_best", "tokens_per_size", "step_seconds",
                  "tokens_per_second", "wall_seconds", "decode_seconds",
                  "prefill_seconds", "peak_memory_bytes", "gradient_norm_max",
                  "generalization_gap", "loss_spikes", "lost_leases", "retries",
                  "worker", "device_name", "engine", "precision", "failure",
                  "error", "reason", "source", "create_time", "start_time",
                  "end_time", "last_loss"));
}

TEST(TrialColumnsTest, RoundsToSevenDigits) {
  EXPECT_EQ(Rounded(2.345678912), 2.345679);
  EXPECT_EQ(Rounded(-0.000123456789), -0.0001234568);
  EXPECT_EQ(Rounded(123456789.0), 123456800.0);
  EXPECT_EQ(Rounded(0), 0);
  EXPECT_TRUE(std::isnan(Rounded(NAN)));
}

}  // namespace
}  // namespace isoshape
