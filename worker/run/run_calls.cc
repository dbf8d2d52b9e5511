// What a run tells the coordinator and hears of it: heartbeats, points and the
// result.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/request_id.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"
#include "worker/run/card_limits.h"
#include "worker/run/measurement_report.h"
#include "worker/run/run.h"

namespace isoshape {
namespace {

constexpr absl::Duration kReportInterval = absl::Seconds(1);
// While the worker drains, so that it is gone within ten seconds.
constexpr absl::Duration kDrainCallDeadline = absl::Seconds(1);

}  // namespace

absl::Duration Run::CallDeadline() const {
  return drain_time_.has_value() ? kDrainCallDeadline : kCallDeadline;
}

absl::Duration Run::HeartbeatInterval() const {
  return interval_ > absl::ZeroDuration()
             ? interval_
             : context_.coordinator->heartbeat_interval();
}

absl::Duration Run::ReportInterval() const {
  const absl::Duration usual = context_.coordinator->heartbeat_interval();
  return kReportInterval *
         std::max(1.0, absl::FDivDuration(HeartbeatInterval(), usual));
}

void Run::NoteInterval(const google::protobuf::Duration& interval) {
  interval_ = std::max(absl::ZeroDuration(), FromProto(interval));
}

absl::Duration Run::NextCall() const {
  if (phase_ == Phase::kEnded ||
      (phase_ == Phase::kStopping && stop_cause_ == StopCause::kLostLease)) {
    return absl::InfiniteDuration();  // nobody wants to hear of it
  }
  if (phase_ == Phase::kDelivering) return next_call_;
  const absl::Duration beat = last_contact_ + HeartbeatInterval();
  const absl::Duration due =
      unreported() == 0 ? beat : std::min(beat, next_report_);
  return std::max(next_call_, due);
}

void Run::CallCoordinator() {
  const absl::Duration now = context_.clock->Elapsed();
  if (now < NextCall()) return;
  // An overloaded coordinator takes heartbeats when it refuses other calls, or
  // does not come to them.
  const bool beats_first = overloaded_ && !maybe_stored_ &&
                           now >= last_contact_ + HeartbeatInterval();
  if (!beats_first && phase_ == Phase::kDelivering) {
    SendResult();
  } else if (!beats_first && unreported() > 0 && now >= next_report_) {
    SendMeasurements();
  } else {
    SendHeartbeat();
  }
}

bool Run::Settle(const absl::Status& status, absl::string_view what) {
  const absl::Duration now = context_.clock->Elapsed();
  // While a result or a release is in hand, one that does not answer is away as
  // a rule, and what is in hand goes before heartbeats.
  overloaded_ =
      absl::IsResourceExhausted(status) ||
      (absl::IsDeadlineExceeded(status) && phase_ != Phase::kDelivering);
  switch (VerdictOf(status)) {
    case Verdict::kDone:
      backoff_.Reset();
      denied_ = false;
      next_call_ = now;
      last_contact_ = now;
      return true;
    case Verdict::kRetry:
      next_call_ = now + backoff_.After(status);
      return false;
    case Verdict::kDenied:
      if (!denied_) {
        spdlog::error(
            "{}: the coordinator refuses {}: {}; trying again until it takes "
            "that; a token's file is read again each time",
            trial_, std::string(what), std::string(status.message()));
      }
      denied_ = true;
      next_call_ = now + backoff_.After(status);
      return false;
    case Verdict::kFenced:
      OnLostLease(status);
      return false;
    case Verdict::kRefused:
      spdlog::error("{}: the coordinator refuses {}: {}", trial_,
                    std::string(what), std::string(status.message()));
      return true;
  }
  return true;
}

void Run::OnLostLease(const absl::Status& status) {
  spdlog::warn("{}: {}, because the lease is lost ({})", trial_,
               completion_ ? absl::StrCat(ResultText(), " is dropped")
                           : std::string("dropped"),
               std::string(status.message()));
  if (kept_) kept_->Remove();
  if (phase_ == Phase::kDelivering) {
    phase_ = Phase::kEnded;
  } else {
    Stop(StopCause::kLostLease);
  }
}

void Run::OnDirective(v1::Directive directive) {
  if (directive != v1::DIRECTIVE_STOP || phase_ == Phase::kStopping ||
      !trains()) {
    return;
  }
  spdlog::info("{}: stopping, as the coordinator orders", trial_);
  Stop(StopCause::kOrder);
}

std::string Run::ResultText() const {
  const v1::Trial& trial = lease_.trial();
  return absl::StrCat(
      "its result (", v1::Trial::State_Name(completion_->state()), LossText(),
      "; depth ", trial.shape().depth(), ", width ", trial.shape().width(),
      ", ", Counted(trial.steps(), "step"), ", seed ", trial.seed(), ")");
}

std::string Run::LossText() const {
  if (completion_->state() != v1::Trial::SUCCEEDED) return "";
  return absl::StrCat(", validation loss ",
                      completion_->shape_card().validation_loss());
}

void Run::SendHeartbeat() {
  const auto request = For<v1::HeartbeatRequest>(lease_);
  const SharedHeartbeats::Beat beat =
      context_.heartbeats->Send(request, HeartbeatInterval(), CallDeadline());
  const absl::Duration before = last_contact_;
  if (!Settle(beat.answer.status(), "a heartbeat")) return;
  // One that came with another lease's may be older than the newest report.
  last_contact_ = std::max(before, beat.at);
  if (!beat.answer.ok() || beat.at < before) return;
  NoteInterval(beat.answer->heartbeat_interval());
  OnDirective(beat.answer->directive());
}

void Run::SendMeasurements() {
  if (!report_.has_value()) {
    auto head = For<v1::ReportMeasurementsRequest>(lease_);
    head.set_start_step(start_step_);
    report_ = TakeReport(std::move(head), &buffered_);
  }
  const auto response = context_.coordinator->Report(*report_, CallDeadline());
  if (!Settle(response.status(), "measurements")) return;
  report_.reset();
  if (response.ok()) NoteInterval(response->heartbeat_interval());
  next_report_ = context_.clock->Elapsed() + ReportInterval();
  if (response.ok()) OnDirective(response->directive());
}

void Run::SendResult() {
  if (release_.has_value()) {
    blames_trainer_ = false;
    const auto response =
        context_.coordinator->Release(*release_, CallDeadline());
    maybe_stored_ |= !IsAnswer(response.status());
    if (Settle(response.status(), "to take it back")) phase_ = Phase::kEnded;
    return;
  }
  if (unreported() > kMaxMeasurements) {
    SendMeasurements();
    return;
  }
  if (report_.has_value()) {  // perhaps stored already: equal steps replace
    buffered_.insert(buffered_.begin(), report_->measurements().begin(),
                     report_->measurements().end());
    report_.reset();
  }
  for (v1::Measurement& point : buffered_) {
    completion_->mutable_measurements()->Add(std::move(point));
  }
  buffered_.clear();
  blames_trainer_ = false;
  const auto response =
      context_.coordinator->Complete(*completion_, CallDeadline());
  maybe_stored_ |= !IsAnswer(response.status());
  if (!Settle(response.status(), "its result")) return;
  maybe_stored_ = false;
  if (response.ok()) {
    spdlog::info("{}: {}{}{}", trial_, v1::Trial::State_Name(response->state()),
                 LossText(),
                 completion_->error().empty()
                     ? ""
                     : absl::StrCat(": ", completion_->error()));
    RemoveCheckpoint();
    if (kept_) kept_->Remove();
    phase_ = Phase::kEnded;
    return;
  }
  const std::string left_out =
      completion_->has_shape_card()
          ? LeaveOutWhatIsNotStored(completion_->state(),
                                    completion_->mutable_shape_card())
          : "";
  if (!left_out.empty()) {
    spdlog::warn("{}: sending its result again: {}", trial_, left_out);
    completion_->set_request_id(NewRequestId());
  } else if (!completion_->measurements().empty()) {
    completion_->clear_measurements();  // the result is worth more than they
    completion_->set_request_id(NewRequestId());
  } else {
    GiveBack(absl::StrCat("the coordinator refused its result: ",
                          OneLine(response.status().message())),
             v1::ReleaseTrialRequest::TRAINER_LOST);
  }
}

}  // namespace isoshape
