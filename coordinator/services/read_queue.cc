#include "coordinator/services/read_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/retry_after.h"
#include "coordinator/stopping_error.h"
#include "machine/cpus.h"

namespace isoshape {
namespace {

// When a read that is refused is to come again.
constexpr absl::Duration kLater = absl::Seconds(2);

absl::Status TooMany(size_t waiting, size_t own) {
  absl::Status refusal = absl::ResourceExhaustedError(absl::StrCat(
      "the coordinator has ", waiting, " reads to do, ", own,
      " of them yours, and no room for more; ask again in a few seconds"));
  SetRetryAfter(kLater, refusal);
  return refusal;
}

}  // namespace

int ReadQueue::HalfOfProcessors() { return std::clamp(UsableCpus() / 2, 2, 8); }

ReadQueue::ReadQueue(const Options& options) : options_(options) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

ReadQueue::~ReadQueue() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

void ReadQueue::Add(const Asker& asker, Job job) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    refusal = Admit(asker);
    if (refusal.ok()) {
      Waiting& own = waiting_.queues[asker.who];
      if (own.count == 0) waiting_.order.push_back(asker.who);
      std::deque<Job>& jobs = own.queues[asker.connection];
      if (jobs.empty()) own.order.push_back(asker.connection);
      jobs.push_back(std::move(job));
      ++own.count;
      ++count_;
      return;
    }
  }
  job.end(refusal);
}

absl::Status ReadQueue::Admit(const Asker& asker) const {
  if (stopping_) return StoppingError();
  const size_t room = options_.max_waiting - count_;
  const auto own = waiting_.queues.find(asker.who);
  if (own == waiting_.queues.end()) {
    return room > 0 ? absl::OkStatus() : TooMany(count_, 0);
  }
  const size_t count = own->second.count;
  const auto jobs = own->second.queues.find(asker.connection);
  const size_t of_connection =
      jobs == own->second.queues.end() ? 0 : jobs->second.size();
  // of_connection <= count, so that this bounds both.
  return count + of_connection < room ? absl::OkStatus()
                                      : TooMany(count_, count);
}

void ReadQueue::Stop() {
  Turns<Waiting> refused;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    refused = std::exchange(waiting_, {});
    count_ = 0;
  }
  for (const auto& [who, own] : refused.queues) {
    for (const auto& [connection, jobs] : own.queues) {
      for (const Job& job : jobs) job.end(StoppingError());
    }
  }
}

std::optional<ReadQueue::Job> ReadQueue::TakeOf(Waiting& own,
                                                std::vector<Job>& abandoned) {
  while (!own.order.empty()) {
    const std::string connection = std::move(own.order.front());
    own.order.pop_front();
    std::deque<Job>& jobs = own.queues.find(connection)->second;
    std::optional<Job> taken;
    while (!taken.has_value() && !jobs.empty()) {
      Job job = std::move(jobs.front());
      jobs.pop_front();
      --own.count;
      --count_;
      if (job.abandoned()) {
        abandoned.push_back(std::move(job));
      } else {
        taken = std::move(job);
      }
    }
    if (jobs.empty()) {
      own.queues.erase(connection);
    } else {
      own.order.push_back(connection);
    }
    if (taken.has_value()) return taken;
  }
  return std::nullopt;
}

std::optional<ReadQueue::Job> ReadQueue::TakeTurn(std::vector<Job>& abandoned) {
  while (!waiting_.order.empty()) {
    const std::string who = std::move(waiting_.order.front());
    waiting_.order.pop_front();
    Waiting& own = waiting_.queues.find(who)->second;
    std::optional<Job> taken = TakeOf(own, abandoned);
    if (own.count == 0) {
      waiting_.queues.erase(who);
    } else {
      waiting_.order.push_back(who);
    }
    if (taken.has_value()) return taken;
  }
  return std::nullopt;
}

std::optional<ReadQueue::Job> ReadQueue::Next(std::vector<Job>& abandoned) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](ReadQueue* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        return self->HasWork();
      },
      this));
  return TakeTurn(abandoned);
}

void ReadQueue::Run() {
  while (true) {
    std::vector<Job> abandoned;
    const std::optional<Job> job = Next(abandoned);
    if (!job.has_value() && abandoned.empty()) return;
    for (const Job& one : abandoned) {
      one.end(absl::CancelledError("the client is gone"));
    }
    if (job.has_value()) job->end(absl::OkStatus());
  }
}

}  // namespace isoshape
