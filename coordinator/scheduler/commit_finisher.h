#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/scheduler/disk_watch.h"
#include "storage/store.h"

namespace isoshape {

// Brings staged commits to the disk and answers their calls, in their order and
// on a thread of its own, so that the next ones are applied meanwhile; all that
// were handed over while one was finished are finished at once. After an error
// all that follow get it too, until Recover. Borrows the store and the watch.
//
// All but Run and unanswered() is called by one thread, which stages.
class CommitFinisher {
 public:
  // More than are handed over during a sync; calls that come when so many wait
  // share the next commit.
  static constexpr size_t kMostWaiting = 4;

  // What was applied together.
  struct Group {
    // Whether something of it was staged: else nothing is to be brought to the
    // disk, and it only waits for those before it.
    bool staged = false;
    size_t calls = 0;
    // Answers the calls, with how the commit ended.
    std::function<void(const absl::Status& committed)> answer;
  };

  CommitFinisher(Store* store, DiskWatch* disk);
  // Answers everything that was handed over.
  ~CommitFinisher();
  CommitFinisher(const CommitFinisher&) = delete;
  CommitFinisher& operator=(const CommitFinisher&) = delete;

  // What was staged last is to be finished. Waits while many wait already.
  void HandOver(Group group);
  // The same at once, on this thread, which saves waking another. False, and
  // nothing is done, if earlier ones are not answered yet.
  bool FinishHere(const Group& group);
  // The error that those get which are handed over now, or OK.
  absl::Status status();
  // After an error: waits until all have it, and takes back in the store what
  // is not on disk. What is handed over after this is finished again.
  void Recover();
  // Waits until all that was handed over is answered.
  void AwaitAnswers();
  // Calls that were handed over and have no answer yet. Thread-safe.
  size_t unanswered();

 private:
  void Run();
  // Finishes what was staged, unless an earlier one failed.
  absl::Status Finish(bool staged) ABSL_LOCKS_EXCLUDED(mutex_);
  void Answer(const Group& group, const absl::Status& status)
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !busy_ && next_.empty();
  }

  Store* const store_;
  DiskWatch* const disk_;
  absl::Mutex mutex_;
  absl::CondVar handed_over_;
  absl::CondVar taken_;  // or all answered
  std::vector<Group> next_ ABSL_GUARDED_BY(mutex_);
  size_t unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_
