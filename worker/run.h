#ifndef ISOSHAPE_WORKER_RUN_H_
#define ISOSHAPE_WORKER_RUN_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "isoshape/v1/worker_service.pb.h"
#include "worker/backoff.h"
#include "worker/coordinator_client.h"
#include "worker/trainer.h"

namespace isoshape {

// One leased trial, from the lease to the answer that it is stored: an event
// loop on the caller's thread between a trainer and the coordinator.
//
//   kStarting ---> kTraining ---> kStopping ---> kDelivering ---> kEnded
//   (not ready)    (relays)       (stop sent)    (result or
//                                                 release in hand)
//
// A result in hand is sent until the coordinator takes it or says that the
// lease is lost. While the coordinator does not answer, training goes on and
// measurements are kept.
//
//   Run run(lease, data_path, context, trainer);
//   run.Execute();
class Run {
 public:
  struct Context {
    CoordinatorClient* client = nullptr;
    Clock* clock = nullptr;
    std::string worker;  // `workers/{id}`
    absl::Duration heartbeat_interval = absl::Seconds(5);
    absl::Duration trainer_timeout = absl::Seconds(60);
    // Notified: hand the trial back.
    const absl::Notification* drain = nullptr;
    // Folder of the trials' checkpoints; empty: none are kept.
    std::string checkpoints;
  };

  // Whether the trainer could be used.
  enum class End { kTrainerWorks, kTrainerCannotStart };

  Run(v1::Lease lease, std::string data_path, const Context& context,
      Trainer& trainer);

  // Returns when the trial is no longer ours. A trainer that misbehaved has
  // been abandoned then.
  End Execute();

 private:
  enum class Phase { kStarting, kTraining, kStopping, kDelivering, kEnded };
  enum class StopCause { kOrder, kDrain, kLostLease };

  // Trainer side.
  void Start();
  void BeginTraining();
  void ReadTrainer(absl::Duration timeout);
  void OnLine(const TrainerLine& line);
  void OnResult(const TrainerLine& line);
  void OnTrainerLost(absl::string_view reason);
  void CheckTrainer();
  void Stop(StopCause cause);

  // Coordinator side.
  void CallCoordinator();
  void SendHeartbeat();
  void SendMeasurements();
  void SendResult();
  void OnDirective(v1::Directive directive);
  // True where the call is done with; otherwise schedules what follows.
  bool Settle(const absl::Status& status, absl::string_view what);
  void OnLostLease(const absl::Status& status);

  // What to tell the coordinator at the end.
  void Finish(v1::Trial::State state, const std::string& error,
              const std::optional<v1::ShapeCard>& card);
  void GiveBack(const std::string& reason, bool trainer_lost);
  void CheckDrain();

  absl::Duration CallDeadline() const;
  absl::Duration TimeToNextEvent();
  size_t unreported() const {
    return buffered_.size() +
           (report_ ? static_cast<size_t>(report_->measurements_size()) : 0);
  }

  const v1::Lease lease_;
  const std::string data_path_;
  const Context context_;
  Trainer& trainer_;
  const std::string trial_;
  const std::string run_;  // its name to the trainer, unique for each lease
  const std::string checkpoint_path_;  // a folder; empty: none

  Phase phase_ = Phase::kStarting;
  End end_ = End::kTrainerWorks;
  StopCause stop_cause_ = StopCause::kOrder;
  absl::Time stop_time_;
  std::optional<absl::Time> drain_time_;

  std::vector<v1::Measurement> buffered_;                // in no request yet
  std::optional<v1::ReportMeasurementsRequest> report_;  // under way
  std::optional<v1::CompleteTrialRequest> completion_;   // one of these two
  std::optional<v1::ReleaseTrialRequest> release_;       // in kDelivering
  absl::Time next_heartbeat_;
  absl::Time next_report_;
  absl::Time next_call_;  // later than now: the coordinator did not answer
  Backoff backoff_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_RUN_H_
