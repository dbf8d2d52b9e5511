#ifndef ISOSHAPE_WORKER_RUN_SLOT_H_
#define ISOSHAPE_WORKER_RUN_SLOT_H_

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "isoshape/v1/worker.pb.h"
#include "worker/run/run.h"
#include "worker/trainer/trainer.h"

namespace isoshape {

// A place for one trial, or replicas of one shape, at a time: a thread with a
// trainer of its own, which stays warm between runs. A slot whose trainer
// cannot start takes no trial for a while, longer each time, so that a broken
// installation does not churn through a campaign.
//
// Thread-safe. Ends when `context.drain` is notified and Wake is called; the
// destructor waits for that.
//
//   Slot slot(std::move(trainer), context, [&] { NoteThatASlotIsFree(); });
//   if (slot.Free()) slot.Assign({lease}, "/data/text");
class Slot {
 public:
  // `on_free` is called on the slot's thread when it can take a trial again.
  Slot(std::unique_ptr<Trainer> trainer, const Run::Context& context,
       absl::AnyInvocable<void()> on_free);
  ~Slot();

  bool Free();
  // Expects Free, and is called by the one thread that assigns.
  void Assign(std::vector<v1::Lease> leases, std::string data_path);
  // Makes the slot look at `context.drain`.
  void Wake();

 private:
  struct Assignment {
    std::vector<v1::Lease> leases;
    std::string data_path;
  };

  void Loop();
  bool Awake() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return assignment_.has_value() || context_.drain->HasBeenNotified();
  }
  bool Draining() const { return context_.drain->HasBeenNotified(); }

  const Run::Context context_;
  absl::AnyInvocable<void()> on_free_;
  const std::unique_ptr<Trainer> trainer_;  // the slot's thread only

  absl::Mutex mutex_;
  std::optional<Assignment> assignment_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_SLOT_H_
