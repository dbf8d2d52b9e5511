#include "simulate/fleet/virtual_worker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/net/request_id.h"
#include "common/status/grpc_status.h"
#include "common/status/retry_after.h"
#include "messages/json/proto_time.h"
#include "simulate/fleet/virtual_worker_call.h"

namespace isoshape {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(15);
constexpr absl::Duration kFirstRetry = absl::Milliseconds(100);
// As workers wait for one that is away, and for one that is busy.
constexpr absl::Duration kLongestAway = absl::Seconds(1);
constexpr absl::Duration kLongestBusy = absl::Seconds(5);
// Between two reports, as long as the coordinator asks for no fewer calls.
constexpr absl::Duration kReportInterval = absl::Seconds(1);
// Of a share of a trial's points, whose timer may come a nanosecond early.
constexpr double kRounding = 1e-6;

// Whether the same call is to be sent again, later.
bool IsPassing(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable ||
         code == absl::StatusCode::kDeadlineExceeded ||
         code == absl::StatusCode::kResourceExhausted;
}

}  // namespace

VirtualWorker::VirtualWorker(int number, FleetGround& ground,
                             v1::WorkerService::Stub* stub)
    : number_(number),
      ground_(ground),
      stub_(stub),
      random_(ground.options.seed * 1'000'003 + static_cast<uint64_t>(number)),
      due_(ground.options.ramp * number / ground.options.workers),
      away_(kFirstRetry, kLongestAway),
      busy_(kFirstRetry, kLongestBusy) {}

VirtualWorker::~VirtualWorker() = default;

const char* VirtualWorker::NameOf(Method method) {
  switch (method) {
    case Method::kRegister:
      return "RegisterWorker";
    case Method::kLease:
      return "LeaseTrials";
    case Method::kHeartbeat:
      return "Heartbeat";
    case Method::kReport:
      return "ReportMeasurements";
    case Method::kComplete:
      return "CompleteTrial";
    case Method::kRelease:
      return "ReleaseTrial";
  }
  return "";
}

double VirtualWorker::Uniform() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

void VirtualWorker::Wait(absl::Duration until) {
  pending_ = Pending::kTimer;
  due_ = until;
}

void VirtualWorker::Act(absl::Duration now) {
  switch (phase_) {
    case Phase::kAway:
      phase_ = Phase::kRegister;
      request_id_.clear();
      [[fallthrough]];
    case Phase::kRegister:
      return Send(Method::kRegister, now);
    case Phase::kLease:
      return Send(Method::kLease, now);
    case Phase::kGiveBack:
      return Send(Method::kRelease, now);
    case Phase::kEnded:
      return Stop(now);
    case Phase::kTrain:
      break;
  }
  if (!request_id_.empty()) {  // once more
    // An overloaded coordinator takes heartbeats when it refuses other calls.
    const bool beats_first = overloaded_ && !maybe_stored_ &&
                             method_ != Method::kHeartbeat &&
                             now >= last_contact_ + heartbeat_interval_;
    if (beats_first) again_ = method_;
    return Send(beats_first ? Method::kHeartbeat : method_, now);
  }
  if (now >= vanish_) {
    ++ground_.report.preemptions;
    Leave(now);
    phase_ = Phase::kAway;
    return Wait(now + ground_.options.away);
  }
  if (now >= took_ + length_ || stopped_) {
    return Send(fault_ && !stopped_ ? Method::kRelease : Method::kComplete,
                now);
  }
  if (PointsAt(now) > reported_ && now >= next_report_) {
    return Send(Method::kReport, now);
  }
  Send(Method::kHeartbeat, now);
}

int VirtualWorker::PointsAt(absl::Duration now) const {
  const double done = std::min(1.0, absl::FDivDuration(now - took_, length_));
  return std::min(reports_,
                  static_cast<int>(done * (reports_ + 1) + kRounding));
}

void VirtualWorker::NoteInterval(const google::protobuf::Duration& interval) {
  heartbeat_interval_ = FromProto(interval) > absl::ZeroDuration()
                            ? FromProto(interval)
                            : registered_interval_;
}

void VirtualWorker::GoOn(absl::Duration now) {
  if (stopped_) return Wait(now);
  absl::Duration next = std::min(took_ + length_, vanish_);
  if (reported_ < reports_) {
    const absl::Duration due =
        took_ + length_ * (reported_ + 1) / (reports_ + 1);
    next = std::min(next, std::max(due, next_report_));
  }
  Wait(std::max(now, std::min(next, last_contact_ + heartbeat_interval_)));
}

void VirtualWorker::Send(Method method, absl::Duration now) {
  begun_ = std::min(begun_, now);
  method_ = method;
  sent_ = now;
  pending_ = Pending::kCall;
  ++ground_.in_flight;
  if (request_id_.empty()) request_id_ = NewRequestId();
  if (method == Method::kReport) sent_points_ = PointsAt(now);
  call_ = std::make_unique<Call>();
  call_->context.set_deadline(
      absl::ToChronoTime(absl::Now() + kDeadline +
                         (method == Method::kLease ? ground_.options.lease_wait
                                                   : absl::ZeroDuration())));
  // Whoever registers wants to know whether somebody is there.
  call_->context.set_wait_for_ready(method != Method::kRegister);
  call_->finished = [finished = &ground_.finished,
                     number = number_](const grpc::Status& status) {
    (*finished)(number, FromGrpcStatus(status));
  };
  switch (method) {
    case Method::kRegister:
      return SendRegister(*call_);
    case Method::kLease:
      return SendLease(*call_);
    case Method::kHeartbeat:
      return SendHeartbeat(*call_);
    case Method::kReport:
      return SendReport(*call_);
    case Method::kComplete:
      return SendComplete(*call_);
    case Method::kRelease:
      return SendRelease(*call_);
  }
}

void VirtualWorker::Finish(absl::Duration now, const absl::Status& status) {
  FleetCalls& calls = ground_.report.calls[NameOf(method_)];
  pending_ = Pending::kNothing;
  --ground_.in_flight;
  if (status.ok()) {
    if (!ending_) {
      calls.seconds.push_back(
          static_cast<float>(absl::ToDoubleSeconds(now - sent_)));
    }
    if (!again_.has_value()) request_id_.clear();
    away_.Reset();
    busy_.Reset();
    overloaded_ = false;
    OnSuccess(now);
  } else {
    if (!ending_) ++calls.errors[status.code()];
    if (absl::IsUnavailable(status)) {
      ground_.report.unavailable = std::string(status.message());
    }
    overloaded_ =
        absl::IsResourceExhausted(status) ||
        (absl::IsDeadlineExceeded(status) && method_ == Method::kReport);
    maybe_stored_ |=
        (method_ == Method::kComplete || method_ == Method::kRelease) &&
        IsPassing(status.code()) && !absl::IsResourceExhausted(status);
    OnFailure(now, status);
  }
  if (again_.has_value()) method_ = *std::exchange(again_, std::nullopt);
  call_.reset();
}

void VirtualWorker::OnSuccess(absl::Duration now) {
  if (phase_ == Phase::kEnded) return Stop(now);
  switch (method_) {
    case Method::kRegister:
      registered_interval_ =
          FromProto(call_->register_response.heartbeat_interval());
      phase_ = Phase::kLease;
      break;
    case Method::kLease:
      if (!call_->lease_response.leases().empty()) return Take(now);
      if (call_->lease_response.drain() || !call_->lease_response.work_left()) {
        return Stop(now);
      }
      break;
    case Method::kHeartbeat:
    case Method::kReport: {
      last_contact_ = sent_;
      const bool report = method_ == Method::kReport;
      NoteInterval(report ? call_->report_response.heartbeat_interval()
                          : call_->heartbeat_response.heartbeat_interval());
      if (report) {
        reported_ = sent_points_;
        next_report_ =
            now + kReportInterval *
                      std::max(1.0, absl::FDivDuration(heartbeat_interval_,
                                                       registered_interval_));
      }
      stopped_ = (report ? call_->report_response.directive()
                         : call_->heartbeat_response.directive()) ==
                 v1::DIRECTIVE_STOP;
      if (!ending_) return GoOn(now);
      break;  // End gives it back
    }
    case Method::kComplete:
      if (!stopped_) {
        ++ground_.report.completed;
        ground_.report.last_completed = now;
        ground_.report.trained_flops += lease_.trial().budget_flops();
      }
      Leave(now);
      phase_ = Phase::kLease;
      break;
    case Method::kRelease:
      if (phase_ == Phase::kTrain) ++ground_.report.faults;
      Leave(now);
      phase_ = Phase::kLease;
      break;
  }
  if (ending_) return End(now);
  Wait(now);
}

void VirtualWorker::OnFailure(absl::Duration now, const absl::Status& status) {
  if (phase_ == Phase::kEnded) return Stop(now);
  if (IsPassing(status.code())) {
    if (ending_ && phase_ != Phase::kTrain && phase_ != Phase::kGiveBack) {
      return Stop(now);
    }
    const absl::Duration asked =
        std::min(RetryAfter(status).value_or(absl::ZeroDuration()),
                 kLongestBusy) *
        (1 + Uniform() / 2);
    return Wait(now + std::max(asked, (overloaded_ ? busy_ : away_).Next()));
  }
  if (ending_ && method_ == Method::kLease && absl::IsCancelled(status) &&
      !asked_again_) {
    // A trial may have been granted that it has not heard of.
    asked_again_ = true;
    return Wait(now);
  }
  request_id_.clear();
  if (phase_ == Phase::kTrain || phase_ == Phase::kGiveBack) {
    if (!absl::IsFailedPrecondition(status) && !absl::IsNotFound(status)) {
      return Refused(now, status);
    }
    // Another one has the trial, or it was cancelled.
    ++ground_.report.lost;
    Leave(now);
    phase_ = Phase::kLease;
    return ending_ ? Stop(now) : Wait(now);
  }
  if (method_ == Method::kLease && absl::IsNotFound(status)) {
    phase_ = Phase::kRegister;
    return ending_ ? Stop(now) : Wait(now);
  }
  if (ending_) return Stop(now);
  Refused(now, status);
}

void VirtualWorker::Refused(absl::Duration now, const absl::Status& status) {
  ++ground_.report.refused;
  if (ground_.report.refusal.empty()) {
    ground_.report.refusal = std::string(status.message());
  }
  Stop(now);
}

void VirtualWorker::Take(absl::Duration now) {
  const FleetOptions& options = ground_.options;
  lease_ = call_->lease_response.leases(0);
  phase_ = Phase::kTrain;
  took_ = last_contact_ = next_report_ = now;
  NoteInterval(lease_.heartbeat_interval());
  stopped_ = false;
  reported_ = 0;
  reports_ = static_cast<int>(
      std::min<int64_t>(options.reports, lease_.trial().steps()));
  length_ = options.trial_time * (0.5 + Uniform());
  if (options.flops_per_second > 0) {
    length_ = absl::Seconds(lease_.trial().budget_flops() /
                            options.flops_per_second / options.time_scale);
  }
  vanish_ = Uniform() < options.preemption_share ? now + length_ * Uniform()
                                                 : absl::InfiniteDuration();
  fault_ = Uniform() < options.fault_share;
  loss_ = SimulatedLoss(lease_.trial(),
                        std::normal_distribution<double>()(random_));
  if (ending_) return End(now);
  GoOn(now);
}

void VirtualWorker::Leave(absl::Duration now) {
  ground_.report.busy_seconds += absl::ToDoubleSeconds(now - took_);
  request_id_.clear();
  maybe_stored_ = false;
  lease_.Clear();
}

void VirtualWorker::End(absl::Duration now) {
  ending_ = true;
  if (pending_ == Pending::kCall) {
    // What waits, for a trial or for a coordinator, need not.
    if (method_ == Method::kLease || method_ == Method::kRegister) {
      call_->context.TryCancel();
    }
    return;
  }
  if (phase_ == Phase::kTrain) {
    phase_ = Phase::kGiveBack;
    request_id_.clear();
    return Wait(now);
  }
  if (phase_ != Phase::kGiveBack) Stop(now);
}

void VirtualWorker::Abandon(absl::Duration now) {
  ending_ = true;
  const bool calling = pending_ == Pending::kCall;
  Stop(now);
  if (!calling) return;
  pending_ = Pending::kCall;
  call_->context.TryCancel();
}

void VirtualWorker::Stop(absl::Duration now) {
  if (phase_ != Phase::kEnded && begun_ != absl::InfiniteDuration()) {
    ground_.report.worker_seconds += absl::ToDoubleSeconds(now - begun_);
  }
  phase_ = Phase::kEnded;
  pending_ = Pending::kNothing;
}

}  // namespace isoshape
