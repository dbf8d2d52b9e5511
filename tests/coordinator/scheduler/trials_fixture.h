#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_TRIALS_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_TRIALS_FIXTURE_H_

#include <string>
#include <vector>

#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {

// The verbs of users on trials and campaigns.
class Trials : public SchedulerTest {
 protected:
  // One budget, three sizes: the least loss lies inside.
  static v1::Campaign OneBudget() {
    v1::Campaign campaign = SmallCampaign();
    campaign.clear_budgets();
    campaign.add_budgets(2.5e11);
    return campaign;
  }
  static v1::CompleteTrialRequest Failure(const v1::Lease& lease,
                                          v1::Trial::Failure failure) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::FAILED);
    request.set_failure(failure);
    request.set_error("no such norm");
    return request;
  }
  // Trains all that is leasable, the first of them with `first`.
  template <typename First>
  void TrainAll(const First& first) {
    bool begun = false;
    for (int round = 0; round < 100; ++round) {
      const std::vector<v1::Lease> leases = Lease("workers/a", 64);
      if (leases.empty()) return;
      for (const v1::Lease& lease : leases) {
        const auto request =
            begun ? Success(lease, LossOf(lease.trial())) : first(lease);
        begun = true;
        ASSERT_TRUE(Do(&Scheduler::CompleteTrial, request).ok());
      }
    }
  }
  void TrainAll() {
    TrainAll([](const v1::Lease& lease) {
      return Success(lease, LossOf(lease.trial()));
    });
  }
  absl::StatusOr<v1::Trial> Retry(const std::string& name) {
    v1::RetryTrialRequest request;
    request.set_name(name);
    return Do(&Scheduler::RetryTrial, request);
  }
  absl::StatusOr<v1::Trial> Exclude(const std::string& name,
                                    const std::string& reason = "odd") {
    v1::ExcludeTrialRequest request;
    request.set_name(name);
    request.set_reason(reason);
    return Do(&Scheduler::ExcludeTrial, request);
  }
  absl::StatusOr<v1::Trial> Include(const std::string& name) {
    v1::IncludeTrialRequest request;
    request.set_name(name);
    return Do(&Scheduler::IncludeTrial, request);
  }
  static v1::UpdateCampaignRequest Update(
      const std::string& name, const std::vector<std::string>& paths) {
    v1::UpdateCampaignRequest request;
    request.mutable_campaign()->set_name(name);
    for (const std::string& path : paths) {
      request.mutable_update_mask()->add_paths(path);
    }
    return request;
  }
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_TRIALS_FIXTURE_H_
