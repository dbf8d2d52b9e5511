#ifndef ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Does the reads that calls ask for, beside the threads of gRPC that bring the
// calls. It has two of these on a small machine: two lists of a campaign with
// 100,000 trials on them would keep every heartbeat and every probe of health
// waiting.
//
// Each client gets its turn, however many reads another one has asked for. What
// waits is bounded; beyond it calls are refused at once and told when to come
// again. Thread-safe.
//
//   reads.Add(context->peer(), [=](const absl::Status& status) {
//     reactor->Finish(ToGrpcStatus(status.ok() ? Read() : status));
//   });
class ReadQueue {
 public:
  struct Options {
    int threads = 2;
    // Of all clients together: some minutes of long reads.
    size_t max_waiting = 4096;
  };
  // Called once: with OK on a thread of the queue, to do the read; with
  // RESOURCE_EXHAUSTED if too many wait, or UNAVAILABLE after Stop, on any.
  using Job = std::function<void(const absl::Status& status)>;

  ReadQueue() : ReadQueue(Options()) {}
  explicit ReadQueue(const Options& options);
  ~ReadQueue();
  ReadQueue(const ReadQueue&) = delete;
  ReadQueue& operator=(const ReadQueue&) = delete;

  // `client` is who asks, as ServerContext names it.
  void Add(const std::string& client, Job job) ABSL_LOCKS_EXCLUDED(mutex_);
  // Refuses what waits, and all that comes. Does not wait for what has begun.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // Waits for a job; null: the queue is to end.
  Job Next() ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !turns_.empty();
  }

  const Options options_;
  absl::Mutex mutex_;
  std::map<std::string, std::deque<Job>> waiting_ ABSL_GUARDED_BY(mutex_);
  // The clients that have jobs there, in the order of their turns.
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;  // of all in waiting_
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_
