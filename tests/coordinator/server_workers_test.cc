// WorkerService as workers see it.
#include <future>
#include <limits>
#include <string>

#include "tests/coordinator/server_fixture.h"

namespace isoshape {
namespace {

using Stub = v1::WorkerService::Stub;

TEST_F(ServerTest, WorkerThatDidNotRegisterIsNotFound) {
  Create();
  Refused(StatusCode::NOT_FOUND, "workers/a", *workers_, &Stub::LeaseTrials,
          LeaseRequest("a"));
}

TEST_F(ServerTest, LeasedTrialIsTrainedAndCompleted) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  EXPECT_EQ(lease.trial().state(), v1::Trial::LEASED);
  EXPECT_EQ(lease.trial().worker(), "workers/a");
  EXPECT_EQ(lease.dataset(), "text");
  EXPECT_EQ(lease.recipe().tokens_per_step(), 2048);
  EXPECT_GT(lease.fencing_token(), 0);

  auto report = For<v1::ReportMeasurementsRequest>(lease);
  v1::Measurement& point = *report.add_measurements();
  point.set_step(1);
  point.set_train_loss(3.5);
  EXPECT_EQ(Workers(&Stub::ReportMeasurements, report).directive(),
            v1::DIRECTIVE_CONTINUE);
  EXPECT_EQ(Workers(&Stub::CompleteTrial, Success(lease)).state(),
            v1::Trial::SUCCEEDED);

  v1::ListMeasurementsRequest list;
  list.set_parent(lease.trial().name());
  const auto measured =
      Campaigns(&v1::CampaignService::Stub::ListMeasurements, list);
  ASSERT_EQ(measured.measurements_size(), 1);
  EXPECT_EQ(measured.measurements(0).train_loss(), 3.5);
  EXPECT_DOUBLE_EQ(
      GetTrial(lease.trial().name()).shape_card().validation_loss(),
      LossOf(lease.trial()));
}

TEST_F(ServerTest, HeartbeatsOfSeveralLeasesAreAnsweredInOneCall) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  v1::BatchHeartbeatRequest request;
  request.set_worker("workers/a");
  request.add_heartbeats()->set_trial(lease.trial().name());
  request.mutable_heartbeats(0)->set_fencing_token(lease.fencing_token());
  *request.add_heartbeats() = request.heartbeats(0);
  request.mutable_heartbeats(1)->set_fencing_token(1);
  const v1::BatchHeartbeatResponse response =
      Workers(&Stub::BatchHeartbeat, request);
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).code(), 0) << response.results(0).error();
  EXPECT_TRUE(response.results(0).response().has_heartbeat_interval());
  EXPECT_EQ(response.results(1).code(), StatusCode::FAILED_PRECONDITION);
  // One that is too long to be a name costs the others nothing.
  v1::BatchHeartbeatRequest with_long = request;
  with_long.mutable_heartbeats(1)->set_trial(std::string(1'000'000, 't'));
  const v1::BatchHeartbeatResponse alone =
      Workers(&Stub::BatchHeartbeat, with_long);
  ASSERT_EQ(alone.results_size(), 2);
  EXPECT_EQ(alone.results(0).code(), 0) << alone.results(0).error();
  EXPECT_EQ(alone.results(1).code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_LT(alone.results(1).error().size(), 400u);
  for (int i = 0; i < 999; ++i)
    *request.add_heartbeats() = request.heartbeats(0);
  Refused(StatusCode::INVALID_ARGUMENT, "1001", *workers_,
          &Stub::BatchHeartbeat, request);
}

TEST_F(ServerTest, LeaseThatWaitsIsAnsweredWhenACampaignComes) {
  Register();
  auto waiting = std::async(std::launch::async, [&] {
    return Lease(LeaseRequest("a", absl::Seconds(20)));
  });
  Create();
  EXPECT_EQ(waiting.get().size(), 1u);
}

TEST_F(ServerTest, LeaseThatWaitsInVainIsAnsweredWithNone) {
  Register();
  EXPECT_EQ(Lease(LeaseRequest("a")).size(), 0u);
  auto waiting = std::async(std::launch::async, [&] {
    return Lease(LeaseRequest("a", absl::Seconds(20)));
  });
  // Its deadline, once it waits: until then the clock is moved again.
  while (waiting.wait_for(std::chrono::milliseconds(1)) !=
         std::future_status::ready) {
    Advance(absl::Seconds(21));
  }
  EXPECT_EQ(waiting.get().size(), 0u);
}

// The clock stands still: who waited would wait for ever.
TEST_F(ServerTest, ALeaseThatIsAskedForAgainDoesNotWaitOnceItsTrialHasEnded) {
  Create();
  Register();
  v1::LeaseTrialsRequest request = LeaseRequest("a", absl::Seconds(20));
  request.set_request_id("once");
  const std::vector<v1::Lease> leases = Lease(request);
  ASSERT_EQ(leases.size(), 1u);
  Workers(&Stub::CompleteTrial, Success(leases[0]));
  const auto again = Workers(&Stub::LeaseTrials, request);
  EXPECT_TRUE(again.leases().empty());
  EXPECT_TRUE(again.work_left());
}

TEST_F(ServerTest, StoppingEndsLeasesThatWait) {
  Register();
  grpc::Status status;
  std::promise<void> sent;
  auto waiting = std::async(std::launch::async, [&] {
    v1::LeaseTrialsResponse response;
    sent.set_value();
    return Call(*workers_, &Stub::LeaseTrials,
                LeaseRequest("a", absl::Seconds(20)), &response);
  });
  sent.get_future().wait();
  server_->Stop();
  // CANCELLED if it came too late to wait.
  EXPECT_THAT(waiting.get().error_code(),
              testing::AnyOf(StatusCode::UNAVAILABLE, StatusCode::CANCELLED));
}

TEST_F(ServerTest, RepeatedLeaseCallGetsTheSameLeases) {
  Create();
  Register();
  v1::LeaseTrialsRequest request = LeaseRequest("a", absl::Seconds(20), 2);
  request.set_request_id("lease-1");
  const std::vector<v1::Lease> first = Lease(request);
  ASSERT_EQ(first.size(), 2u);
  request.clear_wait();  // how long it would wait is no part of it
  const std::vector<v1::Lease> again = Lease(request);
  ASSERT_EQ(again.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(again[i].trial().name(), first[i].trial().name());
    EXPECT_EQ(again[i].fencing_token(), first[i].fencing_token());
  }
}

TEST_F(ServerTest, SilentWorkersTrialGoesToAnotherAndTheOldLeaseIsFenced) {
  Create();
  Register("a");
  Register("b");
  const v1::Lease old = LeaseOne("a");
  Advance(kLease + absl::Seconds(1));
  const std::vector<v1::Lease> leases =
      Lease(LeaseRequest("b", absl::ZeroDuration(), 3));
  ASSERT_EQ(leases.size(), 3u);
  for (const v1::Lease& lease : leases) {
    EXPECT_GT(lease.fencing_token(), old.fencing_token());
  }
  EXPECT_EQ(GetTrial(old.trial().name()).lost_leases(), 1);
  Refused(StatusCode::FAILED_PRECONDITION, old.trial().name(), *workers_,
          &Stub::Heartbeat, For<v1::HeartbeatRequest>(old));
  Refused(StatusCode::FAILED_PRECONDITION, old.trial().name(), *workers_,
          &Stub::CompleteTrial, Success(old));
  EXPECT_EQ(GetTrial(old.trial().name()).state(), v1::Trial::LEASED);
}

TEST_F(ServerTest, HeartbeatsKeepALease) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  for (int i = 0; i < 5; ++i) {
    Advance(kLease * 2 / 3);
    const auto response =
        Workers(&Stub::Heartbeat, For<v1::HeartbeatRequest>(lease));
    EXPECT_EQ(response.directive(), v1::DIRECTIVE_CONTINUE);
    EXPECT_EQ(FromProto(response.expire_time()), clock_.Now() + kLease);
  }
  EXPECT_EQ(GetTrial(lease.trial().name()).lost_leases(), 0);
}

TEST_F(ServerTest, LeaseSurvivesARestartOfTheCoordinator) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  Start();
  EXPECT_EQ(Workers(&Stub::CompleteTrial, Success(lease)).state(),
            v1::Trial::SUCCEEDED);
  EXPECT_EQ(GetTrial(lease.trial().name()).lost_leases(), 0);
}

TEST_F(ServerTest, CancelledCampaignsWorkerIsToldToStop) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/c1");
  Campaigns(&v1::CampaignService::Stub::CancelCampaign, cancel);
  EXPECT_EQ(
      Workers(&Stub::Heartbeat, For<v1::HeartbeatRequest>(lease)).directive(),
      v1::DIRECTIVE_STOP);
  auto stopped = For<v1::CompleteTrialRequest>(lease);
  stopped.set_state(v1::Trial::STOPPED);
  EXPECT_EQ(Workers(&Stub::CompleteTrial, stopped).state(),
            v1::Trial::CANCELLED);
}

TEST_F(ServerTest, ReleasedTrialWaitsAgainAtNoCost) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  auto release = For<v1::ReleaseTrialRequest>(lease);
  release.set_reason("the worker is shutting down");
  EXPECT_EQ(Workers(&Stub::ReleaseTrial, release).state(), v1::Trial::PENDING);
  EXPECT_EQ(GetTrial(lease.trial().name()).lost_leases(), 0);
  // Not the same lease twice.
  Refused(StatusCode::FAILED_PRECONDITION, lease.trial().name(), *workers_,
          &Stub::ReleaseTrial, release);
}

// Nobody has to wait for a lease to be over to see that it is gone.
TEST_F(ServerTest, AWorkerThatLeavesIsOfflineUntilItIsInContactAgain) {
  Create();
  Register();
  v1::GetWorkerRequest get;
  get.set_name("workers/a");
  const auto state = [&] { return Workers(&Stub::GetWorker, get).state(); };
  EXPECT_EQ(state(), v1::Worker::ONLINE);
  v1::LeaveWorkerRequest leave;
  leave.set_name("workers/a");
  Workers(&Stub::LeaveWorker, leave);
  EXPECT_EQ(state(), v1::Worker::OFFLINE);
  Start();
  EXPECT_EQ(state(), v1::Worker::OFFLINE);
  LeaseOne();
  EXPECT_EQ(state(), v1::Worker::ONLINE);
  Workers(&Stub::LeaveWorker, leave);
  EXPECT_EQ(state(), v1::Worker::OFFLINE);
  Register();
  EXPECT_EQ(state(), v1::Worker::ONLINE);
  Workers(&Stub::LeaveWorker, leave);
  // What it could not give back stays its own until the lease is over.
  v1::DeleteWorkerRequest forget;
  forget.set_name("workers/a");
  Refused(StatusCode::FAILED_PRECONDITION, "holds a lease", *workers_,
          &Stub::DeleteWorker, forget);
  Advance(kLease + absl::Seconds(1));
  Workers(&Stub::DeleteWorker, forget);
  Refused(StatusCode::NOT_FOUND, "workers/a", *workers_, &Stub::LeaveWorker,
          leave);
}

TEST_F(ServerTest, AProcessWhoseNameAnotherTookDoesNotLeaveForIt) {
  const std::string older(32, '1'), newer(32, '2');
  v1::RegisterWorkerRequest request;
  request.mutable_worker()->set_name("workers/a");
  for (const std::string& process : {older, newer}) {
    request.set_request_id(process + "/r");
    Workers(&Stub::RegisterWorker, request);
  }
  v1::LeaveWorkerRequest leave;
  leave.set_name("workers/a");
  leave.set_request_id(older + "/l");
  Refused(StatusCode::ABORTED, "another process", *workers_, &Stub::LeaveWorker,
          leave);
  v1::GetWorkerRequest get;
  get.set_name("workers/a");
  EXPECT_EQ(Workers(&Stub::GetWorker, get).state(), v1::Worker::ONLINE);
  // A coordinator that was started again knows neither, and takes the one that
  // ends for none.
  Start();
  Workers(&Stub::LeaveWorker, leave);
  v1::LeaseTrialsRequest lease = LeaseRequest("a");
  lease.set_request_id(newer + "/t");
  Workers(&Stub::LeaseTrials, lease);
  EXPECT_EQ(Workers(&Stub::GetWorker, get).state(), v1::Worker::ONLINE);
  leave.set_request_id(newer + "/l");
  Workers(&Stub::LeaveWorker, leave);
  EXPECT_EQ(Workers(&Stub::GetWorker, get).state(), v1::Worker::OFFLINE);
  // Once it has left, the one before it may have trials: it is alone.
  lease.set_request_id(older + "/t");
  Workers(&Stub::LeaseTrials, lease);
}

TEST_F(ServerTest, LossThatIsNotFiniteIsNoSuccess) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  auto success = Success(lease);
  success.mutable_shape_card()->set_validation_loss(
      std::numeric_limits<double>::quiet_NaN());
  Refused(StatusCode::INVALID_ARGUMENT, "validation_loss", *workers_,
          &Stub::CompleteTrial, success);
  EXPECT_EQ(GetTrial(lease.trial().name()).state(), v1::Trial::LEASED);
}

}  // namespace
}  // namespace isoshape
