#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_SCHEDULER_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_SCHEDULER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/threads/clock.h"
#include "coordinator/scheduler/scheduler.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lease_request.h"
#include "tests/coordinator/memory_store.h"
#include "tests/coordinator/small_campaign.h"

namespace isoshape {

inline constexpr absl::Duration kLease = absl::Seconds(30);

MATCHER_P(HasCode, code, "") { return arg.code() == code; }

// A scheduler over a store in memory and a clock that the test moves. After
// each verb what it changed is committed, as the executor does.
class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() { Restart(); }

  // Throws the scheduler away and loads another from the store.
  void Restart(absl::Duration lease = kLease) {
    auto loaded = Scheduler::Load({.store = &store_,
                                   .clock = &clock_,
                                   .lease_duration = lease,
                                   .max_ended_trials = max_ended_trials_});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    scheduler_ = *std::move(loaded);
  }
  void Commit() {
    const absl::Status status = store_.Commit(scheduler_->TakeMutations());
    ASSERT_TRUE(status.ok()) << status;
  }
  // Runs a verb and commits. `Do(&Scheduler::PauseCampaign, request)`.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Do(
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      const Request& request) {
    absl::StatusOr<Response> response = (scheduler_.get()->*verb)(request);
    Commit();
    return response;
  }
  // Runs a verb that must fail with `code` and must not change anything.
  template <typename Request, typename Response>
  std::string Refused(
      absl::StatusCode code,
      absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
      const Request& request) {
    Commit();
    const absl::StatusOr<Response> response =
        (scheduler_.get()->*verb)(request);
    EXPECT_EQ(response.status().code(), code) << response.status();
    EXPECT_EQ(response.status().message().find('\n'), std::string::npos);
    EXPECT_EQ(scheduler_->TakeMutations().size(), 0);
    return std::string(response.status().message());
  }

  std::string Create(const v1::Campaign& campaign = SmallCampaign(),
                     const std::string& id = "") {
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = campaign;
    request.set_campaign_id(id);
    const auto created = Do(&Scheduler::CreateCampaign, request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->name() : "";
  }
  std::string Register(const std::string& name = "workers/a",
                       int64_t memory_limit_bytes = 0,
                       const std::vector<std::string>& datasets = {"text"}) {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name(name);
    request.mutable_worker()->set_slots(64);
    request.mutable_worker()->set_memory_limit_bytes(memory_limit_bytes);
    for (const std::string& dataset : datasets) {
      request.mutable_worker()->add_datasets(dataset);
    }
    const auto registered = Do(&Scheduler::RegisterWorker, request);
    EXPECT_TRUE(registered.ok()) << registered.status();
    return registered.ok() ? registered->worker().name() : "";
  }
  std::vector<v1::Lease> Lease(const std::string& worker, int max_trials = 1,
                               const std::string& request_id = "") {
    v1::LeaseTrialsRequest request;
    request.set_worker(worker);
    request.set_max_trials(max_trials);
    request.set_request_id(request_id);
    return Lease(request);
  }
  std::vector<v1::Lease> Lease(const v1::LeaseTrialsRequest& request) {
    const auto leased = Do(&Scheduler::LeaseTrials, request);
    EXPECT_TRUE(leased.ok()) << leased.status();
    if (!leased.ok()) return {};
    return {leased->leases().begin(), leased->leases().end()};
  }
  v1::Lease LeaseOne(const std::string& worker = "workers/a") {
    const std::vector<v1::Lease> leases = Lease(worker);
    EXPECT_EQ(leases.size(), 1);
    return leases.empty() ? v1::Lease() : leases.front();
  }
  static v1::CompleteTrialRequest Success(const v1::Lease& lease,
                                          double loss = 2.0) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::SUCCEEDED);
    request.mutable_shape_card()->set_validation_loss(loss);
    return request;
  }
  v1::Trial Get(const std::string& name) {
    const TrialName parsed = *ParseTrialName(name);
    return TrialsOf(parsed.campaign).at(static_cast<size_t>(parsed.number - 1));
  }
  // As the scheduler has them, or, if it let them go, the store.
  std::vector<v1::Trial> TrialsOf(const std::string& campaign) {
    const CampaignState& state = scheduler_->campaigns().at(campaign);
    if (state.has_trials) return {state.trials.begin(), state.trials.end()};
    return *store_.ListTrials(campaign, std::nullopt, {});
  }
  // The trials of a worker as the store lists it.
  std::vector<std::string> StoredTrials(const std::string& worker) {
    const std::vector<v1::Worker> workers = *store_.ListWorkers({});
    const auto it = std::find_if(
        workers.begin(), workers.end(),
        [&](const v1::Worker& stored) { return stored.name() == worker; });
    if (it == workers.end()) return {worker + " is not stored"};
    return {it->trials().begin(), it->trials().end()};
  }
  const v1::Campaign& GetCampaign(const std::string& name) {
    return scheduler_->campaigns().at(name).campaign;
  }

  const std::shared_ptr<MemoryStore::Data> data_ =
      std::make_shared<MemoryStore::Data>();
  FakeClock clock_;
  MemoryStore store_{data_};
  size_t max_ended_trials_ = Scheduler::Options().max_ended_trials;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_SCHEDULER_FIXTURE_H_
