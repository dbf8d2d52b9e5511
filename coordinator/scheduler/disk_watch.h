#ifndef ISOSHAPE_COORDINATOR_SCHEDULER_DISK_WATCH_H_
#define ISOSHAPE_COORDINATOR_SCHEDULER_DISK_WATCH_H_

#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"

namespace isoshape {

// Knows whether the disk answers, whichever threads wait for it: commits say
// when they ask it for something and when it has answered. What takes longer
// than `stall` is a stall: the log says so while it lasts, from a thread that
// does nothing else, and when it is over. Thread-safe, and never waits for the
// disk. Borrows the clock.
//
//   {
//     const DiskWatch::Ask ask(&disk);
//     status = store->Finish();
//   }
class DiskWatch {
 public:
  // Who would have to wait for a disk that has not answered for so long is told
  // that instead.
  static constexpr absl::Duration kPatience = absl::Seconds(1);

  DiskWatch(Clock* clock, absl::Duration stall);
  // Nothing must be asked any more.
  ~DiskWatch();
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  // The disk is asked for something as long as this lives.
  class Ask {
   public:
    explicit Ask(DiskWatch* disk) : disk_(disk), begun_(disk->Begin()) {}
    ~Ask() { disk_->End(begun_); }
    Ask(const Ask&) = delete;
    Ask& operator=(const Ask&) = delete;

   private:
    DiskWatch* const disk_;
    const absl::Duration begun_;
  };

  // How much of the time since the last call the disk stalled: all that it has
  // taken for what is a stall. `goes_on`: it has not answered yet.
  struct Stall {
    absl::Duration time;
    bool goes_on = false;
  };
  Stall TakeStall();
  // For how long the disk has not answered; zero if that is at most kPatience,
  // or nothing is asked of it.
  absl::Duration Silence();
  // UNAVAILABLE, with the silence, while there is one.
  absl::Status Answers();

 private:
  void Run();
  absl::Duration Begin();
  void End(absl::Duration begun);
  // How long the oldest of what it is asked for takes; zero: there is nothing.
  absl::Duration Waited(absl::Duration now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // If there is a stall, then adds it to stalled_ and returns true.
  bool NoteStall(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock* const clock_;
  const absl::Duration stall_;
  absl::Mutex mutex_;
  TimedCondVar changed_;  // stopping_
  // By the clock, when it was asked for what it has not answered.
  std::multiset<absl::Duration> asked_ ABSL_GUARDED_BY(mutex_);
  // Up to when stalls are in stalled_.
  absl::Duration counted_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  absl::Duration stalled_ ABSL_GUARDED_BY(mutex_);  // until TakeStall
  bool told_ ABSL_GUARDED_BY(mutex_) = false;       // the log, of the stall now
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SCHEDULER_DISK_WATCH_H_
