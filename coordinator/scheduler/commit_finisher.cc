#include "coordinator/scheduler/commit_finisher.h"

#include <algorithm>
#include <utility>

namespace isoshape {

CommitFinisher::CommitFinisher(Store* store, DiskWatch* disk)
    : store_(store), disk_(disk), thread_([this] { Run(); }) {}

CommitFinisher::~CommitFinisher() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    handed_over_.Signal();
  }
  thread_.join();
}

void CommitFinisher::HandOver(Group group) {
  absl::MutexLock lock(&mutex_);
  unanswered_ += group.calls;
  while (next_.size() >= kMostWaiting) taken_.Wait(&mutex_);
  next_.push_back(std::move(group));
  if (!busy_) handed_over_.Signal();
}

bool CommitFinisher::FinishHere(const Group& group) {
  {
    absl::MutexLock lock(&mutex_);
    if (!IsIdle()) return false;
    unanswered_ += group.calls;
  }
  Answer(group, Finish(group.staged));
  return true;
}

absl::Status CommitFinisher::status() {
  absl::MutexLock lock(&mutex_);
  return failed_;
}

size_t CommitFinisher::unanswered() {
  absl::MutexLock lock(&mutex_);
  return unanswered_;
}

void CommitFinisher::AwaitAnswers() {
  absl::MutexLock lock(&mutex_);
  while (!IsIdle()) taken_.Wait(&mutex_);
}

void CommitFinisher::Recover() {
  AwaitAnswers();
  store_->TakeBack();
  absl::MutexLock lock(&mutex_);
  failed_ = absl::OkStatus();
}

absl::Status CommitFinisher::Finish(bool staged) {
  {
    absl::MutexLock lock(&mutex_);
    // What changed nothing asks nothing of the disk, which may be gone.
    if (!failed_.ok() || !staged) return failed_;
  }
  absl::Status status;
  {
    const DiskWatch::Ask ask(disk_);
    status = store_->Finish();
  }
  absl::MutexLock lock(&mutex_);
  if (!status.ok()) failed_ = status;
  return status;
}

void CommitFinisher::Answer(const Group& group, const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    unanswered_ -= group.calls;
  }
  group.answer(status);
}

void CommitFinisher::Run() {
  std::vector<Group> groups;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      if (next_.empty()) taken_.Signal();
      while (next_.empty() && !stopping_) handed_over_.Wait(&mutex_);
      if (next_.empty()) return;
      groups = std::exchange(next_, {});
      busy_ = true;
      taken_.Signal();
    }
    const absl::Status status =
        Finish(std::any_of(groups.begin(), groups.end(),
                           [](const Group& group) { return group.staged; }));
    for (const Group& group : groups) Answer(group, status);
    groups.clear();
  }
}

}  // namespace isoshape
