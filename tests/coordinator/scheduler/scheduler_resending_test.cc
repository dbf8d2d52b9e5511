#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "tests/coordinator/scheduler/results_fixture.h"

namespace isoshape {
namespace {

using Code = absl::StatusCode;

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
    ASSERT_LT(++commits, 20);
    const int64_t before = measured();
    clock_.Advance(absl::Seconds(1));
    Register("workers/b");  // any commit prunes
    EXPECT_LE(kept - data_->requests.size(), 100);
    EXPECT_LE(before - measured(), 100);
    kept = data_->requests.size();
  }
  EXPECT_GE(commits, 12);
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
