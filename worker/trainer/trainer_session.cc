#include "worker/trainer/trainer_session.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "common/threads/clock.h"
#include "gpu/visible_gpus.h"
#include "messages/shape/shape_proto.h"
#include "shape/accounting.h"
#include "worker/gpu/gpu_use.h"
#include "worker/trainer/lease_contract.h"
#include "worker/trainer/trainer_command.h"

namespace isoshape {

absl::StatusOr<std::unique_ptr<TrainerSession>> TrainerSession::Start(
    WorkerOptions options, bool all_processors,
    std::function<bool()> interrupted) {
  const VisibleGpus gpus = SelectGpus(SurveyGpus());
  ISOSHAPE_RETURN_IF_ERROR(CheckGpus(options, gpus));
  const std::string device = GuessDevice(options, gpus.gpus);
  if (all_processors) UseAllProcessors(device, options);
  const auto unusable = [&options](const absl::Status& why) {
    return absl::UnavailableError(absl::StrCat(
        "the trainer ",
        options.trainer.empty() ? "isoshape-trainer"
                                : absl::StrCat("'", options.trainer, "'"),
        " cannot be used: ", OneLine(why.message()),
        "; see --trainer and --device"));
  };
  absl::StatusOr<std::unique_ptr<ChildProcess>> process =
      ChildProcess::Start(CommandOfSlot(options, device, gpus.gpus, 0, 1));
  if (!process.ok()) return unusable(process.status());
  auto session = std::unique_ptr<TrainerSession>(new TrainerSession(
      *std::move(process), options.trainer_timeout, std::move(interrupted)));
  absl::StatusOr<TrainerLine> line = session->Next();
  if (!line.ok()) return unusable(line.status());
  if (line->type != TrainerLine::Type::kReady) {
    return unusable(
        absl::InvalidArgumentError("its first line does not say ready"));
  }
  session->ready_ = *std::move(line);
  return session;
}

absl::StatusOr<TrainerLine> TrainerSession::Next(const std::string& run) {
  constexpr absl::Duration kTick = absl::Milliseconds(100);
  const absl::Duration silent_until = Clock::Real()->Elapsed() + timeout_;
  const absl::Duration patience = std::min(timeout_, kStopPatience);
  while (true) {
    if (interrupted_ && !stop_deadline_.has_value() && interrupted_()) {
      if (run.empty()) {
        return absl::CancelledError("it was interrupted before it was ready");
      }
      stop_deadline_ = Clock::Real()->Elapsed() + patience;
      ISOSHAPE_RETURN_IF_ERROR(Stop(run));
    }
    // What else it says of a run that it is to stop prolongs nothing.
    const absl::Duration left =
        std::min(silent_until, stop_deadline_.value_or(silent_until)) -
        Clock::Real()->Elapsed();
    if (left <= absl::ZeroDuration()) break;
    const absl::Duration wait = interrupted_ ? std::min(left, kTick) : left;
    ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                              process_->ReadLine(wait));
    if (text.has_value()) return ParseTrainerLine(*text);
  }
  return absl::DeadlineExceededError(
      stop_deadline_.has_value()
          ? absl::StrCat("it had not stopped ", absl::FormatDuration(patience),
                         " after it was told to")
          : absl::StrCat("it was silent for ", WrittenDuration(timeout_),
                         " (--trainer-timeout)"));
}

absl::StatusOr<TrainerLine> TrainerSession::Train(const RunOrder& order,
                                                  const std::string& data_path,
                                                  OnLine on_line) {
  ISOSHAPE_RETURN_IF_ERROR(process_->WriteLine(RunLine({order}, data_path)));
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(TrainerLine line, Next(order.run));
    if (line.run != order.run) continue;
    if (const std::string problem = ContradictionOf(line, order.lease.trial());
        !problem.empty()) {
      return absl::FailedPreconditionError(problem);
    }
    if (line.type == TrainerLine::Type::kResult) return line;
    on_line(line);
  }
}

absl::Status TrainerSession::Stop(const std::string& run) {
  return process_->WriteLine(StopLine(run));
}

std::string TrainerSession::Finish(absl::Duration patience) {
  process_->CloseInput();
  if (process_->WaitForEnd(patience)) return process_->Ending();
  process_->Stop(patience);
  return absl::StrCat("it did not end ", absl::FormatDuration(patience),
                      " after the end of its input");
}

v1::Lease MakeOwnLease(const Shape& shape, const v1::Recipe& recipe,
                       int64_t steps, int64_t seed) {
  v1::Lease lease;
  *lease.mutable_recipe() = recipe;
  v1::Trial& trial = *lease.mutable_trial();
  *trial.mutable_shape() = ToProto(shape);
  trial.set_seed(seed);
  trial.set_steps(steps);
  trial.set_tokens_per_step(recipe.tokens_per_step());
  trial.set_tokens(steps * recipe.tokens_per_step());
  trial.set_parameters(CountParameters(shape).total());
  trial.set_flops_per_token(TrainingFlopsPerToken(shape));
  trial.set_budget_flops(static_cast<double>(trial.tokens()) *
                         trial.flops_per_token());
  return lease;
}

}  // namespace isoshape
