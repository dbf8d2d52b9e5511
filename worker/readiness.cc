#include "worker/readiness.h"

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "messages/json/proto_time.h"

namespace isoshape {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(1);

}  // namespace

void Readiness::Registered(const std::string& worker,
                           absl::Duration heartbeat_interval) {
  const absl::MutexLock lock(&mutex_);
  worker_ = worker;
  heartbeat_ = heartbeat_interval;
  answered_at_ = clock_->Elapsed();
  next_question_ = answered_at_;
  verdict_ = absl::OkStatus();
}

void Readiness::Draining() {
  const absl::MutexLock lock(&mutex_);
  draining_ = true;
}

absl::Status Readiness::Check() {
  v1::GetWorkerRequest request;
  {
    const absl::MutexLock lock(&mutex_);
    if (draining_) {
      return absl::UnavailableError("draining: it takes no more trials");
    }
    if (worker_.empty()) {
      return absl::UnavailableError(
          "not registered: no coordinator has answered yet");
    }
    if (clock_->Elapsed() < next_question_) return verdict_;
    request.set_name(worker_);
  }
  const absl::StatusOr<v1::Worker> worker =
      coordinator_->GetWorker(request, kDeadline);
  const absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_->Elapsed();
  if (VerdictOf(worker.status()) != Verdict::kRetry) {
    answered_at_ = now;
    next_question_ = now + heartbeat_;
    verdict_ = worker.ok()
                   ? Judge(*worker)
                   : absl::UnavailableError(absl::StrCat(
                         "the coordinator refuses to speak of this worker: ",
                         worker.status().message()));
  } else if (now - answered_at_ > kHeartbeats * heartbeat_) {
    return absl::UnavailableError(absl::StrCat(
        "the coordinator has not answered for ",
        WholeSeconds(now - answered_at_), ": ", worker.status().message()));
  }
  return verdict_;
}

absl::Status Readiness::Judge(const v1::Worker& worker) const {
  if (worker.draining()) {
    return absl::UnavailableError(
        "draining: 'isoshape worker drain' was called for it");
  }
  if (worker.state() == v1::Worker::OFFLINE) {
    return absl::UnavailableError(
        "the coordinator has heard nothing of it for the length of a lease");
  }
  for (const v1::SetAside& one : worker.set_aside()) {
    // One whose time is over is given a trial to try it.
    if (!one.has_until() || FromProto(one.until()) <= clock_->Now()) continue;
    return absl::UnavailableError(absl::StrCat("set aside for ", one.campaign(),
                                               ": ", OneLine(one.reason())));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
