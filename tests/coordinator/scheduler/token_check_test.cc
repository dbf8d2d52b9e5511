#include "coordinator/scheduler/token_check.h"

#include <string>

#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

using TokenCheck = SchedulerTest;

TEST(CheckTokenTest, SaysWhyACallerDoesNotHoldTheLease) {
  v1::Trial trial;
  trial.set_name("campaigns/c/trials/1");
  trial.set_state(v1::Trial::LEASED);
  trial.set_fencing_token(7);
  trial.set_worker("workers/a");
  EXPECT_TRUE(CheckToken(trial, "workers/a", 7).ok());
  const auto refused = [&](const std::string& worker, int64_t token) {
    const absl::Status status = CheckToken(trial, worker, token);
    EXPECT_EQ(status.code(), Code::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_EQ(refused("workers/a", 6),
            "fencing token 6 of trial campaigns/c/trials/1 is not the newest: "
            "the lease was lost; drop the trial");
  // A token that was never granted is no better than an old one.
  EXPECT_THAT(refused("workers/a", 8), HasSubstr("is not the newest"));
  EXPECT_EQ(refused("workers/b", 7),
            "trial campaigns/c/trials/1 is leased to workers/a, not to "
            "workers/b; drop it");
  trial.set_state(v1::Trial::PENDING);  // its last token is no lease
  EXPECT_EQ(refused("workers/a", 7),
            "trial campaigns/c/trials/1 is pending and nobody holds a lease on "
            "it; drop it");
}

TEST_F(TokenCheck, AStaleTokenIsRefusedByEveryVerbAndChangesNothing) {
  Create();
  Register("workers/a");
  Register("workers/b");
  const v1::Lease old = LeaseOne("workers/a");
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  Commit();
  const v1::Lease now = LeaseOne("workers/b");
  ASSERT_EQ(now.trial().name(), old.trial().name());
  EXPECT_GT(now.fencing_token(), old.fencing_token());
  for (const bool own_name : {true, false}) {
    // It is refused even if it gives the new holder's name.
    v1::Lease stale = old;
    if (!own_name) stale.mutable_trial()->set_worker("workers/b");
    Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
            For<v1::HeartbeatRequest>(stale));
    auto report = For<v1::ReportMeasurementsRequest>(stale);
    report.add_measurements()->set_step(1);
    Refused(Code::kFailedPrecondition, &Scheduler::ReportMeasurements, report);
    Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial,
            Success(stale));
    Refused(Code::kFailedPrecondition, &Scheduler::ReleaseTrial,
            For<v1::ReleaseTrialRequest>(stale));
  }
  EXPECT_TRUE(Do(&Scheduler::CompleteTrial, Success(now)).ok());
}

TEST_F(TokenCheck, TheNewestTokenInAnotherWorkersHandsIsRefused) {
  Create();
  Register("workers/a");
  Register("workers/b");
  v1::Lease lease = LeaseOne("workers/a");
  lease.mutable_trial()->set_worker("workers/b");
  EXPECT_THAT(Refused(Code::kFailedPrecondition, &Scheduler::Heartbeat,
                      For<v1::HeartbeatRequest>(lease)),
              HasSubstr("leased to workers/a"));
}

}  // namespace
}  // namespace isoshape
