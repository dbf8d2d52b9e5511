#ifndef ISOSHAPE_WORKER_AGENT_H_
#define ISOSHAPE_WORKER_AGENT_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/net/request_id.h"
#include "common/process/child_process.h"
#include "common/threads/clock.h"
#include "gpu/visible_gpus.h"
#include "isoshape/v1/worker_service.pb.h"
#include "worker/coordinator/coordinator.h"
#include "worker/coordinator/coordinator_backoff.h"
#include "worker/coordinator/shared_heartbeats.h"
#include "worker/gpu/gpu_lock.h"
#include "worker/options/options.h"
#include "worker/readiness.h"
#include "worker/run/kept_results.h"
#include "worker/run/slot.h"
#include "worker/trainer/trainer.h"

namespace isoshape {

// A worker: registers with the coordinator, leases a trial, or replicas of one
// shape, for every free slot and hands all of them back when it drains.
// Threads: one that registers and leases, and one for each slot (Slot, Run).
// Thread-safe.
//
//   CoordinatorClient coordinator(options.server);
//   auto agent = Agent::Start(options, Clock::Real(), &coordinator,
//                             [](const ChildCommand& command) { … });
//   … agent->Drain();
//   while (!agent->WaitForEnd(absl::Milliseconds(100))) …
//   return agent->status().ok() ? 0 : 1;
class Agent {
 public:
  // Makes the trainer of a slot, which is started by that command.
  using TrainerFactory =
      std::function<std::unique_ptr<Trainer>(const ChildCommand& command)>;

  // Returns at once. The first trainer is started before anything is leased: it
  // says what the device is; one that cannot start, or cannot do what the
  // options ask for, ends the agent. `clock` and `coordinator` must outlive it.
  static std::unique_ptr<Agent> Start(WorkerOptions options, Clock* clock,
                                      LeasingCoordinator* coordinator,
                                      TrainerFactory make_trainer);

  // Drains and waits.
  ~Agent();

  // Begins to end: no more leases, runs are stopped, trials handed back,
  // trainers ended, within about ten seconds. Returns at once.
  void Drain();
  // Returns true if the agent has ended within `timeout`.
  bool WaitForEnd(absl::Duration timeout);
  // Tells probes whether it can be given trials.
  Readiness& readiness() { return readiness_; }
  // Once it has ended: OK after Drain, DrainWorker, or when it was idle for
  // long; otherwise why it cannot work.
  absl::Status status();
  // Once it has ended: whether trials were left for it to train, as far as it
  // knows; true if no coordinator has told it, false after DrainWorker: whoever
  // drains it does not want it started again.
  bool work_left();

 private:
  // Of the agent's own calls.
  static constexpr absl::Duration kCallDeadline = absl::Seconds(5);

  Agent(WorkerOptions options, Clock* clock, LeasingCoordinator* coordinator,
        TrainerFactory make_trainer);

  void Main();
  absl::Status Work();
  // Starts the first trainer and waits until it is ready. Returns CANCELLED if
  // the agent drains meanwhile.
  absl::Status StartFirstTrainer(Trainer& trainer);
  // Takes the GPUs of `slots` slots for this worker alone.
  absl::Status TakeGpus(int slots);
  // Gives the GPUs back, because `trainer` trains on the CPU.
  void LeaveGpus(const std::string& trainer);
  // Tries to register until it succeeds. Returns CANCELLED if the agent drains
  // meanwhile, or is idle for long.
  absl::Status Register();
  // Logs what there is to know, each note once: it registers again after each
  // restart of the coordinator.
  void TellOnce(const std::string& note);
  void MakeSlots(std::unique_ptr<Trainer> first);
  // Of calls that granted nothing, since the last answer.
  struct Refusals {
    bool denied = false;  // the token was refused, and the log says so
    bool anew = false;    // it has registered again
  };
  // Tells of one, and mends what it can. Whether to call again at once.
  bool TakeRefusal(const absl::Status& refusal, v1::LeaseTrialsRequest& request,
                   Refusals& refusals);
  // OK when it drains, has been idle for long, or was told to drain; otherwise
  // why it gets no trials any more.
  absl::Status LeaseUntilDrained();
  // Reports what workers of this folder could not, and takes what is of no use
  // any more off the disk. Returns CANCELLED if the agent drains meanwhile, or
  // is idle for long.
  absl::Status ReportLeftResults();
  // False if it is to be tried again later, with the reason in `status`.
  bool ReportLeftResult(KeptResult& result, absl::Status* status);
  // Waits until no slot trains, or the agent drains.
  void AwaitSlots();
  // The coordinator need not wait for a lease to see that this process is gone.
  void Leave();
  // Returns true if it has had nothing to do for as long as --exit-when-idle
  // says, and says so once. While no coordinator answers there is nothing to
  // do.
  bool IdleForLong();
  // Gives the leases to free slots, replicas to one; what is too much is
  // handed back.
  void Assign(const v1::LeaseTrialsResponse& response);
  // Whether there is work for another worker, by an answer to a lease call: not
  // if this one is to end for good, whatever is left to train.
  void NoteWorkLeft(const v1::LeaseTrialsResponse& response);
  // Hands back what a lease call that was cut off may have been granted, which
  // would count as lost when its lease ends. If that takes long the slots end
  // their runs meanwhile.
  void ReturnUnseen(const v1::LeaseTrialsRequest& request);
  // All of them within one kCallDeadline; the log says how many could not be.
  void HandBack(const std::vector<v1::Lease>& leases,
                const std::string& reason);
  int FreeSlots();
  // Registers anew if the coordinator wants heartbeats at another interval than
  // it said: it was started again with leases of another length. Once it knows
  // that this worker knows, it counts by the new one.
  void AnswerNewInterval();
  // Waits until a slot is free and returns true; false if the agent drains.
  bool SomethingToLease();
  // Returns false if the agent drains.
  bool WaitBeforeRetry(absl::Duration wait);
  // Tells the slots to hand back what they train, once.
  void StopSlots();
  // And waits until they have.
  void EndSlots();

  const WorkerOptions options_;
  const VisibleGpus gpus_ = SelectGpus(SurveyGpus());
  std::vector<GpuLock> gpu_locks_;    // the agent's thread only
  std::set<std::string> notes_told_;  // each once
  Clock* const clock_;
  LeasingCoordinator* const coordinator_;
  const TrainerFactory make_trainer_;
  Readiness readiness_;
  ResultKeeper keeper_;
  SharedHeartbeats heartbeats_;
  // Of this process, in the ids of its requests.
  const std::string process_ = NewRequestId();
  v1::Worker worker_;  // the agent's thread only
  // Of the registration.
  absl::Duration heartbeat_interval_ = absl::Seconds(5);
  std::vector<std::unique_ptr<Slot>> slots_;

  Event drain_;         // no more leases
  Event end_of_slots_;  // hand back what is running
  Event ended_;         // status_ is there
  absl::Mutex mutex_;
  bool drain_asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool slot_freed_ ABSL_GUARDED_BY(mutex_) = false;
  TimedCondVar awake_;  // of drain_asked_ and slot_freed_
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  // As long as no coordinator has said that nothing is left.
  bool work_left_ ABSL_GUARDED_BY(mutex_) = true;
  // The agent's thread only: of AnswerNewInterval.
  CoordinatorBackoff registration_backoff_;
  absl::Duration next_registration_ = -absl::InfiniteDuration();
  bool registration_refused_ = false;  // and told of
  // The agent's thread only: since when no slot trains.
  absl::Duration idle_since_ = absl::InfiniteDuration();
  bool idle_told_ = false;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_AGENT_H_
