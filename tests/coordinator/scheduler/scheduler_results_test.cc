#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "messages/proto_time.h"
#include "tests/coordinator/scheduler/scheduler_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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

TEST_F(Results, PointsAreStoredAndExtendTheLease) {
  clock_.Advance(absl::Seconds(20));
  const auto answer = Do(&Scheduler::ReportMeasurements, Report());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->directive(), v1::DIRECTIVE_CONTINUE);
  EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
  ASSERT_EQ(Curve().size(), 1);
  EXPECT_EQ(Curve()[0].train_loss(), 3.5);
  EXPECT_FALSE(Curve()[0].has_validation_loss());
  EXPECT_EQ(store_.GetTrial(trial_)->last_measurement().step(), 10);
  const auto events = *store_.ListEvents(name_, {});
  EXPECT_EQ(events.back().kind(), v1::CampaignEvent::TRIAL_MEASURED);
  EXPECT_EQ(events.back().measurement().flops(), 1e9);
}

TEST_F(Results, ALaterPointReplacesAnEarlierOneOfItsStep) {
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, Report()).ok());
  auto again = Report();
  again.mutable_measurements(0)->set_train_loss(3.25);
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, again).ok());
  ASSERT_EQ(Curve().size(), 1);
  EXPECT_EQ(Curve()[0].train_loss(), 3.25);
}

TEST_F(Results, ANumberThatIsNotFiniteIsRefusedAndNothingIsStored) {
  for (const double bad : {kNan, kInfinity, -kInfinity}) {
    for (const auto change :
         {+[](v1::Measurement&m, double x) { m.set_train_loss(x); },
          +[](v1::Measurement&m, double x) { m.set_validation_loss(x); },
          +[](v1::Measurement&m, double x) { m.set_gradient_norm(x); },
          +[](v1::Measurement&m, double x) { m.set_flops(x); },
          +[](v1::Measurement&m, double x) { m.set_elapsed_seconds(x); }}) {
      auto request = Report();
      change(*request.add_measurements(), bad);
      EXPECT_THAT(Refused(Code::kInvalidArgument,
                          &Scheduler::ReportMeasurements, request),
                  HasSubstr("measurements[1]."));
    }
  }
  EXPECT_TRUE(Curve().empty());
}

TEST_F(Results, AnEmptyOrHugeOrNegativeReportIsRefused) {
  Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements,
          For<v1::ReportMeasurementsRequest>(lease_));
  auto huge = For<v1::ReportMeasurementsRequest>(lease_);
  for (int i = 0; i < 1001; ++i) huge.add_measurements()->set_step(i);
  Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements, huge);
  auto negative = Report();
  negative.mutable_measurements(0)->set_step(-1);
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements, negative),
      HasSubstr("measurements[0].step -1 is negative"));
}

TEST_F(Results, AResultIsKeptWithItsCardAndLastPoints) {
  auto request = Success(lease_, 1.75);
  request.mutable_shape_card()->set_bigram_entropy(2.5);
  *request.add_measurements() = Report().measurements(0);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, request)->state(),
            v1::Trial::SUCCEEDED);
  const v1::Trial stored = *store_.GetTrial(trial_);
  EXPECT_EQ(stored.state(), v1::Trial::SUCCEEDED);
  EXPECT_EQ(stored.shape_card().validation_loss(), 1.75);
  EXPECT_EQ(stored.shape_card().bigram_entropy(), 2.5);
  EXPECT_EQ(stored.last_measurement().step(), 10);
  EXPECT_EQ(stored.error(), "");
  EXPECT_TRUE(stored.has_end_time());
  EXPECT_EQ(stored.worker(), "workers/a");
  EXPECT_EQ(Curve().size(), 1);
  EXPECT_THAT(StoredTrials("workers/a"), IsEmpty());
  EXPECT_EQ(scheduler_->NextDeadline(), absl::InfiniteDuration());
}

TEST_F(Results, ATrialIsCompletedAtMostOnce) {
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease_, 2.0)).ok());
  Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial,
          Success(lease_, 1.0));
  EXPECT_EQ(store_.GetTrial(trial_)->shape_card().validation_loss(), 2.0);
}

TEST_F(Results, ASuccessNeedsAFiniteLoss) {
  auto request = Success(lease_);
  for (const double bad : {kNan, kInfinity, 0.0, -1.0}) {
    request.mutable_shape_card()->set_validation_loss(bad);
    EXPECT_THAT(
        Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request),
        HasSubstr("shape_card.validation_loss"));
  }
  request.clear_shape_card();
  Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request);
  request = Success(lease_);
  request.mutable_shape_card()->set_tokens_per_second(kInfinity);
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request),
      HasSubstr("shape_card.tokens_per_second"));
}

TEST_F(Results, AFailureNeedsAReasonWhichIsKeptInOneLine) {
  for (const v1::Trial::State state :
       {v1::Trial::FAILED, v1::Trial::DIVERGED}) {
    auto request = For<v1::CompleteTrialRequest>(lease_);
    request.set_state(state);
    EXPECT_THAT(
        Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request),
        HasSubstr("error is empty"));
  }
  auto request = For<v1::CompleteTrialRequest>(lease_);
  request.set_state(v1::Trial::DIVERGED);
  request.set_error(
      absl::StrCat("loss is nan\nat step 3\n", std::string(2000, 'x')));
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, request)->state(),
            v1::Trial::DIVERGED);
  const std::string error = store_.GetTrial(trial_)->error();
  EXPECT_THAT(error, HasSubstr("loss is nan at step 3 x"));
  EXPECT_EQ(error.find('\n'), std::string::npos);
  EXPECT_EQ(error.size(), 1000);
}

TEST_F(Results, OnlyStatesThatEndATrialAreTaken) {
  for (const v1::Trial::State state :
       {v1::Trial::STATE_UNSPECIFIED, v1::Trial::PENDING, v1::Trial::LEASED,
        v1::Trial::CANCELLED}) {
    auto request = Success(lease_);
    request.set_state(state);
    Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request);
  }
}

TEST_F(Results, AStopThatNobodyCancelledIsKeptAsStopped) {
  auto request = For<v1::CompleteTrialRequest>(lease_);
  request.set_state(v1::Trial::STOPPED);
  EXPECT_EQ(Do(&Scheduler::CompleteTrial, request)->state(),
            v1::Trial::STOPPED);
}

TEST_F(Results, MalformedAndUnknownTrialsAreToldApart) {
  auto request = Success(lease_);
  request.set_trial(MakeTrialName(name_, 99));
  Refused(Code::kNotFound, &Scheduler::CompleteTrial, request);
  request.set_trial(absl::StrCat(name_, "/trials/01"));
  Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request);
  request = Success(lease_);
  request.set_worker("");
  Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, request);
}

TEST_F(Results, TheLastMeasurementOfALostRunIsForgotten) {
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, Report()).ok());
  clock_.Advance(kLease);
  scheduler_->ExpireLeases();
  Commit();
  EXPECT_FALSE(store_.GetTrial(trial_)->has_last_measurement());
}

// Every mutating verb, sent twice with one request_id.
class SentAgain : public Results {
 protected:
  // Sends it, again in the same process, and again after a restart: one effect,
  // one answer. Then with other content: refused.
  template <typename Request, typename Response>
  void Check(absl::StatusOr<Response> (Scheduler::*verb)(const Request&),
             Request request, Request other) {
    request.set_request_id("the-id");
    other.set_request_id("the-id");
    const auto first = Do(verb, request);
    ASSERT_TRUE(first.ok()) << first.status();
    const MemoryStore::Data after = *data_;
    for (int pass = 0; pass < 2; ++pass) {
      clock_.Advance(absl::Seconds(1));
      const auto again = Do(verb, request);
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
      EXPECT_EQ(data_->events.size(), after.events.size());
      EXPECT_EQ(data_->trials.size(), after.trials.size());
      EXPECT_EQ(data_->campaigns.size(), after.campaigns.size());
      EXPECT_EQ(data_->counters, after.counters);
      Restart();
    }
    Refused(Code::kInvalidArgument, verb, other);
  }
  template <typename Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
};

TEST_F(SentAgain, CreateCampaign) {
  v1::CreateCampaignRequest request, other;
  *request.mutable_campaign() = SmallCampaign();
  *other.mutable_campaign() = SmallCampaign();
  other.mutable_campaign()->set_seeds(2);
  Check(&Scheduler::CreateCampaign, request, other);
}

TEST_F(SentAgain, CreateTrial) {
  v1::CreateTrialRequest request;
  request.set_parent(name_);
  request.mutable_trial()->set_budget_flops(2.5e11);
  request.mutable_trial()->mutable_shape()->set_depth(2);
  request.mutable_trial()->mutable_shape()->set_width(64);
  v1::CreateTrialRequest other = request;
  other.mutable_trial()->set_seed(1);
  Check(&Scheduler::CreateTrial, request, other);
}

TEST_F(SentAgain, PauseResumeCancelDelete) {
  Check(&Scheduler::PauseCampaign, Named<v1::PauseCampaignRequest>(name_),
        Named<v1::PauseCampaignRequest>("campaigns/other"));
  Check(&Scheduler::ResumeCampaign, Named<v1::ResumeCampaignRequest>(name_),
        Named<v1::ResumeCampaignRequest>("campaigns/other"));
  Check(&Scheduler::CancelCampaign, Named<v1::CancelCampaignRequest>(name_),
        Named<v1::CancelCampaignRequest>("campaigns/other"));
  Check(&Scheduler::DeleteCampaign, Named<v1::DeleteCampaignRequest>(name_),
        Named<v1::DeleteCampaignRequest>("campaigns/other"));
}

TEST_F(SentAgain, RegisterWorker) {
  v1::RegisterWorkerRequest request, other;
  request.mutable_worker()->set_hostname("here");
  other.mutable_worker()->set_hostname("there");
  Check(&Scheduler::RegisterWorker, request, other);
}

TEST_F(SentAgain, ReportMeasurements) {
  auto first = Report();
  first.set_request_id("one");
  auto second = first;
  second.set_request_id("two");
  second.mutable_measurements(0)->set_step(20);
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, first).ok());
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, second).ok());
  const MemoryStore::Data after = *data_;
  // Each again, the first out of its order, and over a restart.
  for (const auto& again : {second, first, second}) {
    ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, again).ok());
    ASSERT_EQ(Curve().size(), 2);
    EXPECT_EQ(Curve()[0].step(), 10);
    EXPECT_EQ(store_.GetTrial(trial_)->last_measurement().step(), 20);
    EXPECT_EQ(data_->events.size(), after.events.size());
    EXPECT_EQ(data_->counters, after.counters);
    Restart();
  }
  // At no cost that grows: no answer is kept.
  EXPECT_TRUE(data_->requests.empty());
}

TEST_F(SentAgain, AReportOfALeaseThatWasLostIsRefusedAndChangesNothing) {
  auto report = Report();
  report.set_request_id("one");
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, report).ok());
  ASSERT_TRUE(Do(&Scheduler::CompleteTrial, Success(lease_)).ok());
  Refused(Code::kFailedPrecondition, &Scheduler::ReportMeasurements, report);
}

// What is kept for ever, and what is not.
using Growth = Results;

TEST_F(Growth, HeartbeatsOfOneSecondOrTwoWriteNothing) {
  const auto beat = For<v1::HeartbeatRequest>(lease_);
  clock_.Advance(kLease / 3);
  ASSERT_TRUE(Do(&Scheduler::Heartbeat, beat).ok());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    const auto answer = scheduler_->Heartbeat(beat);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(FromProto(answer->expire_time()), clock_.Now() + kLease);
    EXPECT_EQ(scheduler_->NextDeadline(), clock_.Elapsed() + kLease);
    EXPECT_TRUE(scheduler_->TakeMutations().empty());
  }
  // Readers never see the end of a lease that is kept as past.
  clock_.Advance(kLease / 3);
  ASSERT_TRUE(Do(&Scheduler::Heartbeat, beat).ok());
  EXPECT_EQ(FromProto(store_.GetTrial(trial_)->lease_expire_time()),
            clock_.Now() + kLease);
}

TEST_F(Growth, TheKeptAnswerOfAGrantIsItsNames) {
  Register("workers/b");
  const auto granted = Lease("workers/b", 1, "r");
  ASSERT_EQ(granted.size(), 1);
  ASSERT_EQ(data_->requests.size(), 1);
  EXPECT_LT(data_->requests.begin()->second.response.size(), 64);
  Restart();
  const auto again = Lease("workers/b", 1, "r");
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(again[0].fencing_token(), granted[0].fencing_token());
  EXPECT_EQ(again[0].trial().shape().width(),
            granted[0].trial().shape().width());
}

TEST_F(Growth, OldAnswersAndEventsOfMeasurementsGoInSlices) {
  const absl::Time old = clock_.Now();
  for (int i = 0; i < 1200; ++i) {
    data_->requests[{"m", absl::StrCat("r", i)}] = {"m", absl::StrCat("r", i),
                                                    "", "", old};
  }
  auto report = Report();
  for (int step = 11; step < 800; ++step) {
    report.add_measurements()->set_step(step);
  }
  ASSERT_TRUE(Do(&Scheduler::ReportMeasurements, report).ok());
  const auto measured = [this] {
    return std::count_if(
        data_->events.begin(), data_->events.end(), [](const auto& row) {
          return row.second.kind() == v1::CampaignEvent::TRIAL_MEASURED;
        });
  };
  ASSERT_EQ(measured(), 790);
  const size_t others = data_->events.size() - 790;
  clock_.Advance(absl::Hours(26));
  size_t kept = data_->requests.size();
  ASSERT_EQ(kept, 1200);
  int commits = 0;
  while (!data_->requests.empty() || measured() > 0) {
    ASSERT_LT(++commits, 10);
    const int64_t before = measured();
    clock_.Advance(absl::Seconds(1));
    Register("workers/b");  // any commit prunes
    EXPECT_LE(kept - data_->requests.size(), 500);
    EXPECT_LE(before - measured(), 500);
    kept = data_->requests.size();
  }
  EXPECT_GE(commits, 3);
  // The points are there, and so is what happened to trials.
  EXPECT_EQ(Curve().size(), 790);
  EXPECT_GE(data_->events.size(), others);
}

TEST_F(SentAgain, CompleteTrial) {
  Check(&Scheduler::CompleteTrial, Success(lease_, 2.0), Success(lease_, 1.0));
}

TEST_F(SentAgain, ReleaseTrial) {
  auto request = For<v1::ReleaseTrialRequest>(lease_);
  auto other = request;
  other.set_cause(v1::ReleaseTrialRequest::TRAINER_LOST);
  Check(&Scheduler::ReleaseTrial, request, other);
}

TEST_F(SentAgain, ARequestThatFailedMayBeSentAgainAndSucceed) {
  auto request = Named<v1::PauseCampaignRequest>("campaigns/later");
  request.set_request_id("r");
  Refused(Code::kNotFound, &Scheduler::PauseCampaign, request);
  Create(SmallCampaign(), "later");
  EXPECT_TRUE(Do(&Scheduler::PauseCampaign, request).ok());
}

TEST_F(SentAgain, AnIdIsRememberedForADayAndForgottenAfterwards) {
  auto pause = Named<v1::PauseCampaignRequest>(name_);
  pause.set_request_id("r");
  ASSERT_TRUE(Do(&Scheduler::PauseCampaign, pause).ok());
  auto resume = Named<v1::ResumeCampaignRequest>(name_);
  ASSERT_TRUE(Do(&Scheduler::ResumeCampaign, resume).ok());
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(Do(&Scheduler::PauseCampaign, pause).ok());
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::RUNNING);  // replayed
  clock_.Advance(absl::Hours(2));
  Register("workers/b");  // any commit prunes
  ASSERT_TRUE(Do(&Scheduler::PauseCampaign, pause).ok());
  EXPECT_EQ(GetCampaign(name_).state(), v1::Campaign::PAUSED);
}

TEST_F(SentAgain, AnIdThatIsTooLongIsRefused) {
  auto pause = Named<v1::PauseCampaignRequest>(name_);
  pause.set_request_id(std::string(129, 'r'));
  Refused(Code::kInvalidArgument, &Scheduler::PauseCampaign, pause);
}

TEST_F(SentAgain, WhereKeptAnswersCannotBeReadNothingIsDone) {
  auto pause = Named<v1::PauseCampaignRequest>(name_);
  pause.set_request_id("r");
  store_.FailReads(true);
  Refused(Code::kUnavailable, &Scheduler::PauseCampaign, pause);
  store_.FailReads(false);
  EXPECT_TRUE(Do(&Scheduler::PauseCampaign, pause).ok());
}

}  // namespace
}  // namespace isoshape
