#ifndef ISOSHAPE_TESTS_WORKER_COORDINATOR_FAKE_LEASING_COORDINATOR_H_
#define ISOSHAPE_TESTS_WORKER_COORDINATOR_FAKE_LEASING_COORDINATOR_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "messages/checks/field_limits.h"
#include "messages/json/proto_time.h"
#include "tests/worker/scripted_clock.h"
#include "worker/coordinator/coordinator.h"

namespace isoshape {

// A coordinator with what docs/lease-states.md says of leases and requests:
// a lease ends kLease after its newest heartbeat or report, a call with another
// token than the newest is refused, a request that comes twice is answered
// twice and done once. What holds too much is refused. It can be away, and an
// answer can be lost. Lease calls are answered as the test says, each in its
// turn; one for which there is no answer waits until it is cancelled.
class FakeLeasingCoordinator : public LeasingCoordinator {
 public:
  static constexpr absl::Duration kLease = absl::Seconds(30);

  struct Call {
    std::string method;
    std::string trial;
    std::string request_id;
    absl::Duration at;
    absl::Duration deadline;
    absl::StatusCode code = absl::StatusCode::kOk;  // what it was answered
  };
  struct Trial {
    int64_t token = 0;
    absl::Time lease_end;
    bool leased = false;
    bool stop = false;                 // order its worker to stop it
    std::map<int64_t, double> losses;  // measured, by step
    std::optional<v1::CompleteTrialRequest> result;
    std::optional<v1::ReleaseTrialRequest> release;
  };

  explicit FakeLeasingCoordinator(ScriptedClock* clock) : clock_(clock) {}

  // Set by the test.
  absl::Status away;                 // not OK: what each call ends with
  absl::Duration call_takes;         // while it is away
  std::set<std::string> unanswered;  // trials whose calls last till the end
  int answers_lost = 0;  // so many of the next are done, not answered
  std::map<std::string, absl::Status> refused;  // by method
  std::deque<absl::Status> registrations;       // of the first; then OK
  // Of the first Lease calls: an error, or what is granted now.
  std::deque<absl::StatusOr<std::vector<std::string>>> lease_answers;
  std::vector<std::string> granted_unseen;  // what LeaseAgain finds
  std::deque<absl::Status> replays;         // of the first; then that
  v1::LeaseTrialsResponse replay;           // what else LeaseAgain says then
  // So many of several coordinators do not answer LeaseAgain; each is left for
  // the next after a call of kTellingDeadline, as CoordinatorClient leaves it.
  int silent_before = 0;
  std::function<void()> on_replay = [] {};
  // Once `lease_answers` are used up, each call waits as long as it says and
  // gets this; absent: it waits until it is cancelled.
  std::optional<v1::LeaseTrialsResponse> idle_answer;

  bool knows_batches = true;  // of heartbeats
  // That its answers ask for; then a lease lives for three of them. Zero: none.
  absl::Duration heartbeat_interval;

  // What GetWorker says, and how often it was asked.
  v1::Worker known;
  int times_probed = 0;
  int batches = 0;  // of heartbeats, that were asked for

  // Leases `trial` anew, to the same worker or another.
  v1::Lease Grant(const std::string& trial) {
    Trial& granted = trials[trial];
    granted.token = ++last_token_;
    granted.leased = true;
    granted.lease_end = clock_->Now() + kLease;
    v1::Lease lease;
    lease.mutable_trial()->set_name(trial);
    lease.mutable_trial()->set_worker("workers/w");
    lease.mutable_trial()->set_steps(1'000'000);
    lease.set_fencing_token(granted.token);
    lease.set_dataset("text");
    return lease;
  }

  // Read by the test: what came of the calls.
  std::map<std::string, Trial> trials;
  std::vector<Call> calls;
  std::vector<v1::RegisterWorkerRequest> registered;
  std::vector<v1::LeaveWorkerRequest> left;
  std::optional<std::string> named;  // in place of what was asked for
  std::string note;                  // of each registration
  std::vector<v1::LeaseTrialsRequest> asked;
  std::vector<absl::Duration> asked_at;
  absl::Notification waits;  // a Lease call has nothing to do but wait
  std::vector<Call> CallsOf(const std::string& method) const {
    std::vector<Call> found;
    for (const Call& call : calls) {
      if (call.method == method) found.push_back(call);
    }
    return found;
  }

  absl::StatusOr<v1::RegisterWorkerResponse> Register(
      const v1::RegisterWorkerRequest& request,
      absl::Duration /*deadline*/) override {
    registered.push_back(request);
    if (!away.ok()) return away;
    if (!registrations.empty()) {
      absl::Status status = registrations.front();
      registrations.pop_front();
      if (!status.ok()) return status;
    }
    v1::RegisterWorkerResponse response;
    *response.mutable_worker() = request.worker();
    if (named) response.mutable_worker()->set_name(*named);
    response.set_note(note);
    return response;
  }
  absl::StatusOr<v1::LeaseTrialsResponse> Lease(
      const v1::LeaseTrialsRequest& request,
      absl::Duration /*deadline*/) override {
    asked.push_back(request);
    asked_at.push_back(clock_->Elapsed());
    if (lease_answers.empty() && idle_answer) {
      clock_->Sleep(FromProto(request.wait()));
      return *idle_answer;
    }
    if (lease_answers.empty()) {
      waits.Notify();
      lease_cancelled_.WaitForNotification();
      return absl::CancelledError();
    }
    const auto answer = lease_answers.front();
    lease_answers.pop_front();
    if (!answer.ok()) return answer.status();
    return GrantAll(*answer);
  }
  absl::StatusOr<v1::LeaseTrialsResponse> LeaseAgain(
      v1::LeaseTrialsRequest request, absl::Duration deadline) override {
    EXPECT_EQ(request.request_id(), asked.back().request_id());
    on_replay();
    if (silent_before > 0) {
      if (deadline >= kTellingDeadline) --silent_before;
      clock_->Sleep(deadline);
      return absl::DeadlineExceededError("silent");
    }
    if (!replays.empty()) {
      absl::Status status = std::move(replays.front());
      replays.pop_front();
      return status;
    }
    v1::LeaseTrialsResponse granted = GrantAll(granted_unseen);
    granted.MergeFrom(replay);
    return granted;
  }
  absl::Status Leave(const v1::LeaveWorkerRequest& request,
                     absl::Duration deadline) override {
    left.push_back(request);
    if (!away.ok()) clock_->Sleep(std::min(call_takes, deadline));
    return away;
  }
  absl::StatusOr<v1::Worker> GetWorker(const v1::GetWorkerRequest& request,
                                       absl::Duration deadline) override {
    EXPECT_EQ(request.name(), "workers/w");
    ++times_probed;
    if (!away.ok()) {
      clock_->Sleep(deadline);
      return away;
    }
    return known;
  }
  void CancelLease() override { lease_cancelled_.Notify(); }
  absl::StatusOr<v1::HeartbeatResponse> Heartbeat(
      const v1::HeartbeatRequest& request, absl::Duration deadline) override {
    return Do<v1::HeartbeatResponse>(
        "Heartbeat", request, "", deadline,
        [this](Trial& trial, v1::HeartbeatResponse& response) {
          if (trial.stop) response.set_directive(v1::DIRECTIVE_STOP);
          Tell(response);
        });
  }
  absl::StatusOr<v1::BatchHeartbeatResponse> BatchHeartbeat(
      const v1::BatchHeartbeatRequest& request,
      absl::Duration deadline) override {
    ++batches;
    if (!knows_batches) return absl::UnimplementedError("");
    if (!away.ok()) return away;
    v1::BatchHeartbeatResponse response;
    for (v1::HeartbeatRequest one : request.heartbeats()) {
      one.set_worker(request.worker());
      const auto beat = Heartbeat(one, deadline);
      auto& result = *response.add_results();
      result.set_code(static_cast<int>(beat.status().code()));
      result.set_error(std::string(beat.status().message()));
      if (beat.ok()) *result.mutable_response() = *beat;
    }
    return response;
  }
  absl::StatusOr<v1::ReportMeasurementsResponse> Report(
      const v1::ReportMeasurementsRequest& request,
      absl::Duration deadline) override {
    return Do<v1::ReportMeasurementsResponse>(
        "Report", request, request.request_id(), deadline,
        [&](Trial& trial, v1::ReportMeasurementsResponse& response) {
          Keep(request, trial);
          if (trial.stop) response.set_directive(v1::DIRECTIVE_STOP);
          Tell(response);
        });
  }
  absl::StatusOr<v1::CompleteTrialResponse> Complete(
      const v1::CompleteTrialRequest& request,
      absl::Duration deadline) override {
    return Do<v1::CompleteTrialResponse>(
        "Complete", request, request.request_id(), deadline,
        [&](Trial& trial, v1::CompleteTrialResponse& response) {
          Keep(request, trial);
          trial.result = request;
          trial.leased = false;
          response.set_state(request.state());
        });
  }
  absl::StatusOr<v1::ReleaseTrialResponse> Release(
      const v1::ReleaseTrialRequest& request,
      absl::Duration deadline) override {
    return Do<v1::ReleaseTrialResponse>(
        "Release", request, request.request_id(), deadline,
        [&](Trial& trial, v1::ReleaseTrialResponse&) {
          trial.release = request;
          trial.leased = false;
        });
  }

 private:
  v1::LeaseTrialsResponse GrantAll(const std::vector<std::string>& names) {
    v1::LeaseTrialsResponse response;
    for (const std::string& name : names) {
      *response.add_leases() = Grant(name);
    }
    return response;
  }

  template <typename Response>
  void Tell(Response& response) const {
    if (heartbeat_interval == absl::ZeroDuration()) return;
    *response.mutable_heartbeat_interval() = ToProto(heartbeat_interval);
  }

  template <typename Request>
  static void Keep(const Request& request, Trial& trial) {
    EXPECT_LE(request.measurements_size(), 1000);
    for (const v1::Measurement& point : request.measurements()) {
      trial.losses[point.step()] = point.train_loss();
    }
  }

  template <typename Response, typename Request, typename Change>
  absl::StatusOr<Response> Do(const std::string& method, const Request& request,
                              const std::string& request_id,
                              absl::Duration deadline, Change change) {
    EXPECT_EQ(request.worker(), "workers/w");
    calls.push_back(
        {method, request.trial(), request_id, clock_->Elapsed(), deadline});
    const absl::StatusOr<Response> answer =
        Answer<Response>(method, request, request_id, deadline, change);
    calls.back().code = answer.status().code();
    return answer;
  }
  template <typename Response, typename Request, typename Change>
  absl::StatusOr<Response> Answer(const std::string& method,
                                  const Request& request,
                                  const std::string& request_id,
                                  absl::Duration deadline, Change change) {
    if (!away.ok()) {
      absl::Status failure = away;  // also if it returns meanwhile
      clock_->Sleep(std::min(call_takes, deadline));
      return failure;
    }
    if (unanswered.contains(request.trial())) {
      clock_->Sleep(deadline);
      return absl::DeadlineExceededError("");
    }
    if (const auto found = refused.find(method); found != refused.end()) {
      return found->second;
    }
    ISOSHAPE_RETURN_IF_ERROR(CheckFields(request));
    Response response;
    const std::string bytes = request.SerializeAsString();
    const auto done = done_.find(request_id);
    if (!request_id.empty() && done != done_.end()) {
      EXPECT_EQ(done->second.request, bytes) << "another request, same id";
      EXPECT_TRUE(response.ParseFromString(done->second.response));
      return response;
    }
    Trial& trial = trials[request.trial()];
    if (!trial.leased || request.fencing_token() != trial.token ||
        trial.lease_end < clock_->Now()) {
      return absl::FailedPreconditionError(
          absl::StrCat("token ", request.fencing_token(), " is stale"));
    }
    trial.lease_end = clock_->Now() + std::max(kLease, 3 * heartbeat_interval);
    change(trial, response);
    if (!request_id.empty()) {
      done_[request_id] = {bytes, response.SerializeAsString()};
    }
    if (answers_lost > 0) {
      --answers_lost;
      return absl::UnavailableError("the connection broke");
    }
    return response;
  }

  struct Done {
    std::string request, response;
  };
  ScriptedClock* const clock_;
  absl::Notification lease_cancelled_;
  int64_t last_token_ = 0;
  std::map<std::string, Done> done_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_COORDINATOR_FAKE_LEASING_COORDINATOR_H_
