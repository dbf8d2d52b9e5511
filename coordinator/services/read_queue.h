#ifndef ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_
#define ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace isoshape {

// Does the reads that calls ask for, beside the threads of gRPC that bring the
// calls. gRPC has two of these on a small machine: two lists of a campaign with
// 100,000 trials on them would keep every heartbeat and every probe of health
// waiting.
//
// Those who ask take turns, and so do the connections of one of them, however
// many reads one has asked for or connections he has opened. What waits is
// bounded, and nobody can take all the room: each may have as many waiting as
// there is room left (Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches", 1998), and so may a connection of the room
// that is left to its owner. Beyond it calls are refused at once and told when
// to come again. A read that nobody waits for any more takes no turn.
//
// It has threads of its own, not those of a WorkQueue with an entry for each
// read: one turn passes over any number of abandoned reads, whose entries would
// stay while others are read, without a bound. Thread-safe.
//
//   reads.Add({.who = callers.Origin(*context), .connection = context->peer()},
//             {.end = [=](const absl::Status& status) {
//                reactor->Finish(ToGrpcStatus(status.ok() ? Read() : status));
//              },
//              .abandoned = [=] { return context->IsCancelled(); }});
class ReadQueue {
 public:
  struct Options {
    // Half of the processors, two to eight: the others are for all else.
    int threads = HalfOfProcessors();
    // Of all together: some minutes of long reads.
    size_t max_waiting = 4096;
  };
  struct Asker {
    std::string who;
    std::string connection;
  };
  struct Job {
    // Called once: with OK on a thread of the queue, to do the read; with
    // RESOURCE_EXHAUSTED if too many wait, CANCELLED if it was abandoned, or
    // UNAVAILABLE after Stop, on any.
    std::function<void(const absl::Status& status)> end;
    // Whether nobody waits for it; called on any thread, and calls nothing of
    // the queue.
    std::function<bool()> abandoned = [] { return false; };
  };

  ReadQueue() : ReadQueue(Options()) {}
  explicit ReadQueue(const Options& options);
  ~ReadQueue();
  ReadQueue(const ReadQueue&) = delete;
  ReadQueue& operator=(const ReadQueue&) = delete;

  void Add(const Asker& asker, Job job) ABSL_LOCKS_EXCLUDED(mutex_);
  // Refuses what waits, and all that comes. Does not wait for what has begun.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  static int HalfOfProcessors();
  // Queues that take turns, by name.
  template <typename Queue>
  struct Turns {
    std::map<std::string, Queue> queues;  // none of them empty
    std::deque<std::string> order;        // their names
  };
  // What somebody has asked for, by connection.
  struct Waiting : Turns<std::deque<Job>> {
    size_t count = 0;
  };

  void Run();
  // Waits for a job; nothing: the queue is to end, or there are `abandoned`
  // ones alone, which are to be told so.
  std::optional<Job> Next(std::vector<Job>& abandoned)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The first job that is not abandoned, of those who ask in turn; and of one
  // of them, of the connections in turn.
  std::optional<Job> TakeTurn(std::vector<Job>& abandoned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Job> TakeOf(Waiting& own, std::vector<Job>& abandoned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why one more is refused.
  absl::Status Admit(const Asker& asker) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || count_ > 0;
  }

  const Options options_;
  absl::Mutex mutex_;
  Turns<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;  // of all in waiting_
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_READ_QUEUE_H_
