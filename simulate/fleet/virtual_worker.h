#ifndef ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_H_
#define ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/threads/backoff.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "simulate/fleet/fleet.h"

namespace isoshape {

// What all workers of a fleet share. The functions are called on the fleet's
// thread, but for `finished`.
struct FleetGround {
  const FleetOptions& options;
  FleetReport& report;
  // Called on a thread of gRPC when the call of a worker has ended.
  std::function<void(int worker, absl::Status status)> finished;
  int in_flight = 0;  // calls of all workers
};

// One worker: a state machine with one call or one timer pending at a time. All
// but the completion of its calls happens on one thread.
class VirtualWorker {
 public:
  VirtualWorker(int number, FleetGround& ground, v1::WorkerService::Stub* stub);
  ~VirtualWorker();

  // What it waits for, after Act and Finish.
  enum class Pending { kCall, kTimer, kNothing };
  Pending pending() const { return pending_; }
  absl::Duration due() const { return due_; }  // of the timer

  // Its timer is due.
  void Act(absl::Duration now);
  // Its call has ended.
  void Finish(absl::Duration now, const absl::Status& status);
  // Takes no more trials, and gives back the one that it has.
  void End(absl::Duration now);
  // Gives up its call, too; Finish is called for that as for any other.
  void Abandon(absl::Duration now);

 private:
  enum class Phase { kRegister, kLease, kTrain, kAway, kGiveBack, kEnded };
  // What is in flight, or to be sent again.
  enum class Method {
    kRegister,
    kLease,
    kHeartbeat,
    kReport,
    kComplete,
    kRelease
  };
  static const char* NameOf(Method method);
  struct Call;

  void Wait(absl::Duration until);
  void Send(Method method, absl::Duration now);
  std::string Name() const;  // `workers/{id}`
  void SendRegister(Call& call);
  void SendLease(Call& call);
  void SendHeartbeat(Call& call);
  void SendReport(Call& call);
  void SendComplete(Call& call);
  // The points of the curve behind those that were reported, up to a number.
  google::protobuf::RepeatedPtrField<v1::Measurement> PointsUpTo(int end) const;
  void SendRelease(Call& call);
  void OnSuccess(absl::Duration now);
  void OnFailure(absl::Duration now, const absl::Status& status);
  void Take(absl::Duration now);   // the lease of the answer
  void GoOn(absl::Duration now);   // with training: waits for what is next
  void Leave(absl::Duration now);  // the trial is no longer its own
  void Stop(absl::Duration now);   // for good
  void Refused(absl::Duration now, const absl::Status& status);
  // The points that are due, of `reports_`.
  int PointsAt(absl::Duration now) const;
  // Takes the interval that an answer about the lease asks for.
  void NoteInterval(const google::protobuf::Duration& interval);
  double Uniform();

  const int number_;
  FleetGround& ground_;
  v1::WorkerService::Stub* const stub_;
  std::mt19937_64 random_;
  Phase phase_ = Phase::kRegister;
  Pending pending_ = Pending::kTimer;
  absl::Duration due_;
  bool ending_ = false;

  std::unique_ptr<Call> call_;
  Method method_ = Method::kRegister;
  absl::Duration sent_;
  std::string request_id_;  // of the call, kept until it is answered
  Backoff away_, busy_;
  bool overloaded_ = false;  // what the coordinator said when it last called
  // A result was sent and not answered: its lease may have ended with it, and a
  // heartbeat would say that it is lost.
  bool maybe_stored_ = false;
  // What is to be sent again after a heartbeat that goes before it.
  std::optional<Method> again_;

  absl::Duration begun_ = absl::InfiniteDuration();  // its first call
  // Of the registration, and as the answers about the lease ask for.
  absl::Duration registered_interval_ = absl::Seconds(5);
  absl::Duration heartbeat_interval_ = absl::Seconds(5);
  v1::Lease lease_;
  absl::Duration took_, length_;  // of the trial
  absl::Duration last_contact_;   // of the lease
  absl::Duration vanish_;         // when it is preempted; or never
  double loss_ = 0;       // its result, the same each time that it is sent
  bool fault_ = false;    // gives the trial back in the end
  bool stopped_ = false;  // by the coordinator
  int reports_ = 0;       // that it makes of the trial
  int reported_ = 0;
  int sent_points_ = 0;         // of these, with the call in flight
  absl::Duration next_report_;  // at the earliest
  bool asked_again_ = false;    // for what it may have been granted
};

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_FLEET_VIRTUAL_WORKER_H_
