#ifndef ISOSHAPE_WORKER_RUN_RUN_H_
#define ISOSHAPE_WORKER_RUN_RUN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "isoshape/v1/worker_service.pb.h"
#include "worker/coordinator/coordinator.h"
#include "worker/coordinator/coordinator_backoff.h"
#include "worker/coordinator/shared_heartbeats.h"
#include "worker/run/kept_results.h"
#include "worker/trainer/trainer.h"

namespace isoshape {

// One leased trial, from the lease to the answer that it is stored: what its
// trainer says of it on the one side, what the coordinator is told and orders
// on the other. RunGroup brings it both, and the time.
//
//   kWaiting ---> kTraining ---> kStopping ---> kDelivering ---> kEnded
//   (not begun)   (relays)       (stop sent)    (result or
//                                                release in hand)
//
// A result in hand is sent until the coordinator takes it or says that the
// lease is lost. While the coordinator does not answer, training goes on and
// measurements are kept.
class Run {
 public:
  struct Context {
    Coordinator* coordinator = nullptr;
    // Sends the heartbeats, together with those of other runs.
    SharedHeartbeats* heartbeats = nullptr;
    Clock* clock = nullptr;
    absl::Duration trainer_timeout = absl::Seconds(60);
    // Once it is notified, the trial is handed back.
    const Event* drain = nullptr;
    // The device that the trainer must train on, `cpu` or `cuda`; empty: on
    // anything.
    std::string device;
    // Folder of the trials' checkpoints; empty: none are kept.
    std::string checkpoints;
    // Folder of the weights of the one trial that this worker is for; empty: it
    // takes any. That trial is ended where another is handed back, as nobody
    // else may train it, and its checkpoint stays.
    std::string weights;
    // The file or folder that the trainer reads; empty: generated data.
    std::string data_path;
    // Keeps a result until the coordinator has taken it; null: none is kept.
    ResultKeeper* keeper = nullptr;
  };

  // How long a call may take.
  static constexpr absl::Duration kCallDeadline = absl::Seconds(5);

  enum class Phase { kWaiting, kTraining, kStopping, kDelivering, kEnded };

  Run(v1::Lease lease, const Context& context, Trainer& trainer);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Phase phase() const { return phase_; }
  // Returns true if the trainer has the run, or is to get it.
  bool trains() const {
    return phase_ != Phase::kDelivering && phase_ != Phase::kEnded;
  }
  RunOrder order() const { return {run_, lease_, checkpoint_path_}; }
  // A text for the log: `a/trials/1: leased (depth 2, …)`.
  std::string Summary() const;

  // Moves from kWaiting to kTraining, when the trainer has been told of the
  // run.
  void OnBegun();
  // Says how a line about this run contradicts its lease, in one line, or an
  // empty string. Of such a trainer nothing can be believed.
  std::string Contradiction(const TrainerLine& line) const;
  // Takes any line of the trainer, also one about another run.
  void OnLine(const TrainerLine& line);
  void OnTrainerLost(absl::string_view reason);
  using Cause = v1::ReleaseTrialRequest::Cause;
  // Hands the trial back unfinished, with whose doing that is; or ends it as
  // STOPPED, if this worker is for it alone. A trainer that was lost is told of
  // after a second: a signal that ends a group of processes may have taken it
  // first, and the worker, which then drains, next.
  void GiveBack(const std::string& reason, Cause cause);
  // Looks at Context::drain.
  void CheckDrain();
  // This worker was away for a while: what the trainer has to do in a time, it
  // has that time for anew.
  void OnBack();
  // Returns true if the trainer has taken too long to stop the run.
  bool StopIsOverdue() const;

  // Returns the time at which the run wants to call the coordinator: in the
  // past if the call is late, and never (InfiniteDuration) if there is nothing
  // to say.
  absl::Duration NextCall() const;
  // Makes one call if NextCall has come, and waits at most 5 s for the answer.
  void CallCoordinator();

 private:
  enum class StopCause { kOrder, kDrain, kLostLease };

  void OnResult(const TrainerLine& line);
  void OnFailure(const TrainerLine& line, const std::string& error);
  void Stop(StopCause cause);

  void SendHeartbeat();
  void SendMeasurements();
  void SendResult();
  void OnDirective(v1::Directive directive);
  // How often to send heartbeats, as the coordinator said last of this lease.
  absl::Duration HeartbeatInterval() const;
  // Takes that of an answer; unset, as of an older coordinator: the general
  // one.
  void NoteInterval(const google::protobuf::Duration& interval);
  // Between two reports: grows as the interval of heartbeats is stretched.
  absl::Duration ReportInterval() const;
  // Returns true if the call is answered for good, be it done or refused.
  // Otherwise schedules a retry, or ends the run if the lease is lost.
  bool Settle(const absl::Status& status, absl::string_view what);
  void OnLostLease(const absl::Status& status);
  // The result in hand for the log, with what it is of.
  std::string ResultText() const;
  // Its loss: `, validation loss 2.5`, or nothing.
  std::string LossText() const;

  // Returns false if it is there still. Weights are not removed.
  bool RemoveCheckpoint();
  bool is_own() const { return !context_.weights.empty(); }
  // Returns true if what is in hand says that an own trial was stopped.
  bool is_own_stop() const {
    return is_own() && completion_ &&
           completion_->state() == v1::Trial::STOPPED;
  }
  // Writes the result in hand, with what was not reported, to the disk. That
  // an own trial was stopped is not kept: told later, it would end the trial
  // that the same command has come to go on with.
  void KeepResult();
  // Ends the trial in `state`, of which the coordinator is to be told.
  void Finish(v1::Trial::State state, const std::string& error,
              const std::optional<v1::ShapeCard>& card,
              v1::Trial::Failure failure = v1::Trial::FAILURE_UNSPECIFIED);

  // Returns the time since it began, if it did not go on from a checkpoint.
  std::optional<absl::Duration> Elapsed() const;
  absl::Duration CallDeadline() const;
  size_t unreported() const {
    return buffered_.size() +
           (report_ ? static_cast<size_t>(report_->measurements_size()) : 0);
  }

  const v1::Lease lease_;
  const Context context_;
  Trainer& trainer_;
  const std::string trial_;
  const std::string run_;  // its name to the trainer, unique for each lease
  const std::string checkpoint_path_;  // a folder; empty: none
  const bool resumes_;                 // an earlier lease left a checkpoint

  Phase phase_ = Phase::kWaiting;
  absl::Duration begin_time_;
  StopCause stop_cause_ = StopCause::kOrder;
  absl::Duration stop_time_;
  std::optional<absl::Duration> drain_time_;

  std::vector<v1::Measurement> buffered_;                // in no request yet
  std::optional<v1::ReportMeasurementsRequest> report_;  // under way
  std::optional<v1::CompleteTrialRequest> completion_;   // one of these two
  std::optional<v1::ReleaseTrialRequest> release_;       // in kDelivering
  std::optional<KeptResult> kept_;                       // of completion_
  // What is in hand says that the trainer was lost, and was not sent yet.
  bool blames_trainer_ = false;
  // What is in hand was sent and not answered. It may be stored: then its lease
  // is no more, and a heartbeat would say that it is lost.
  bool maybe_stored_ = false;
  bool denied_ = false;      // the token was refused when it last called
  bool overloaded_ = false;  // the coordinator, when it was last called
  int64_t start_step_ = 0;   // of the checkpoint that the trainer went on from
  int64_t last_step_ = -1;   // of the newest measurement
  bool point_refused_ = false;   // one at least, and told of
  absl::Duration last_contact_;  // the newest that counts as a heartbeat
  absl::Duration interval_;      // of HeartbeatInterval; zero: none was told
  absl::Duration next_report_;
  absl::Duration next_call_;  // later than now: the coordinator did not answer
  CoordinatorBackoff backoff_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_RUN_H_
