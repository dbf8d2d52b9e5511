#include "coordinator/scheduler/commit_finisher.h"

#include <cstddef>
#include <utility>

namespace isoshape {
namespace {

// More than are handed over during a sync; calls that come when so many wait
// share the next commit.
constexpr size_t kMostWaiting = 4;

}  // namespace

CommitFinisher::CommitFinisher(Store* store)
    : store_(store), thread_([this] { Run(); }) {}

CommitFinisher::~CommitFinisher() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    handed_over_.Signal();
  }
  thread_.join();
}

void CommitFinisher::HandOver(Answer answer) {
  absl::MutexLock lock(&mutex_);
  while (next_.size() >= kMostWaiting) taken_.Wait(&mutex_);
  next_.push_back(std::move(answer));
  if (!busy_) handed_over_.Signal();
}

bool CommitFinisher::FinishHere(const Answer& answer) {
  {
    absl::MutexLock lock(&mutex_);
    if (busy_ || !next_.empty()) return false;
  }
  answer(Finish());
  return true;
}

absl::Status CommitFinisher::status() {
  absl::MutexLock lock(&mutex_);
  return failed_;
}

void CommitFinisher::Recover() {
  {
    absl::MutexLock lock(&mutex_);
    while (busy_ || !next_.empty()) taken_.Wait(&mutex_);
  }
  store_->TakeBack();
  absl::MutexLock lock(&mutex_);
  failed_ = absl::OkStatus();
}

absl::Status CommitFinisher::Finish() {
  {
    absl::MutexLock lock(&mutex_);
    if (!failed_.ok()) return failed_;
  }
  absl::Status status = store_->Finish();
  if (!status.ok()) {
    absl::MutexLock lock(&mutex_);
    failed_ = status;
  }
  return status;
}

void CommitFinisher::Run() {
  std::vector<Answer> answers;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      if (next_.empty()) taken_.Signal();
      while (next_.empty() && !stopping_) handed_over_.Wait(&mutex_);
      if (next_.empty()) return;
      answers = std::exchange(next_, {});
      busy_ = true;
      taken_.Signal();
    }
    const absl::Status status = Finish();
    for (const Answer& answer : answers) answer(status);
    answers.clear();
  }
}

}  // namespace isoshape
