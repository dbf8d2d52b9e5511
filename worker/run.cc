#include "worker/run.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/proto_time.h"

namespace isoshape {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);
constexpr absl::Duration kReportInterval = absl::Seconds(1);
constexpr absl::Duration kCallDeadline = absl::Seconds(5);
// How long a trainer may take to answer `stop`.
constexpr absl::Duration kStopPatience = absl::Seconds(10);
// The same three while the worker drains, so that it is gone within ten
// seconds; and when a trial that cannot be handed back is left to expire.
constexpr absl::Duration kDrainCallDeadline = absl::Seconds(1);
constexpr absl::Duration kDrainStopPatience = absl::Milliseconds(1500);
constexpr absl::Duration kDrainLimit = absl::Milliseconds(3500);
// Points in one request (worker_service.proto).
constexpr size_t kMostMeasurements = 1000;

// The same for every lease of a trial, and for no other trial, also of another
// coordinator: its name and when it was created.
std::string CheckpointPath(const std::string& folder, const v1::Trial& trial) {
  if (folder.empty()) return "";
  return absl::StrCat(folder, "/",
                      absl::StrReplaceAll(trial.name(), {{"/", "-"}}), "-",
                      absl::ToUnixMicros(FromProto(trial.create_time())));
}

}  // namespace

Run::Run(v1::Lease lease, std::string data_path, const Context& context,
         Trainer& trainer)
    : lease_(std::move(lease)),
      data_path_(std::move(data_path)),
      context_(context),
      trainer_(trainer),
      trial_(lease_.trial().name()),
      run_(absl::StrCat(trial_, "#", lease_.fencing_token())),
      checkpoint_path_(CheckpointPath(context_.checkpoints, lease_.trial())),
      backoff_(absl::Milliseconds(100), absl::Seconds(5)) {
  const absl::Time now = context_.clock->Now();
  next_heartbeat_ = now + context_.heartbeat_interval;
  next_report_ = now;
  next_call_ = now;
}

Run::End Run::Execute() {
  CheckDrain();
  if (phase_ == Phase::kStarting) Start();
  while (phase_ != Phase::kEnded) {
    CheckDrain();
    if (phase_ == Phase::kDelivering) {
      trainer_.Poll();
      absl::SleepFor(TimeToNextEvent());
    } else {
      ReadTrainer(TimeToNextEvent());
      CheckTrainer();
    }
    CallCoordinator();
  }
  return end_;
}

void Run::Start() {
  spdlog::info("{}: leased (depth {}, width {}, {} steps, seed {})", trial_,
               lease_.trial().shape().depth(), lease_.trial().shape().width(),
               lease_.trial().steps(), lease_.trial().seed());
  if (data_path_.empty()) {
    GiveBack(
        absl::StrCat("this worker has no data named '", lease_.dataset(),
                     "'; start it with --data ", lease_.dataset(), "=PATH"),
        /*trainer_lost=*/true);
    return;
  }
  if (const absl::Status status = trainer_.Start(); !status.ok()) {
    OnTrainerLost(status.message());
  } else if (trainer_.ready()) {
    BeginTraining();
  }
}

void Run::BeginTraining() {
  phase_ = Phase::kTraining;
  if (const absl::Status begun =
          trainer_.BeginRun(run_, lease_, data_path_, checkpoint_path_);
      !begun.ok()) {
    OnTrainerLost(begun.message());
  }
}

void Run::ReadTrainer(absl::Duration timeout) {
  while (phase_ != Phase::kDelivering && phase_ != Phase::kEnded) {
    const absl::StatusOr<std::optional<TrainerLine>> line =
        trainer_.Next(timeout);
    if (!line.ok()) {
      OnTrainerLost(line.status().message());
      return;
    }
    if (!line->has_value()) return;
    OnLine(**line);
    timeout = absl::ZeroDuration();  // what is there already
  }
}

void Run::OnLine(const TrainerLine& line) {
  if (line.type == TrainerLine::Type::kReady) {
    if (phase_ == Phase::kStarting) BeginTraining();
    return;
  }
  if (line.run != run_ || phase_ == Phase::kStarting) return;  // an earlier run
  if (line.type == TrainerLine::Type::kMeasurement) {
    buffered_.push_back(line.measurement);
  } else if (line.type == TrainerLine::Type::kResult) {
    OnResult(line);
  }
}

void Run::OnResult(const TrainerLine& line) {
  if (phase_ == Phase::kStopping && stop_cause_ == StopCause::kLostLease) {
    phase_ = Phase::kEnded;
    return;
  }
  const auto error = [&line](absl::string_view otherwise) {
    return line.error.empty() ? std::string(otherwise) : line.error;
  };
  switch (line.outcome) {
    case Outcome::kSucceeded:
      Finish(v1::Trial::SUCCEEDED, "", line.shape_card);
      return;
    case Outcome::kDiverged:
      Finish(v1::Trial::DIVERGED, error("the loss diverged"), line.shape_card);
      return;
    case Outcome::kOutOfMemory:
      Finish(v1::Trial::FAILED,
             absl::StrCat("out of memory: ",
                          error("the trainer says no more about it")),
             line.shape_card);
      return;
    case Outcome::kFailed:
      Finish(v1::Trial::FAILED, error("the trainer gives no reason"),
             line.shape_card);
      return;
    case Outcome::kStopped:
      break;
  }
  if (phase_ != Phase::kStopping) {
    GiveBack("the trainer stopped the run without being told to",
             /*trainer_lost=*/true);
  } else if (stop_cause_ == StopCause::kDrain) {
    GiveBack("the worker is shutting down", /*trainer_lost=*/false);
  } else {
    Finish(v1::Trial::STOPPED, "", line.shape_card);
  }
}

void Run::OnTrainerLost(absl::string_view reason) {
  trainer_.Abandon();
  const std::string what =
      absl::StrCat("the trainer was lost: ", OneLine(reason));
  if (phase_ == Phase::kStarting) {
    // Not the trial's fault: it was not even told of it.
    end_ = End::kTrainerCannotStart;
    GiveBack(what, /*trainer_lost=*/false);
  } else if (phase_ != Phase::kStopping) {
    GiveBack(what, /*trainer_lost=*/true);
  } else if (stop_cause_ == StopCause::kOrder) {
    Finish(v1::Trial::STOPPED, "", std::nullopt);
  } else if (stop_cause_ == StopCause::kDrain) {
    GiveBack("the worker is shutting down", /*trainer_lost=*/false);
  } else {
    phase_ = Phase::kEnded;
  }
}

void Run::CheckTrainer() {
  if (phase_ == Phase::kDelivering || phase_ == Phase::kEnded) return;
  const absl::Time now = context_.clock->Now();
  if (phase_ == Phase::kStopping &&
      (now - stop_time_ > kStopPatience ||
       (drain_time_ && now - *drain_time_ > kDrainStopPatience))) {
    spdlog::warn("{}: the trainer does not stop; ending it", trial_);
    OnTrainerLost("it did not stop when told to");
  } else if (trainer_.Silence() > context_.trainer_timeout) {
    OnTrainerLost(
        absl::StrCat("it was silent for ",
                     absl::FormatDuration(absl::Trunc(trainer_.Silence(),
                                                      absl::Milliseconds(100))),
                     "; --trainer-timeout allows ",
                     absl::FormatDuration(context_.trainer_timeout)));
  }
}

void Run::Stop(StopCause cause) {
  if (phase_ == Phase::kDelivering || phase_ == Phase::kEnded) return;
  if (phase_ == Phase::kStopping) {
    if (cause == StopCause::kLostLease) stop_cause_ = cause;
    return;
  }
  const bool started = phase_ == Phase::kTraining;
  phase_ = Phase::kStopping;
  stop_cause_ = cause;
  stop_time_ = context_.clock->Now();
  if (!started) {
    if (cause == StopCause::kOrder) {
      Finish(v1::Trial::STOPPED, "", std::nullopt);
    } else if (cause == StopCause::kDrain) {
      GiveBack("the worker is shutting down", /*trainer_lost=*/false);
    } else {
      phase_ = Phase::kEnded;
    }
  } else if (const absl::Status status = trainer_.StopRun(run_); !status.ok()) {
    OnTrainerLost(status.message());
  }
}

void Run::Finish(v1::Trial::State state, const std::string& error,
                 const std::optional<v1::ShapeCard>& card) {
  phase_ = Phase::kDelivering;
  completion_.emplace();
  completion_->set_worker(context_.worker);
  completion_->set_trial(trial_);
  completion_->set_fencing_token(lease_.fencing_token());
  completion_->set_state(state);
  completion_->set_error(error);
  if (card.has_value()) *completion_->mutable_shape_card() = *card;
  completion_->set_request_id(NewRequestId());
}

void Run::GiveBack(const std::string& reason, bool trainer_lost) {
  spdlog::log(trainer_lost || end_ == End::kTrainerCannotStart
                  ? spdlog::level::warn
                  : spdlog::level::info,
              "{}: giving it back: {}", trial_, reason);
  phase_ = Phase::kDelivering;
  completion_.reset();
  release_.emplace();
  release_->set_worker(context_.worker);
  release_->set_trial(trial_);
  release_->set_fencing_token(lease_.fencing_token());
  release_->set_reason(reason);
  release_->set_trainer_lost(trainer_lost);
  release_->set_request_id(NewRequestId());
}

void Run::CheckDrain() {
  if (!context_.drain->HasBeenNotified()) return;
  const absl::Time now = context_.clock->Now();
  if (!drain_time_.has_value()) {
    drain_time_ = now;
    next_call_ = now;
    Stop(StopCause::kDrain);
  } else if (phase_ == Phase::kDelivering && now - *drain_time_ > kDrainLimit) {
    spdlog::error(
        "{}: could not be handed back, because the coordinator does not "
        "answer; it will be trained anew when its lease expires",
        trial_);
    phase_ = Phase::kEnded;
  }
}

absl::Duration Run::CallDeadline() const {
  return drain_time_.has_value() ? kDrainCallDeadline : kCallDeadline;
}

absl::Duration Run::TimeToNextEvent() {
  if (phase_ == Phase::kStopping && stop_cause_ == StopCause::kLostLease) {
    return kTick;
  }
  const absl::Time now = context_.clock->Now();
  absl::Time next = next_call_;
  if (phase_ != Phase::kDelivering) {
    const absl::Time due = unreported() == 0
                               ? next_heartbeat_
                               : std::min(next_heartbeat_, next_report_);
    next = std::max(next, due);
  }
  return std::clamp(next - now, absl::ZeroDuration(), kTick);
}

void Run::CallCoordinator() {
  const absl::Time now = context_.clock->Now();
  if (phase_ == Phase::kEnded || now < next_call_) return;
  if (phase_ == Phase::kDelivering) {
    SendResult();
  } else if (phase_ == Phase::kStopping &&
             stop_cause_ == StopCause::kLostLease) {
    return;  // nobody wants to hear of it
  } else if (unreported() > 0 && now >= next_report_) {
    SendMeasurements();
  } else if (now >= next_heartbeat_) {
    SendHeartbeat();
  }
}

bool Run::Settle(const absl::Status& status, absl::string_view what) {
  const absl::Time now = context_.clock->Now();
  switch (VerdictOf(status)) {
    case Verdict::kDone:
      backoff_.Reset();
      next_call_ = now;
      next_heartbeat_ = now + context_.heartbeat_interval;
      return true;
    case Verdict::kRetry:
      next_call_ = now + backoff_.Next();
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
  spdlog::warn("{}: dropped, because the lease is lost ({})", trial_,
               std::string(status.message()));
  if (phase_ == Phase::kDelivering) {
    phase_ = Phase::kEnded;
  } else {
    Stop(StopCause::kLostLease);
  }
}

void Run::OnDirective(v1::Directive directive) {
  if (directive != v1::DIRECTIVE_STOP || phase_ == Phase::kStopping) return;
  spdlog::info("{}: stopping, as the coordinator orders", trial_);
  Stop(StopCause::kOrder);
}

void Run::SendHeartbeat() {
  v1::HeartbeatRequest request;
  request.set_worker(context_.worker);
  request.set_trial(trial_);
  request.set_fencing_token(lease_.fencing_token());
  const auto response = context_.client->Heartbeat(request, CallDeadline());
  if (!Settle(response.status(), "a heartbeat")) return;
  next_heartbeat_ = context_.clock->Now() + context_.heartbeat_interval;
  if (response.ok()) OnDirective(response->directive());
}

void Run::SendMeasurements() {
  if (!report_.has_value()) {
    report_.emplace();
    report_->set_worker(context_.worker);
    report_->set_trial(trial_);
    report_->set_fencing_token(lease_.fencing_token());
    report_->set_request_id(NewRequestId());
    const auto end =
        buffered_.begin() + static_cast<std::ptrdiff_t>(
                                std::min(buffered_.size(), kMostMeasurements));
    report_->mutable_measurements()->Add(buffered_.begin(), end);
    buffered_.erase(buffered_.begin(), end);
  }
  const auto response = context_.client->Report(*report_, CallDeadline());
  if (!Settle(response.status(), "measurements")) return;
  report_.reset();
  next_report_ = context_.clock->Now() + kReportInterval;
  if (response.ok()) OnDirective(response->directive());
}

void Run::SendResult() {
  if (release_.has_value()) {
    const auto response = context_.client->Release(*release_, CallDeadline());
    if (Settle(response.status(), "to take it back")) phase_ = Phase::kEnded;
    return;
  }
  if (unreported() > kMostMeasurements) {
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
  const auto response = context_.client->Complete(*completion_, CallDeadline());
  if (!Settle(response.status(), "its result")) return;
  if (response.ok()) {
    spdlog::info("{}: {}{}{}", trial_, v1::Trial::State_Name(response->state()),
                 completion_->state() == v1::Trial::SUCCEEDED
                     ? absl::StrCat(", validation loss ",
                                    completion_->shape_card().validation_loss())
                     : "",
                 completion_->error().empty()
                     ? ""
                     : absl::StrCat(": ", completion_->error()));
    if (!checkpoint_path_.empty()) {
      std::error_code ignored;  // it may have none
      std::filesystem::remove_all(checkpoint_path_, ignored);
    }
    phase_ = Phase::kEnded;
  } else if (!completion_->measurements().empty()) {
    completion_->clear_measurements();  // the result is worth more than they
    completion_->set_request_id(NewRequestId());
  } else {
    GiveBack(absl::StrCat("the coordinator refused its result: ",
                          OneLine(response.status().message())),
             /*trainer_lost=*/true);
  }
}

}  // namespace isoshape
