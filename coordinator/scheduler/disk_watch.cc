#include "coordinator/scheduler/disk_watch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace isoshape {

DiskWatch::DiskWatch(Clock* clock, absl::Duration stall)
    : clock_(clock), stall_(stall), thread_([this] { Run(); }) {}

DiskWatch::~DiskWatch() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.Signal();
  }
  thread_.join();
}

absl::Duration DiskWatch::Begin() {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_->Elapsed();
  asked_.insert(now);
  return now;
}

void DiskWatch::End(absl::Duration begun) {
  absl::Duration took;
  bool told = false;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration now = clock_->Elapsed();
    const bool stalled = NoteStall(now);
    took = Waited(now);
    asked_.erase(asked_.find(begun));
    if (!stalled || NoteStall(now)) return;
    told = std::exchange(told_, false);
  }
  // Without the lock: the log may be on that disk.
  if (told) {
    spdlog::warn("the database answers again, after {}",
                 absl::FormatDuration(took));
  } else {
    spdlog::warn("the database did not answer for {}; no lease ended for it",
                 absl::FormatDuration(took));
  }
}

absl::Duration DiskWatch::Waited(absl::Duration now) const {
  return asked_.empty() ? absl::ZeroDuration() : now - *asked_.begin();
}

bool DiskWatch::NoteStall(absl::Duration now) {
  const absl::Duration waited = Waited(now);
  if (waited <= stall_) return false;
  stalled_ += now - std::max(counted_, now - waited);
  counted_ = now;
  return true;
}

DiskWatch::Stall DiskWatch::TakeStall() {
  absl::MutexLock lock(&mutex_);
  const bool goes_on = NoteStall(clock_->Elapsed());
  return {std::exchange(stalled_, absl::ZeroDuration()), goes_on};
}

absl::Duration DiskWatch::Silence() {
  absl::MutexLock lock(&mutex_);
  const absl::Duration waited = Waited(clock_->Elapsed());
  return waited > kPatience ? waited : absl::ZeroDuration();
}

absl::Status DiskWatch::Answers() {
  const absl::Duration silence = Silence();
  if (silence == absl::ZeroDuration()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the database has not answered for ",
                   absl::FormatDuration(absl::Trunc(silence, absl::Seconds(1))),
                   ", and what waits for it is not answered either"));
}

void DiskWatch::Run() {
  while (true) {
    absl::Duration waited;
    {
      absl::MutexLock lock(&mutex_);
      if (!stopping_) changed_.WaitFor(&mutex_, stall_ / 2);
      if (stopping_) return;
      const absl::Duration now = clock_->Elapsed();
      if (!NoteStall(now) || std::exchange(told_, true)) continue;
      waited = Waited(now);
    }
    spdlog::warn(
        "the database has not answered for {}: until it does no call that "
        "changes something is answered, and no lease ends",
        absl::FormatDuration(waited));
  }
}

}  // namespace isoshape
