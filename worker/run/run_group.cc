#include "worker/run/run_group.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/time_text.h"
#include "worker/trainer/trainer_line.h"

namespace isoshape {
namespace {

// The longest wait: how soon a drain is seen.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// What a wait or a call may be late on a busy machine. A worker that was later
// was away.
constexpr absl::Duration kLate = absl::Seconds(1);

}  // namespace

RunGroup::RunGroup(const std::vector<v1::Lease>& leases, std::string data_path,
                   const Run::Context& context, Trainer& trainer)
    : data_path_(std::move(data_path)), context_(context), trainer_(trainer) {
  Run::Context of_run = context;
  if (absl::StartsWith(data_path_, "/")) of_run.data_path = data_path_;
  for (const v1::Lease& lease : leases) {
    runs_.emplace_back(lease, of_run, trainer);
    spdlog::info("{}", runs_.back().Summary());
  }
  if (!data_path_.empty()) return;
  const std::string& dataset = leases.front().dataset();
  for (Run& run : runs_) {
    run.GiveBack(absl::StrCat("this worker has no data named '", dataset,
                              "'; start it with --data ", dataset, "=PATH"),
                 v1::ReleaseTrialRequest::WORKER_FAULT);
  }
}

RunGroup::End RunGroup::Execute() {
  for (Run& run : runs_) run.CheckDrain();
  if (AnyIn(Run::Phase::kWaiting)) Start();
  const auto ended = [](const Run& run) {
    return run.phase() == Run::Phase::kEnded;
  };
  while (!std::all_of(runs_.begin(), runs_.end(), ended)) {
    for (Run& run : runs_) run.CheckDrain();
    if (Trains()) {
      ReadTrainer(TimeToNextCall());
      CheckTrainer();
    } else {
      trainer_.Poll();
      context_.clock->Sleep(TimeToNextCall());
    }
    const absl::Duration called = context_.clock->Elapsed();
    CallCoordinator();
    NoteIfAway(called, Run::kCallDeadline);
  }
  return end_;
}

void RunGroup::Start() {
  if (const absl::Status status = trainer_.Start(); !status.ok()) {
    OnTrainerLost(status.message());
  } else if (trainer_.ready()) {
    BeginTraining();
  }
}

void RunGroup::BeginTraining() {
  std::vector<RunOrder> orders;
  for (Run& run : runs_) {
    if (run.phase() != Run::Phase::kWaiting) continue;
    orders.push_back(run.order());
    run.OnBegun();
  }
  if (const absl::Status begun = trainer_.BeginRuns(orders, data_path_);
      !begun.ok()) {
    OnTrainerLost(begun.message());
  }
}

void RunGroup::ReadTrainer(absl::Duration timeout) {
  while (Trains()) {
    const absl::Duration begin = context_.clock->Elapsed();
    const absl::StatusOr<std::optional<TrainerLine>> line =
        trainer_.Next(timeout);
    NoteIfAway(begin, timeout);
    if (!line.ok()) {
      OnTrainerLost(line.status().message());
      return;
    }
    if (!line->has_value()) return;
    if ((*line)->type == TrainerLine::Type::kReady) {
      if (!context_.device.empty() && (*line)->device != context_.device) {
        // Its GPU is gone; on the CPU it would train for weeks.
        OnTrainerLost(absl::StrCat("it started on ", (*line)->device,
                                   ", and this worker trains on ",
                                   context_.device));
        return;
      }
      if (AnyIn(Run::Phase::kWaiting)) BeginTraining();
    } else {
      for (const Run& run : runs_) {
        const std::string problem = run.Contradiction(**line);
        if (problem.empty()) continue;
        OnTrainerLost(problem);
        return;
      }
      for (Run& run : runs_) run.OnLine(**line);
      // A trainer that has lost its device must end before it is given another
      // run.
      if ((*line)->outcome == Outcome::kDeviceLost) {
        OnTrainerLost((*line)->error);
      }
    }
    timeout = absl::ZeroDuration();  // what is there already
  }
}

void RunGroup::NoteIfAway(absl::Duration begin, absl::Duration limit) {
  const absl::Duration now = context_.clock->Elapsed();
  if (now - begin <= limit + kLate || !Trains()) return;
  spdlog::warn(
      "this worker itself stood still for {}: its trainer gets its full time "
      "anew",
      absl::FormatDuration(absl::Trunc(now - begin, absl::Milliseconds(100))));
  back_ = now;
  for (Run& run : runs_) run.OnBack();
}

absl::Duration RunGroup::Silence() {
  return std::min(trainer_.Silence(), context_.clock->Elapsed() - back_);
}

void RunGroup::CheckTrainer() {
  if (!Trains()) return;
  if (std::any_of(runs_.begin(), runs_.end(),
                  [](const Run& run) { return run.StopIsOverdue(); })) {
    spdlog::warn("the trainer does not stop; ending it");
    OnTrainerLost("it did not stop when told to");
  } else if (Silence() > context_.trainer_timeout) {
    OnTrainerLost(absl::StrCat(
        "it was silent for ",
        absl::FormatDuration(absl::Trunc(Silence(), absl::Milliseconds(100))),
        "; --trainer-timeout allows ",
        WrittenDuration(context_.trainer_timeout)));
  }
}

void RunGroup::OnTrainerLost(absl::string_view reason) {
  trainer_.Abandon();
  if (AnyIn(Run::Phase::kWaiting)) end_ = End::kTrainerCannotStart;
  for (Run& run : runs_) run.OnTrainerLost(reason);
}

void RunGroup::CallCoordinator() {
  // One at a time, so that a coordinator that does not answer holds up the
  // trainer's lines no longer than one call.
  std::min_element(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
    return a.NextCall() < b.NextCall();
  })->CallCoordinator();
}

bool RunGroup::AnyIn(Run::Phase phase) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [phase](const Run& run) { return run.phase() == phase; });
}

bool RunGroup::Trains() const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [](const Run& run) { return run.trains(); });
}

absl::Duration RunGroup::TimeToNextCall() const {
  absl::Duration next = absl::InfiniteDuration();
  for (const Run& run : runs_) next = std::min(next, run.NextCall());
  return std::clamp(next - context_.clock->Elapsed(), absl::ZeroDuration(),
                    kTick);
}

}  // namespace isoshape
