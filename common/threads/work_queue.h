#ifndef ISOSHAPE_COMMON_THREADS_WORK_QUEUE_H_
#define ISOSHAPE_COMMON_THREADS_WORK_QUEUE_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Threads that do jobs in the order in which they come, for what would take too
// long on the thread that asks. Every job is done, nobody takes turns, and what
// waits has no bound but that of who adds it. Thread-safe.
//
//   WorkQueue queue(2);
//   queue.Add([reply = std::move(reply)] { reply(Compress()); });
class WorkQueue {
 public:
  explicit WorkQueue(int threads);
  // Does what was added, then stops.
  ~WorkQueue();

  void Add(std::function<void()> job);

 private:
  void Run();

  absl::Mutex mutex_;
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_THREADS_WORK_QUEUE_H_
