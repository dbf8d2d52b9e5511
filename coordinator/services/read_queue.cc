#include "coordinator/services/read_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"
#include "coordinator/stopping_error.h"

namespace isoshape {
namespace {

// When a read that is refused is to come again.
constexpr absl::Duration kLater = absl::Seconds(2);

absl::Status TooMany(size_t waiting) {
  absl::Status refusal = absl::ResourceExhaustedError(absl::StrCat(
      "the coordinator has ", waiting,
      " questions to answer before this one; ask again in a few seconds"));
  SetRetryAfter(kLater, refusal);
  return refusal;
}

}  // namespace

ReadQueue::ReadQueue(const Options& options) : options_(options) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

ReadQueue::~ReadQueue() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void ReadQueue::Add(const std::string& client, Job job) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = StoppingError();
    } else if (count_ >= options_.max_waiting) {
      refusal = TooMany(count_);
    } else {
      std::deque<Job>& its = waiting_[client];
      if (its.empty()) turns_.push_back(client);
      its.push_back(std::move(job));
      ++count_;
      return;
    }
  }
  job(refusal);
}

void ReadQueue::Stop() {
  std::map<std::string, std::deque<Job>> refused;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    refused = std::exchange(waiting_, {});
    turns_.clear();
    count_ = 0;
  }
  for (const auto& [client, jobs] : refused) {
    for (const Job& job : jobs) job(StoppingError());
  }
}

ReadQueue::Job ReadQueue::Next() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](ReadQueue* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        return self->HasWork();
      },
      this));
  if (turns_.empty()) return nullptr;
  const std::string client = std::move(turns_.front());
  turns_.pop_front();
  const auto its = waiting_.find(client);
  Job job = std::move(its->second.front());
  its->second.pop_front();
  --count_;
  if (its->second.empty()) {
    waiting_.erase(its);
  } else {
    turns_.push_back(client);
  }
  return job;
}

void ReadQueue::Run() {
  while (const Job job = Next()) job(absl::OkStatus());
}

}  // namespace isoshape
