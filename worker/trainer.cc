#include "worker/trainer.h"

#include <signal.h>

#include <utility>

#include "absl/time/clock.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// From SIGTERM to SIGKILL, by the machine's clock: it is the system that is
// waited for.
constexpr absl::Duration kTermPatience = absl::Seconds(10);

}  // namespace

absl::Status Trainer::Start() {
  if (Usable()) return absl::OkStatus();
  WaitUntilGone();
  ready_.reset();
  abandoned_.reset();
  process_.reset();
  ISOSHAPE_ASSIGN_OR_RETURN(process_, TrainerProcess::Start(command_));
  last_heard_ = clock_->Now();
  return absl::OkStatus();
}

bool Trainer::Usable() {
  return process_ != nullptr && !abandoned_.has_value() && process_->Running();
}

absl::StatusOr<std::optional<TrainerLine>> Trainer::Next(
    absl::Duration timeout) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                            process_->ReadLine(timeout));
  if (!text.has_value()) return std::nullopt;
  ISOSHAPE_ASSIGN_OR_RETURN(TrainerLine line, ParseTrainerLine(*text));
  last_heard_ = clock_->Now();
  if (line.type == TrainerLine::Type::kReady) ready_ = line;
  return line;
}

absl::Duration Trainer::Silence() { return clock_->Now() - last_heard_; }

absl::Status Trainer::BeginRuns(const std::vector<RunOrder>& orders,
                                const std::string& data_path) {
  last_heard_ = clock_->Now();
  return process_->WriteLine(RunLine(orders, data_path));
}

absl::Status Trainer::StopRun(const std::string& run) {
  return process_->WriteLine(StopLine(run));
}

void Trainer::Abandon() {
  if (process_ == nullptr || abandoned_.has_value()) return;
  abandoned_ = absl::Now();
  process_->CloseInput();
  process_->Signal(SIGTERM);
}

bool Trainer::Poll() {
  if (!abandoned_.has_value() || !process_->Running()) return true;
  if (absl::Now() - *abandoned_ > kTermPatience) process_->Signal(SIGKILL);
  return false;
}

void Trainer::WaitUntilGone() {
  while (!Poll()) process_->WaitForEnd(absl::Milliseconds(50));
}

void Trainer::Finish(absl::Duration patience) {
  if (process_ == nullptr) return;
  process_->CloseInput();
  if (!process_->WaitForEnd(patience)) {
    process_->Signal(SIGTERM);
    process_->WaitForEnd(patience);
  }
  process_.reset();  // SIGKILL where it is still there
  ready_.reset();
  abandoned_.reset();
}

}  // namespace isoshape
