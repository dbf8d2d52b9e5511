#include "worker/trainer/process_trainer.h"

#include <signal.h>

#include <utility>

#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// How long a process has between SIGTERM and SIGKILL.
constexpr absl::Duration kTermPatience = absl::Seconds(10);
// How often an abandoned process is looked at.
constexpr absl::Duration kTick = absl::Milliseconds(10);

}  // namespace

absl::Status ProcessTrainer::Start() {
  if (Usable()) return absl::OkStatus();
  while (!Poll()) clock_->Sleep(kTick);
  ready_.reset();
  abandoned_.reset();
  process_.reset();
  ISOSHAPE_ASSIGN_OR_RETURN(process_, ChildProcess::Start(command_));
  last_heard_ = clock_->Elapsed();
  return absl::OkStatus();
}

bool ProcessTrainer::Usable() {
  return process_ != nullptr && !abandoned_.has_value() && process_->Running();
}

absl::StatusOr<std::optional<TrainerLine>> ProcessTrainer::Next(
    absl::Duration timeout) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                            process_->ReadLine(timeout));
  if (!text.has_value()) return std::nullopt;
  ISOSHAPE_ASSIGN_OR_RETURN(TrainerLine line, ParseTrainerLine(*text));
  last_heard_ = clock_->Elapsed();
  if (line.type == TrainerLine::Type::kReady) ready_ = line;
  return line;
}

absl::Status ProcessTrainer::BeginRuns(const std::vector<RunOrder>& orders,
                                       const std::string& data_path) {
  last_heard_ = clock_->Elapsed();
  return process_->WriteLine(RunLine(orders, data_path));
}

absl::Status ProcessTrainer::StopRun(const std::string& run) {
  return process_->WriteLine(StopLine(run));
}

void ProcessTrainer::Abandon() {
  if (process_ == nullptr || abandoned_.has_value()) return;
  abandoned_ = clock_->Elapsed();
  process_->CloseInput();
  process_->Signal(SIGTERM);
}

bool ProcessTrainer::Poll() {
  if (!abandoned_.has_value() || !process_->Running()) return true;
  if (clock_->Elapsed() - *abandoned_ > kTermPatience)
    process_->Signal(SIGKILL);
  return false;
}

void ProcessTrainer::Finish(absl::Duration patience) {
  if (process_ == nullptr) return;
  process_->CloseInput();
  if (!process_->WaitForEnd(patience)) {
    process_->Signal(SIGTERM);
    process_->WaitForEnd(patience);
  }
  process_.reset();  // SIGKILL if it is still there
  ready_.reset();
  abandoned_.reset();
}

}  // namespace isoshape
