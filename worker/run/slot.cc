#include "worker/run/slot.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/threads/backoff.h"
#include "worker/run/run_group.h"

namespace isoshape {
namespace {

// How long a trainer has to end by itself, and again after SIGTERM.
constexpr absl::Duration kFinishPatience = absl::Seconds(1);

}  // namespace

Slot::Slot(std::unique_ptr<Trainer> trainer, const Run::Context& context,
           absl::AnyInvocable<void()> on_free)
    : context_(context),
      on_free_(std::move(on_free)),
      trainer_(std::move(trainer)),
      thread_([this] { Loop(); }) {}

Slot::~Slot() { thread_.join(); }

bool Slot::Free() {
  absl::MutexLock lock(&mutex_);
  return !busy_;
}

void Slot::Assign(std::vector<v1::Lease> leases, std::string data_path) {
  absl::MutexLock lock(&mutex_);
  busy_ = true;
  assignment_ = Assignment{std::move(leases), std::move(data_path)};
}

void Slot::Wake() {
  // A notification wakes nobody who waits for a condition of `mutex_`; its
  // release has Abseil look at the condition again, and that is what wakes.
  absl::MutexLock lock(&mutex_);
}

void Slot::Loop() {
  Backoff restarts(absl::Seconds(1), absl::Seconds(60));
  while (true) {
    Assignment assignment;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Slot::Awake));
      // An assignment that came as the worker began to drain is not dropped: it
      // is run, and so handed back.
      if (!assignment_.has_value()) break;
      assignment = *std::move(assignment_);
      assignment_.reset();
    }
    RunGroup group(assignment.leases, std::move(assignment.data_path), context_,
                   *trainer_);
    if (group.Execute() == RunGroup::End::kTrainerWorks) {
      restarts.Reset();
    } else if (!Draining()) {
      const absl::Duration wait = restarts.Next();
      spdlog::error(
          "the trainer cannot start; trying again in {}; see --trainer",
          absl::FormatDuration(absl::Trunc(wait, absl::Milliseconds(100))));
      context_.clock->SleepUntil(*context_.drain, wait);
    }
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
    }
    on_free_();
  }
  trainer_->Finish(kFinishPatience);
}

}  // namespace isoshape
