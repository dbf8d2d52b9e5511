#ifndef ISOSHAPE_WORKER_RUN_RUN_GROUP_H_
#define ISOSHAPE_WORKER_RUN_RUN_GROUP_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "isoshape/v1/worker.pb.h"
#include "worker/run/run.h"
#include "worker/trainer/trainer.h"

namespace isoshape {

// The runs that a trainer trains at one time: a leased trial, or several that
// are replicas of one shape. An event loop on the caller's thread between the
// trainer and the coordinator. Each run ends by itself; they share the trainer
// alone, and its loss.
//
//   RunGroup group(leases, data_path, context, trainer);
//   group.Execute();
class RunGroup {
 public:
  // True if the trainer could be used.
  enum class End { kTrainerWorks, kTrainerCannotStart };

  // `leases`: at least one; several must be those that LeaseTrials granted as
  // replicas. `data_path`: what the trainer is told to read; empty if this
  // worker has no such data.
  RunGroup(const std::vector<v1::Lease>& leases, std::string data_path,
           const Run::Context& context, Trainer& trainer);

  // Returns when no trial is ours any more. A trainer that misbehaved has been
  // abandoned then.
  End Execute();

 private:
  void Start();
  void BeginTraining();
  void ReadTrainer(absl::Duration timeout);
  void CheckTrainer();
  // Notes that a wait or a call that began at `begin` and could take `limit`
  // has taken longer: then this worker itself was away (SIGSTOP, docker pause,
  // a machine that stood still), and as a rule the trainer with it.
  void NoteIfAway(absl::Duration begin, absl::Duration limit);
  // How long it has heard nothing from the trainer while it was there.
  absl::Duration Silence();
  void OnTrainerLost(absl::string_view reason);
  void CallCoordinator();

  bool AnyIn(Run::Phase phase) const;
  // Returns true if some run is in the trainer, or is to be.
  bool Trains() const;
  absl::Duration TimeToNextCall() const;

  const std::string data_path_;
  const Run::Context context_;
  Trainer& trainer_;
  std::deque<Run> runs_;
  absl::Duration back_ = -absl::InfiniteDuration();  // since it was away
  End end_ = End::kTrainerWorks;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_RUN_GROUP_H_
