// What an agent leases, gives to its slots and hands back.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/net/request_id.h"
#include "common/net/request_process.h"
#include "common/text/counted.h"
#include "common/text/time_text.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"
#include "worker/agent.h"
#include "worker/coordinator/coordinator_backoff.h"
#include "worker/gpu/gpu_use.h"
#include "worker/trainer/lease_contract.h"

namespace isoshape {
namespace {

// How long LeaseTrials may wait for a trial.
constexpr absl::Duration kLeaseWait = absl::Seconds(20);
// How long it is asked whether a lease call that was cut off was granted
// something: of several coordinators by one that does not answer and the next.
constexpr absl::Duration kReplayLimit = absl::Seconds(3);
// For how long before its slots hand back what they train, which it might be
// granted in turn.
constexpr absl::Duration kFirstReplay = absl::Milliseconds(500);
// How often the slots are looked at until they are free.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// How often it is looked at whether the coordinator wants another interval.
constexpr absl::Duration kIntervalTick = absl::Milliseconds(200);

// Makes the call until it is answered, for `limit` at most; `call` is given
// what is left of that. Of several coordinators another may answer, and a busy
// one later.
template <typename Call>
auto UntilAnswered(Clock& clock, absl::Duration limit, const Call& call) {
  const absl::Duration end = clock.Elapsed() + limit;
  CoordinatorBackoff backoff;
  while (true) {
    auto answer = call(end - clock.Elapsed());
    if (VerdictOf(answer.status()) != Verdict::kRetry) return answer;
    const absl::Duration wait = backoff.After(answer.status());
    if (clock.Elapsed() + wait >= end) return answer;
    clock.Sleep(wait);
  }
}

}  // namespace

bool Agent::IdleForLong() {
  const absl::Duration now = clock_->Elapsed();
  if (FreeSlots() < static_cast<int>(slots_.size())) {
    idle_since_ = absl::InfiniteDuration();
    return false;
  }
  idle_since_ = std::min(idle_since_, now);
  if (now - idle_since_ < options_.exit_when_idle) return false;
  if (!idle_told_) {
    spdlog::info("idle for {} (--exit-when-idle): ending",
                 WrittenDuration(options_.exit_when_idle));
  }
  idle_told_ = true;
  return true;
}

void Agent::AwaitSlots() {
  while (!drain_.HasBeenNotified() &&
         FreeSlots() < static_cast<int>(slots_.size())) {
    clock_->SleepUntil(drain_, kTick);
  }
}

void Agent::AnswerNewInterval() {
  if (coordinator_->heartbeat_interval() == heartbeat_interval_ ||
      clock_->Elapsed() < next_registration_) {
    return;
  }
  const absl::Status status = Register();
  if (status.ok() || absl::IsCancelled(status)) {
    registration_backoff_.Reset();
    registration_refused_ = false;
    return;
  }
  next_registration_ = clock_->Elapsed() + registration_backoff_.After(status);
  if (!registration_refused_) {
    spdlog::error("{}; trying again until it takes the registration",
                  std::string(status.message()));
  }
  registration_refused_ = true;
}

bool Agent::SomethingToLease() {
  while (!drain_.HasBeenNotified()) {
    AnswerNewInterval();
    {
      absl::MutexLock lock(&mutex_);
      slot_freed_ = false;
    }
    if (FreeSlots() > 0) return true;
    absl::MutexLock lock(&mutex_);
    if (!slot_freed_ && !drain_asked_) awake_.WaitFor(&mutex_, kIntervalTick);
  }
  return false;
}

bool Agent::TakeRefusal(const absl::Status& refusal,
                        v1::LeaseTrialsRequest& request, Refusals& refusals) {
  const Verdict verdict = VerdictOf(refusal);
  if (verdict == Verdict::kRetry) return false;
  if (verdict == Verdict::kDenied) {
    if (!std::exchange(refusals.denied, true)) {
      spdlog::error(
          "the coordinator grants no leases: {}; trying again until it takes "
          "that; a token's file is read again each time",
          std::string(refusal.message()));
    }
    return false;
  }
  request.clear_request_id();
  spdlog::warn("the coordinator grants no leases: {}; registering again",
               std::string(refusal.message()));
  // Its store is another one, or it has forgotten us.
  const absl::Status status = Register();
  if (!status.ok() && !absl::IsCancelled(status)) {
    spdlog::error("{}", std::string(status.message()));
  }
  // Once: one that registers it and knows it not would be asked without a
  // pause.
  return status.ok() && !std::exchange(refusals.anew, true);
}

absl::Status Agent::LeaseUntilDrained() {
  CoordinatorBackoff backoff;
  v1::LeaseTrialsRequest request;  // kept until it is answered
  Refusals refusals;
  while (SomethingToLease()) {
    if (request.request_id().empty()) {
      request.set_worker(worker_.name());
      request.set_max_trials(FreeSlots());
      request.set_replicas(options_.replicas);
      *request.mutable_wait() =
          ToProto(std::min(kLeaseWait, options_.exit_when_idle));
      request.set_request_id(NewRequestIdOf(process_));
    }
    const auto response = coordinator_->Lease(request, kCallDeadline);
    if (response.ok()) {
      request.clear_request_id();
      backoff.Reset();
      refusals = {};
      NoteWorkLeft(*response);
      Assign(*response);
      if (!options_.weights.empty() &&
          (!response->leases().empty() || !response->work_left())) {
        AwaitSlots();  // there was one trial for it
        break;
      }
      if (response->drain()) {
        readiness_.Draining();
        spdlog::info("told to drain: no more trials, those running are ended");
        AwaitSlots();
        break;
      }
      if (!response->leases().empty()) {
        idle_since_ = absl::InfiniteDuration();
      } else if (IdleForLong()) {
        break;
      }
      continue;
    }
    if (drain_.HasBeenNotified()) break;
    if (absl::IsAborted(response.status())) {
      readiness_.Draining();
      spdlog::error("{}; the trials that it trains are ended",
                    std::string(response.status().message()));
      AwaitSlots();
      return response.status();
    }
    if (TakeRefusal(response.status(), request, refusals)) continue;
    if (IdleForLong() || !WaitBeforeRetry(backoff.After(response.status()))) {
      break;
    }
  }
  if (!request.request_id().empty()) ReturnUnseen(request);
  return absl::OkStatus();
}

absl::Status Agent::ReportLeftResults() {
  for (KeptResult& result : keeper_.TakeLeft()) {
    CoordinatorBackoff backoff;
    absl::Status status;
    while (!ReportLeftResult(result, &status)) {
      if (IdleForLong() || !WaitBeforeRetry(backoff.After(status))) {
        return absl::CancelledError();
      }
    }
    const std::string what = absl::StrCat(
        result.completion().trial(), ": the result of a worker that has ended");
    const std::string state =
        v1::Trial::State_Name(result.completion().state());
    const std::string reason(status.message());
    const Verdict verdict = VerdictOf(status);
    if (verdict == Verdict::kDone) {
      spdlog::info("{} is reported: {}", what, state);
      result.Remove();
    } else if (verdict == Verdict::kFenced) {
      spdlog::warn("{}, {}, is dropped: {}", what, state, reason);
      result.Remove();
    } else {
      spdlog::error(
          "{}, {}, stays in {}, because the coordinator refuses it: {}", what,
          state, result.path(), reason);
    }
    // It refuses the token, and so all of them; the registration, which is
    // next, deals with that.
    if (verdict == Verdict::kDenied) break;
  }
  idle_since_ = absl::InfiniteDuration();
  return absl::OkStatus();
}

bool Agent::ReportLeftResult(KeptResult& result, absl::Status* status) {
  for (const v1::ReportMeasurementsRequest& report : result.reports()) {
    *status = coordinator_->Report(report, kCallDeadline).status();
    const Verdict verdict = VerdictOf(*status);
    if (verdict == Verdict::kRetry) return false;
    if (verdict == Verdict::kFenced || verdict == Verdict::kDenied) return true;
  }
  *status = coordinator_->Complete(result.completion(), kCallDeadline).status();
  return VerdictOf(*status) != Verdict::kRetry;
}

void Agent::Assign(const v1::LeaseTrialsResponse& response) {
  std::vector<std::vector<v1::Lease>> groups;
  std::string last;  // the trial whose replicas the last group holds
  for (const v1::Lease& lease : response.leases()) {
    if (const std::string problem = LeaseProblem(lease, worker_.name());
        !problem.empty()) {
      spdlog::error("the coordinator gave a lease of no use: {}", problem);
      continue;
    }
    const std::string& first =
        lease.replica_of().empty() ? lease.trial().name() : lease.replica_of();
    if (first != last) groups.emplace_back();
    groups.back().push_back(lease);
    TellOnce(PrecisionNote(worker_.device(), lease));
    last = first;
  }
  auto group = groups.begin();
  for (const auto& slot : slots_) {
    if (group == groups.end()) return;
    if (!slot->Free()) continue;
    slot->Assign(*group, options_.DataPath(group->front().dataset()));
    ++group;
  }
  std::vector<v1::Lease> beyond;
  for (; group != groups.end(); ++group) {
    beyond.insert(beyond.end(), group->begin(), group->end());
  }
  HandBack(beyond, "more leases than free slots");
}

void Agent::NoteWorkLeft(const v1::LeaseTrialsResponse& response) {
  absl::MutexLock lock(&mutex_);
  work_left_ =
      !response.drain() && (!response.leases().empty() || response.work_left());
}

void Agent::ReturnUnseen(const v1::LeaseTrialsRequest& request) {
  absl::Duration patience = kFirstReplay;
  const auto granted =
      UntilAnswered(*clock_, kReplayLimit, [&](absl::Duration left) {
        // The last that there is time for has all of it.
        const bool last = left < 2 * LeasingCoordinator::kTellingDeadline;
        auto answer = coordinator_->LeaseAgain(request, last ? left : patience);
        if (!answer.ok()) StopSlots();
        // And no longer, so that of several there is time for the next.
        patience = LeasingCoordinator::kTellingDeadline;
        return answer;
      });
  StopSlots();
  if (!granted.ok()) return;
  NoteWorkLeft(*granted);
  HandBack({granted->leases().begin(), granted->leases().end()},
           "the worker is shutting down");
}

void Agent::Leave() {
  v1::LeaveWorkerRequest request;
  request.set_name(worker_.name());
  request.set_request_id(NewRequestIdOf(process_));
  const absl::Status status =
      coordinator_->Leave(request, LeasingCoordinator::kTellingDeadline);
  // One that is older knows no such call.
  if (!status.ok()) {
    spdlog::debug("the coordinator was not told that this worker ends: {}",
                  std::string(status.message()));
  }
}

void Agent::HandBack(const std::vector<v1::Lease>& leases,
                     const std::string& reason) {
  const absl::Duration end = clock_->Elapsed() + kCallDeadline;
  std::vector<v1::ReleaseTrialRequest> left;
  for (const v1::Lease& lease : leases) {
    left.push_back(For<v1::ReleaseTrialRequest>(lease));
    left.back().set_reason(reason);
    left.back().set_request_id(NewRequestId());
  }
  std::vector<std::string> refused;
  absl::Status why;
  CoordinatorBackoff backoff;
  while (!left.empty()) {
    // One that is not answered must not take the time of those behind it.
    size_t shares = left.size();
    std::erase_if(left, [&](const v1::ReleaseTrialRequest& request) {
      const absl::Duration limit = (end - clock_->Elapsed()) / shares--;
      const absl::Status status =
          coordinator_
              ->Release(
                  request,
                  std::clamp(
                      end - clock_->Elapsed(), absl::ZeroDuration(),
                      std::max(limit, LeasingCoordinator::kTellingDeadline)))
              .status();
      if (status.ok()) return true;
      why = status;
      if (VerdictOf(status) == Verdict::kRetry) return false;
      refused.push_back(request.trial());
      return true;
    });
    const absl::Duration wait = backoff.After(why);
    if (left.empty() || clock_->Elapsed() + wait >= end) break;
    clock_->Sleep(wait);
  }
  for (const auto& request : left) refused.push_back(request.trial());
  if (refused.empty()) return;
  spdlog::warn("{} of {} could not be handed back, {} first: {}",
               refused.size(), Counted(std::ssize(leases), "lease"),
               refused.front(), std::string(why.message()));
}

}  // namespace isoshape
