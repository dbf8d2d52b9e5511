// How much is written to the disk for a trial: lease, five reports, completion,
// each on disk before it is answered.
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "common/threads/clock.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/trial/lease_request.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/coordinator/small_campaign.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {
namespace {

class WrittenBytes : public testing::Test {
 protected:
  WrittenBytes() {
    // As a coordinator opens it, but that what its thread does is done here.
    auto store =
        SqliteStore::Open({.path = folder_.Database(), .gather = true});
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    auto scheduler = Scheduler::Load({.store = store_.get(), .clock = &clock_});
    EXPECT_TRUE(scheduler.ok()) << scheduler.status();
    scheduler_ = *std::move(scheduler);
    v1::CreateCampaignRequest create;
    v1::Campaign& campaign = *create.mutable_campaign();
    campaign = SmallCampaign();
    campaign.clear_budgets();
    campaign.add_budgets(2.5e11);
    campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(20);
    campaign.set_seeds(50);
    const auto created = scheduler_->CreateCampaign(create);
    EXPECT_TRUE(created.ok()) << created.status();
    Commit();
  }
  void Commit() {
    clock_.Advance(absl::Milliseconds(5));
    ASSERT_TRUE(store_->Commit(scheduler_->TakeMutations()).ok());
    if (++commits_ % 50 == 0) {
      ASSERT_TRUE(store_->Settle().ok());
    }
  }
  template <typename Request>
  void Name(Request* request) {
    request->set_request_id("0123456789abcdef/" + std::to_string(++requests_));
  }

  // Bytes written for a trial if so many clients do the same at a time, so that
  // their calls share a commit.
  int64_t BytesOfATrial(int clients, int rounds) {
    for (int i = 0; i < clients; ++i) {
      v1::RegisterWorkerRequest request;
      request.mutable_worker()->set_name("workers/w" + std::to_string(i));
      request.mutable_worker()->add_datasets("text");
      EXPECT_TRUE(scheduler_->RegisterWorker(request).ok());
    }
    Commit();
    const int64_t before = disk_.bytes_written();
    for (int round = 0; round < rounds; ++round) {
      std::vector<v1::Lease> leases;
      for (int i = 0; i < clients; ++i) {
        v1::LeaseTrialsRequest request;
        request.set_worker("workers/w" + std::to_string(i));
        request.set_max_trials(1);
        Name(&request);
        const auto answer = scheduler_->LeaseTrials(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        EXPECT_EQ(answer->leases_size(), 1);
        if (!answer.ok() || answer->leases().empty()) return 0;
        leases.push_back(answer->leases(0));
      }
      Commit();
      for (int64_t step = 1; step <= 5; ++step) {
        for (const v1::Lease& lease : leases) {
          auto report = For<v1::ReportMeasurementsRequest>(lease);
          v1::Measurement& point = *report.add_measurements();
          point.set_step(step);
          point.set_tokens(2048 * step);
          point.set_train_loss(3.25);
          point.set_learning_rate(0.01);
          point.set_tokens_per_second(12345.5);
          Name(&report);
          EXPECT_TRUE(scheduler_->ReportMeasurements(report).ok());
        }
        Commit();
      }
      for (const v1::Lease& lease : leases) {
        auto complete = For<v1::CompleteTrialRequest>(lease);
        complete.set_state(v1::Trial::SUCCEEDED);
        complete.mutable_shape_card()->set_validation_loss(
            LossOf(lease.trial()));
        Name(&complete);
        EXPECT_TRUE(scheduler_->CompleteTrial(complete).ok());
      }
      Commit();
    }
    return (disk_.bytes_written() - before) / (int64_t{clients} * rounds);
  }

  std::mt19937_64 random_{1};
  SimulatedDisk disk_{&random_};
  SqliteFolder folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Scheduler> scheduler_;
  int64_t requests_ = 0;
  int64_t commits_ = 0;
};

TEST_F(WrittenBytes, OfATrialAreFewAndFewerIfCallsShareACommit) {
  const int64_t alone = BytesOfATrial(1, 200);
  const int64_t together = BytesOfATrial(64, 8);
  std::cout << alone << " bytes for a trial alone, " << together
            << " where 64 share a commit\n";
  EXPECT_LT(alone, 30'000);
  EXPECT_LT(together, 7'000);
}

}  // namespace
}  // namespace isoshape
