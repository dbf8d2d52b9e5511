#include "worker/run/run.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/net/request_id.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"
#include "worker/trainer/lease_contract.h"

namespace isoshape {
namespace {

// Shorter limits while the worker drains, so that it is gone within ten
// seconds: of an answer to `stop`, and of the attempts to hand a trial back,
// after which it is left to expire.
constexpr absl::Duration kDrainStopPatience = absl::Milliseconds(1500);
constexpr absl::Duration kDrainLimit = absl::Milliseconds(3500);
// How soon after its trainer the worker gets the signal that both were sent.
constexpr absl::Duration kSignalPatience = absl::Seconds(1);
constexpr char kShuttingDown[] = "the worker is shutting down";
// The same of a trial that its worker is for alone.
constexpr char kInterrupted[] = "it was interrupted";

// A path that every lease of a trial has in common and that no other trial has,
// even one of another coordinator: it is made of the trial's name and the time
// at which it was created.
std::string CheckpointPath(const std::string& folder, const v1::Trial& trial) {
  if (folder.empty()) return "";
  return absl::StrCat(folder, "/",
                      absl::StrReplaceAll(trial.name(), {{"/", "-"}}), "-",
                      absl::ToUnixMicros(FromProto(trial.create_time())));
}

bool IsThere(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && std::filesystem::exists(path, ignored);
}

// Whether a run was left there: the folder of weights is made before any.
bool HoldsFiles(const std::string& path) {
  std::error_code error;
  const bool empty = std::filesystem::is_empty(path, error);
  return !error && !empty;
}

}  // namespace

Run::Run(v1::Lease lease, const Context& context, Trainer& trainer)
    : lease_(std::move(lease)),
      context_(context),
      trainer_(trainer),
      trial_(lease_.trial().name()),
      run_(absl::StrCat(trial_, "#", lease_.fencing_token())),
      checkpoint_path_(
          is_own() ? context_.weights
                   : CheckpointPath(context_.checkpoints, lease_.trial())),
      resumes_(is_own() ? HoldsFiles(checkpoint_path_)
                        : IsThere(checkpoint_path_)) {
  const absl::Duration now = context_.clock->Elapsed();
  last_contact_ = now;
  next_report_ = now;
  next_call_ = now;
  NoteInterval(lease_.heartbeat_interval());
}

Run::~Run() { context_.heartbeats->Forget(lease_); }

std::string Run::Summary() const {
  const v1::Trial& trial = lease_.trial();
  return absl::StrCat(trial_, ": leased (depth ", trial.shape().depth(),
                      ", width ", trial.shape().width(), ", ",
                      Counted(trial.steps(), "step"), ", seed ", trial.seed(),
                      ")");
}

void Run::OnBegun() {
  phase_ = Phase::kTraining;
  begin_time_ = context_.clock->Elapsed();
}

std::optional<absl::Duration> Run::Elapsed() const {
  if (resumes_) return std::nullopt;
  return context_.clock->Elapsed() - begin_time_;
}

std::string Run::Contradiction(const TrainerLine& line) const {
  if (line.run != run_ || phase_ != Phase::kTraining) return "";
  return ContradictionOf(line, lease_.trial());
}

void Run::OnLine(const TrainerLine& line) {
  if (line.run != run_ || !trains() || phase_ == Phase::kWaiting) return;
  if (line.type == TrainerLine::Type::kStarted) {
    start_step_ = line.start_step;
    if (start_step_ > 0) {
      spdlog::info("{}: resumed from step {} of {}", trial_, start_step_,
                   lease_.trial().steps());
    }
  } else if (line.type == TrainerLine::Type::kMeasurement) {
    if (const std::string problem =
            PointProblem(line.measurement, lease_.trial());
        !problem.empty()) {
      if (!point_refused_) {
        spdlog::warn("{}: a measurement of its trainer is left out: {}", trial_,
                     problem);
      }
      point_refused_ = true;
      return;
    }
    // Steps grow within a curve; what does not is no new point.
    if (line.measurement.step() <= last_step_ ||
        line.measurement.step() < start_step_) {
      return;
    }
    last_step_ = line.measurement.step();
    FillIn(lease_.trial(), Elapsed(),
           &buffered_.emplace_back(line.measurement));
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
             line.shape_card, v1::Trial::OUT_OF_MEMORY);
      return;
    case Outcome::kFailed:
      OnFailure(line, error("the trainer gives no reason"));
      return;
    case Outcome::kDeviceLost:
      GiveBack(error("its device failed"),
               v1::ReleaseTrialRequest::WORKER_FAULT);
      return;
    case Outcome::kStopped:
      break;
  }
  if (phase_ != Phase::kStopping) {
    GiveBack("the trainer stopped the run without being told to",
             v1::ReleaseTrialRequest::TRAINER_LOST);
  } else if (stop_cause_ == StopCause::kDrain) {
    GiveBack(kShuttingDown, v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
  } else {
    Finish(v1::Trial::STOPPED, "", line.shape_card);
  }
}

void Run::OnTrainerLost(absl::string_view reason) {
  if (!trains()) return;
  if (phase_ != Phase::kStopping) {
    // If the trainer was not even told of the trial, the trial is not at fault
    // and does not count as lost.
    GiveBack(absl::StrCat("the trainer was lost: ", OneLine(reason)),
             phase_ == Phase::kTraining
                 ? v1::ReleaseTrialRequest::TRAINER_LOST
                 : v1::ReleaseTrialRequest::WORKER_FAULT);
  } else if (stop_cause_ == StopCause::kOrder) {
    Finish(v1::Trial::STOPPED, "", std::nullopt);
  } else if (stop_cause_ == StopCause::kDrain) {
    GiveBack(kShuttingDown, v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
  } else {
    phase_ = Phase::kEnded;
  }
}

void Run::OnBack() { stop_time_ = context_.clock->Elapsed(); }

bool Run::StopIsOverdue() const {
  if (phase_ != Phase::kStopping) return false;
  const absl::Duration now = context_.clock->Elapsed();
  return now - stop_time_ > kStopPatience ||
         (drain_time_ && now - *drain_time_ > kDrainStopPatience);
}

void Run::Stop(StopCause cause) {
  if (!trains()) return;
  if (phase_ == Phase::kStopping) {
    if (cause == StopCause::kLostLease) stop_cause_ = cause;
    return;
  }
  const bool started = phase_ == Phase::kTraining;
  phase_ = Phase::kStopping;
  stop_cause_ = cause;
  stop_time_ = context_.clock->Elapsed();
  if (!started) {
    if (cause == StopCause::kOrder) {
      Finish(v1::Trial::STOPPED, "", std::nullopt);
    } else if (cause == StopCause::kDrain) {
      GiveBack(kShuttingDown, v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
    } else {
      phase_ = Phase::kEnded;
    }
  } else {
    // If the trainer cannot be told, StopIsOverdue or the end of its output
    // shows that.
    trainer_.StopRun(run_).IgnoreError();
  }
}

bool Run::RemoveCheckpoint() {
  if (checkpoint_path_.empty() || is_own()) return true;
  std::error_code error;
  std::filesystem::remove_all(checkpoint_path_, error);
  return !error;
}

void Run::Finish(v1::Trial::State state, const std::string& error,
                 const std::optional<v1::ShapeCard>& card,
                 v1::Trial::Failure failure) {
  phase_ = Phase::kDelivering;
  completion_ = For<v1::CompleteTrialRequest>(lease_);
  completion_->set_state(state);
  completion_->set_failure(failure);
  completion_->set_start_step(start_step_);
  completion_->set_error(error);
  if (card.has_value()) *completion_->mutable_shape_card() = *card;
  if (state == v1::Trial::SUCCEEDED) {
    FillIn(lease_.trial(), Elapsed(), trainer_.ready_line(),
           completion_->mutable_shape_card());
  }
  completion_->set_request_id(NewRequestId());
  KeepResult();
}

void Run::KeepResult() {
  if (kept_) kept_->Remove();  // an own trial's that was refused
  if (context_.keeper == nullptr || is_own_stop()) return;
  std::vector<v1::Measurement> points = buffered_;
  if (report_.has_value()) {
    points.insert(points.begin(), report_->measurements().begin(),
                  report_->measurements().end());
  }
  kept_ = context_.keeper->Keep(*completion_, points);
}

void Run::OnFailure(const TrainerLine& line, const std::string& error) {
  using Fault = TrainerLine::Fault;
  if (line.fault == Fault::kWorker) {
    GiveBack(error, line.other_data ? v1::ReleaseTrialRequest::OTHER_DATA
                                    : v1::ReleaseTrialRequest::WORKER_FAULT);
    if (release_) release_->set_data_fingerprint(line.data_fingerprint);
    return;
  }
  // Data that are gone explain what a trainer does not.
  if (!context_.data_path.empty() && !IsThere(context_.data_path)) {
    GiveBack(absl::StrCat("data ", context_.data_path, ": it is not there (",
                          error, ")"),
             v1::ReleaseTrialRequest::WORKER_FAULT);
    return;
  }
  if (resumes_ && !is_own()) {
    // Its checkpoint may be at fault: damaged, or of an older trainer.
    const bool removed = RemoveCheckpoint();
    GiveBack(absl::StrCat("it begins anew, without its checkpoint: ", error),
             removed ? v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED
                     : v1::ReleaseTrialRequest::WORKER_FAULT);
    return;
  }
  if (line.fault == Fault::kUnsaid) {
    // What says nothing of the shape is no result about it: another machine is
    // asked, and the trial fails once it has lost too many trainers.
    GiveBack(absl::StrCat("the trainer failed, and did not say whether by the "
                          "trial's fault: ",
                          error),
             v1::ReleaseTrialRequest::TRAINER_LOST);
    return;
  }
  Finish(v1::Trial::FAILED, error, line.shape_card, v1::Trial::INVALID);
}

void Run::GiveBack(const std::string& reason, Cause cause) {
  if (is_own_stop()) {
    phase_ = Phase::kEnded;  // it is refused, and there is nothing else to say
    return;
  }
  blames_trainer_ = cause == v1::ReleaseTrialRequest::TRAINER_LOST &&
                    trains() && !drain_time_;
  if (blames_trainer_) {
    next_call_ = context_.clock->Elapsed() + kSignalPatience;
  }
  if (is_own()) {
    Finish(v1::Trial::STOPPED, reason == kShuttingDown ? kInterrupted : reason,
           std::nullopt);
    return;
  }
  spdlog::log(
      drain_time_.has_value() ? spdlog::level::info : spdlog::level::warn,
      "{}: giving it back: {}", trial_, reason);
  phase_ = Phase::kDelivering;
  completion_.reset();
  if (kept_) kept_->Remove();
  release_ = For<v1::ReleaseTrialRequest>(lease_);
  release_->set_reason(reason);
  release_->set_cause(cause);
  release_->set_request_id(NewRequestId());
}

void Run::CheckDrain() {
  if (!context_.drain->HasBeenNotified()) return;
  const absl::Duration now = context_.clock->Elapsed();
  if (!drain_time_.has_value()) {
    drain_time_ = now;
    if (blames_trainer_) {
      // The signal that drains us took the trainer first.
      if (completion_) {
        completion_->set_error(kInterrupted);
      } else {
        release_->set_reason(kShuttingDown);
        release_->set_cause(v1::ReleaseTrialRequest::CAUSE_UNSPECIFIED);
      }
      blames_trainer_ = false;
    }
    next_call_ = now;
    Stop(StopCause::kDrain);
  } else if (phase_ == Phase::kDelivering && now - *drain_time_ > kDrainLimit) {
    const char* const why =
        denied_ ? "refuses this worker's token" : "does not answer";
    if (completion_ && kept_ && kept_->is_kept()) {
      spdlog::error(
          "{}: {} is kept in {}, because the coordinator {}; the next worker "
          "that is started with this folder reports it",
          trial_, ResultText(), kept_->path(), why);
    } else {
      spdlog::error("{}: {}, because the coordinator {}; {}", trial_,
                    completion_ && !is_own_stop()
                        ? absl::StrCat(ResultText(), " is lost")
                        : std::string("could not be handed back"),
                    why,
                    is_own()
                        ? "it waits for the same command when its lease expires"
                        : "it will be trained anew when its lease expires");
    }
    phase_ = Phase::kEnded;
  }
}

}  // namespace isoshape
