#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_

#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/store.h"

namespace isoshape {

// Brings staged commits to the disk and answers their calls, in their order and
// on a thread of its own, so that the next ones are applied meanwhile; all that
// were handed over while one was finished are finished at once. After an error
// all that follow get it too, until Recover. Borrows the store.
//
// All but Run is called by one thread, which stages.
class CommitFinisher {
 public:
  // Answers the calls of a commit, with how it ended.
  using Answer = std::function<void(const absl::Status& committed)>;

  explicit CommitFinisher(Store* store);
  // Answers everything that was handed over.
  ~CommitFinisher();
  CommitFinisher(const CommitFinisher&) = delete;
  CommitFinisher& operator=(const CommitFinisher&) = delete;

  // What was staged last is to be finished. Waits while many wait already.
  void HandOver(Answer answer);
  // The same at once, on this thread, which saves waking another. False, and
  // nothing is done, if earlier ones are not answered yet.
  bool FinishHere(const Answer& answer);
  // The error that those get which are handed over now, or OK.
  absl::Status status();
  // After an error: waits until all have it, and takes back in the store what
  // is not on disk. What is handed over after this is finished again.
  void Recover();

 private:
  void Run();
  // Finishes what was staged, unless an earlier one failed.
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(mutex_);

  Store* const store_;
  absl::Mutex mutex_;
  absl::CondVar handed_over_;
  absl::CondVar taken_;  // or all answered
  std::vector<Answer> next_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_COMMIT_FINISHER_H_
