#include <string>

#include "absl/strings/str_cat.h"
#include "tests/coordinator/scheduler/results_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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

TEST_F(Results, APointBeyondTheTrialsLastStepIsRefused) {
  auto report = Report();
  report.mutable_measurements(0)->set_step(lease_.trial().steps() + 1);
  EXPECT_THAT(
      Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements, report),
      HasSubstr("is beyond the"));
  EXPECT_THAT(Curve(), IsEmpty());
}

// Every number of a card is looked at; number_limits_test.cc names them.
TEST_F(Results, ACardWithNumbersThatNoRunHasIsRefusedAndNothingIsStored) {
  const auto refused = [&](const auto& set) {
    auto success = Success(lease_);
    set(*success.mutable_shape_card());
    return Refused(Code::kInvalidArgument, &Scheduler::CompleteTrial, success);
  };
  EXPECT_EQ(refused([](auto& card) { card.set_decode_seconds(-5); }),
            "shape_card.decode_seconds -5 is negative; give 0 or more");
  EXPECT_EQ(refused([](auto& card) { card.set_state_bytes(-7); }),
            "shape_card.state_bytes -7 is negative; give 0 or more");
  EXPECT_EQ(refused([](auto& card) { card.set_flops_per_token(1.7e308); }),
            "shape_card.flops_per_token 1.7e+308 is more than any run has; "
            "give 0 to 1e+40, or leave it out");
  EXPECT_EQ(refused([](auto& card) {
              v1::BranchPoint& branch = *card.add_branches();
              branch.set_validation_loss(2);
              branch.set_added_flops(-1);
            }),
            "shape_card.branches[0].added_flops -1 is negative; give 0 or "
            "more");
  EXPECT_EQ(refused([](auto& card) { card.add_layer_gradient_norms(kNan); }),
            "shape_card.layer_gradient_norms[0] is nan, not a finite number; "
            "leave it out or complete the trial as DIVERGED");
  EXPECT_EQ(store_.GetTrial(trial_)->state(), v1::Trial::LEASED);
  EXPECT_FALSE(store_.GetTrial(trial_)->has_shape_card());
}

TEST_F(Results, APointWithNumbersThatNoRunHasIsRefused) {
  const auto refused = [&](const auto& set) {
    auto report = Report();
    set(*report.mutable_measurements(0));
    return Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements,
                   report);
  };
  EXPECT_EQ(refused([](auto& point) { point.set_tokens_per_second(-1); }),
            "measurements[0].tokens_per_second -1 is negative; give 0 or more");
  EXPECT_EQ(refused([](auto& point) { point.set_gradient_norm(1e300); }),
            "measurements[0].gradient_norm 1e+300 is more than any run has; "
            "give 0 to 1e+40, or leave it out");
  auto report = Report();
  report.set_start_step(-1);
  EXPECT_EQ(
      Refused(Code::kInvalidArgument, &Scheduler::ReportMeasurements, report),
      "start_step -1 is out of range; give 0 to 1000000000000000000");
  EXPECT_THAT(Curve(), IsEmpty());
}

// The database was put back to what it was before a lease was given.
TEST_F(Results, ATokenOfARunThatTheDatabaseForgotIsNotGivenAgain) {
  const MemoryStore::Data before = *data_;
  const v1::Lease forgotten = LeaseOne();
  *data_ = before;
  clock_.Advance(absl::Seconds(1));
  Restart();
  const v1::Lease given = LeaseOne();
  ASSERT_EQ(given.trial().name(), forgotten.trial().name());
  EXPECT_GT(given.fencing_token(), forgotten.fencing_token());
  Refused(Code::kFailedPrecondition, &Scheduler::CompleteTrial,
          Success(forgotten));
}

}  // namespace
}  // namespace isoshape
