// How often workers are asked to send heartbeats, and many of them in one call.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

class Heartbeats : public SchedulerTest {
 protected:
  // More than this is a reason to stretch, at kShort.
  static constexpr int kBearable = 20;
  static constexpr absl::Duration kShort = absl::Milliseconds(300);

  void CreateMany() {
    v1::Campaign campaign;
    campaign.add_budgets(1e12);
    campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(100);
    Create(campaign);
  }
  v1::BatchHeartbeatRequest Batch(const std::vector<v1::Lease>& leases) {
    v1::BatchHeartbeatRequest request;
    request.set_worker("workers/a");
    for (const v1::Lease& lease : leases) {
      *request.add_heartbeats() = For<v1::HeartbeatRequest>(lease);
    }
    return request;
  }
};

TEST_F(Heartbeats, ManyInOneCallAreAnsweredEachForItself) {
  Create();
  Register();
  Register("workers/b");
  const std::vector<v1::Lease> mine = Lease("workers/a", 2);
  const v1::Lease other = LeaseOne("workers/b");
  ASSERT_EQ(mine.size(), 2);
  v1::BatchHeartbeatRequest request = Batch({mine[0], mine[1], other});
  request.mutable_heartbeats(0)->clear_worker();
  request.mutable_heartbeats(1)->set_fencing_token(1);
  v1::HeartbeatRequest& nameless = *request.add_heartbeats();
  nameless.set_trial("campaigns/none/trials/1");
  *request.add_heartbeats() = For<v1::HeartbeatRequest>(other);
  request.mutable_heartbeats(4)->clear_worker();
  clock_.Advance(kLease - absl::Seconds(1));
  const auto response = Do(&Scheduler::BatchHeartbeat, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 5);
  const std::vector<Code> codes = {Code::kOk, Code::kFailedPrecondition,
                                   Code::kInvalidArgument, Code::kNotFound,
                                   Code::kFailedPrecondition};
  for (int i = 0; i < 5; ++i) {
    const auto& result = response->results(i);
    EXPECT_EQ(static_cast<Code>(result.code()), codes[static_cast<size_t>(i)])
        << result.error();
    EXPECT_EQ(result.error().empty(), i == 0);
    EXPECT_EQ(result.has_response(), i == 0);
  }
  EXPECT_EQ(FromProto(response->results(0).response().expire_time()),
            clock_.Now() + kLease);
  // Who was refused has not been extended.
  clock_.Advance(absl::Seconds(1));
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(mine[0].trial().name()).state(), v1::Trial::LEASED);
  EXPECT_EQ(Get(mine[1].trial().name()).state(), v1::Trial::PENDING);
  EXPECT_EQ(Get(other.trial().name()).state(), v1::Trial::PENDING);
}

TEST_F(Heartbeats, ACallHasOneToAThousand) {
  Register();
  v1::BatchHeartbeatRequest request = Batch({});
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::BatchHeartbeat, request),
      HasSubstr("heartbeats has 0 entries; give 1 to 1000"));
  for (int i = 0; i < 1001; ++i) {
    request.add_heartbeats()->set_trial("campaigns/c/trials/1");
  }
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::BatchHeartbeat, request),
      HasSubstr("heartbeats has 1001 entries"));
  request.mutable_heartbeats()->RemoveLast();
  EXPECT_EQ(Do(&Scheduler::BatchHeartbeat, request)->results_size(), 1000);
  // Each of them names what it was sent, and no more than a line of it.
  request.mutable_heartbeats(0)->set_worker(std::string(100'000, 'w') + "\n");
  const auto named = Do(&Scheduler::BatchHeartbeat, request);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(static_cast<Code>(named->results(0).code()),
            Code::kInvalidArgument);
  EXPECT_THAT(named->results(0).error(), HasSubstr("www..."));
  EXPECT_LT(named->results(0).error().size(), 300u);
  request.set_worker("a");
  Refused(Code::kInvalidArgument, &Scheduler::BatchHeartbeat, request);
}

TEST_F(Heartbeats, EachAnswerTellsTheInterval) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  EXPECT_EQ(FromProto(lease.heartbeat_interval()), kLease / 3);
  const auto beat = Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
  EXPECT_EQ(FromProto(beat->heartbeat_interval()), kLease / 3);
  auto report = For<v1::ReportMeasurementsRequest>(lease);
  report.add_measurements()->set_step(1);
  report.mutable_measurements(0)->set_train_loss(3);
  const auto reported = Do(&Scheduler::ReportMeasurements, report);
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(FromProto(reported->heartbeat_interval()), kLease / 3);
}

// Whoever beats as the answer to its own last call said loses nothing, though
// the number of leases, and so the interval, goes up and down meanwhile.
TEST_F(Heartbeats, WhoBeatsAsToldLosesNoLease) {
  Restart(kShort);
  CreateMany();
  Register();
  struct Beating {
    v1::Lease lease;
    absl::Duration next;
  };
  std::vector<Beating> held;
  absl::Duration longest;
  const auto beat_until = [&](absl::Duration end) {
    for (; clock_.Elapsed() < end; clock_.Advance(absl::Milliseconds(10))) {
      for (Beating& one : held) {
        if (clock_.Elapsed() < one.next) continue;
        // Not lost and taken back by the call.
        scheduler_->ExpireLeases();
        ASSERT_EQ(Get(one.lease.trial().name()).state(), v1::Trial::LEASED);
        const auto beat =
            Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(one.lease));
        ASSERT_TRUE(beat.ok()) << beat.status();
        const absl::Duration told = FromProto(beat->heartbeat_interval());
        longest = std::max(longest, told);
        // Two beats are lost on the way.
        one.next = clock_.Elapsed() + 2.9 * told;
      }
    }
  };
  for (int round = 0; round < 3; ++round) {
    for (const int most : {10, 60}) {
      while (static_cast<int>(held.size()) < most) {
        const v1::Lease lease = LeaseOne();
        held.push_back(
            {lease,
             clock_.Elapsed() + 2.9 * FromProto(lease.heartbeat_interval())});
      }
      beat_until(clock_.Elapsed() + 3 * kShort);
    }
    while (held.size() > 5) {
      auto release = For<v1::ReleaseTrialRequest>(held.back().lease);
      ASSERT_TRUE(Do(&Scheduler::ReleaseTrial, release).ok());
      held.pop_back();
    }
    beat_until(clock_.Elapsed() + 12 * kShort);
  }
  EXPECT_EQ(longest, 4 * kShort / 3);
}

// A client of before these fields beats as it was told when it registered.
TEST_F(Heartbeats, WhoKnowsNoIntervalLivesByItsOwn) {
  Restart(kShort);
  CreateMany();
  Register();
  const std::vector<v1::Lease> leases = Lease("workers/a", 64);
  ASSERT_GT(leases.size(), 2 * kBearable);
  for (int beat = 0; beat < 10; ++beat) {
    clock_.Advance(kShort / 3);
    ASSERT_TRUE(
        Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(leases[0])).ok());
  }
  // The others have what they were told when they were granted, and no more.
  EXPECT_EQ(Get(leases.front().trial().name()).state(), v1::Trial::LEASED);
  EXPECT_EQ(Get(leases[1].trial().name()).state(), v1::Trial::PENDING);
  EXPECT_EQ(Get(leases.back().trial().name()).state(), v1::Trial::LEASED);
  clock_.Advance(kShort);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(leases.back().trial().name()).state(), v1::Trial::PENDING);
}

TEST_F(Heartbeats, ARestartKnowsWhatWorkersWereTold) {
  Restart(kShort);
  CreateMany();
  Register();
  const std::vector<v1::Lease> leases = Lease("workers/a", 64);
  const absl::Duration told = FromProto(leases.back().heartbeat_interval());
  EXPECT_EQ(told, 4 * kShort / 3);
  clock_.Advance(told / 2);
  Restart(kShort);
  // Its machine was not asked yet: it may be silent for as long as before.
  clock_.Advance(2.9 * told);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(leases.back().trial().name()).state(), v1::Trial::LEASED);
  clock_.Advance(0.2 * told);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(leases.back().trial().name()).state(), v1::Trial::PENDING);
}

// The interval falls, and those that beat rarely have not heard of it yet.
TEST_F(Heartbeats, ARestartKnowsEachIntervalThatWorkersWereTold) {
  Restart(kShort);
  CreateMany();
  Register();
  const std::vector<v1::Lease> most = Lease("workers/a", 64);
  ASSERT_EQ(FromProto(most.back().heartbeat_interval()), 4 * kShort / 3);
  const auto release = [&](size_t begin, size_t end) {
    for (; begin < end; ++begin) {
      ASSERT_TRUE(Do(&Scheduler::ReleaseTrial,
                     For<v1::ReleaseTrialRequest>(most[begin]))
                      .ok());
    }
  };
  release(30, most.size());
  // While the longest of before stands, all are told of the next shorter.
  for (int beat = 0; beat < 8; ++beat) {
    for (size_t i = 0; i < 30; ++i) {
      const auto told =
          Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(most[i]));
      ASSERT_TRUE(told.ok()) << told.status();
      ASSERT_EQ(FromProto(told->heartbeat_interval()), 2 * kShort / 3);
    }
    if (beat < 7) clock_.Advance(4 * kShort / 7 - absl::Milliseconds(1));
  }
  release(1, 30);
  EXPECT_EQ(scheduler_->heartbeat_interval(), kShort / 3);
  clock_.Advance(absl::Milliseconds(20));
  Commit();
  Restart(kShort);
  clock_.Advance(1.9 * kShort);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(most.front().trial().name()).state(), v1::Trial::LEASED);
}

// Else its workers would count as connected for long after the last has gone.
TEST_F(Heartbeats, WithTheLastLeaseTheIntervalIsThatOfBefore) {
  Restart(kShort);
  CreateMany();
  Register();
  ASSERT_EQ(Lease("workers/a", 64).size(), 64);
  clock_.Advance(4 * kShort);
  scheduler_->ExpireLeases();
  Commit();
  EXPECT_EQ(scheduler_->heartbeat_interval(), kShort / 3);
  v1::DeleteWorkerRequest request;
  request.set_name("workers/a");
  const auto deleted = Do(&Scheduler::DeleteWorker, request);
  EXPECT_TRUE(deleted.ok()) << deleted.status();
}

// The interval of today goes with a length of today.
TEST_F(Heartbeats, ALeaseThatIsToldOfAgainLastsAsLongAsItSays) {
  Restart(kShort);
  CreateMany();
  Register();
  const v1::Lease first = Lease("workers/a", 1, "id").at(0);
  Lease("workers/a", 64);
  clock_.Advance(kShort - absl::Milliseconds(1));
  const v1::Lease again = Lease("workers/a", 1, "id").at(0);
  EXPECT_EQ(again.fencing_token(), first.fencing_token());
  const absl::Duration told = FromProto(again.heartbeat_interval());
  EXPECT_GT(told, FromProto(first.heartbeat_interval()));
  clock_.Advance(2.9 * told);
  scheduler_->ExpireLeases();
  EXPECT_EQ(Get(first.trial().name()).state(), v1::Trial::LEASED);
}

TEST_F(Heartbeats, CallsThatWaitMakeThemRarer) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  scheduler_->NoteWait(absl::Seconds(3));
  scheduler_->NoteWait(absl::Seconds(3));
  const auto beat = Do(&Scheduler::Heartbeat, For<v1::HeartbeatRequest>(lease));
  EXPECT_EQ(FromProto(beat->heartbeat_interval()), 2 * kLease / 3);
  EXPECT_EQ(FromProto(beat->expire_time()), clock_.Now() + 2 * kLease);
}

}  // namespace
}  // namespace isoshape
