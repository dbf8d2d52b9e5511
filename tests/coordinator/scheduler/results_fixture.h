#ifndef ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RESULTS_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RESULTS_FIXTURE_H_

#include <string>
#include <vector>

#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {

// A worker holds one trial of a campaign.
class Results : public SchedulerTest {
 protected:
  Results() {
    name_ = Create();
    Register();
    lease_ = LeaseOne();
    trial_ = lease_.trial().name();
  }
  v1::ReportMeasurementsRequest Report() {
    auto request = For<v1::ReportMeasurementsRequest>(lease_);
    v1::Measurement& point = *request.add_measurements();
    point.set_step(10);
    point.set_tokens(20480);
    point.set_flops(1e9);
    point.set_train_loss(3.5);
    return request;
  }
  std::vector<v1::Measurement> Curve() {
    return *store_.ListMeasurements(trial_, {});
  }

  std::string name_;
  v1::Lease lease_;
  std::string trial_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SCHEDULER_RESULTS_FIXTURE_H_
