// Workers: known, drained, gone, forgotten.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/field_checks.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "coordinator/scheduler/away_workers.h"
#include "coordinator/scheduler/eligibility.h"
#include "coordinator/scheduler/scheduler.h"
#include "coordinator/scheduler/worker_faults.h"
#include "coordinator/scheduler/worker_version.h"
#include "messages/checks/number_limits.h"
#include "messages/json/proto_time.h"
#include "messages/names/name_parts.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lifecycle.h"
#include "messages/trial/verifier_name.h"

namespace isoshape {
namespace {

constexpr size_t kMaxWorkerBytes = size_t{16} << 10;
constexpr size_t kMaxEchoed = 200;  // bytes of a line of the log

absl::Status CheckWorker(const v1::Worker& worker) {
  if (!worker.name().empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(worker.name()));
  }
  if (worker.slots() < 0 || worker.slots() > 1024) {
    return absl::InvalidArgumentError(absl::StrCat(
        "worker.slots ", worker.slots(), " is out of range; give 1 to 1024"));
  }
  ISOSHAPE_RETURN_IF_ERROR(CheckInteger(
      "worker.memory_limit_bytes", worker.memory_limit_bytes(), 0, kMaxWhole));
  for (const auto& [field, text] :
       {std::pair{"worker.hostname", &worker.hostname()},
        std::pair{"worker.device", &worker.device()},
        std::pair{"worker.device_name", &worker.device_name()},
        std::pair{"worker.version", &worker.version()}}) {
    ISOSHAPE_RETURN_IF_ERROR(CheckLength(field, *text, 1024));
  }
  if (worker.datasets_size() > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker.datasets has ", worker.datasets_size(),
                     " names; give at most 1000"));
  }
  for (const std::string& dataset : worker.datasets()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckId("worker.datasets", dataset));
  }
  if (worker.data_size() > worker.datasets_size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "worker.data has ", Counted(worker.data_size(), "entry", "entries"),
        " and ", "worker.datasets ", worker.datasets_size(),
        "; give at most one for each"));
  }
  for (const v1::DataContent& data : worker.data()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckId("worker.data.dataset", data.dataset()));
    ISOSHAPE_RETURN_IF_ERROR(
        CheckLength("worker.data.fingerprint", data.fingerprint(), 128));
  }
  // Each stays until it is forgotten. The fingerprint of a data set and its
  // name take some 40 bytes.
  if (worker.ByteSizeLong() > kMaxWorkerBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("worker has ", worker.ByteSizeLong(), " bytes, ",
                     Counted(worker.datasets_size(), "name"),
                     " of data among them; give at most ", kMaxWorkerBytes,
                     ": fewer data to each worker, or shorter names"));
  }
  return absl::OkStatus();
}

void ClearWhatIsNotItsToSay(v1::Worker& worker) {
  worker.clear_state();
  worker.clear_contact_time();
  worker.clear_trials();
  worker.clear_draining();
  worker.clear_set_aside();
  worker.clear_left();
  if (worker.slots() == 0) worker.set_slots(1);
}

v1::RegisterWorkerResponse AnswerOf(v1::Worker worker,
                                    absl::Duration lease_duration,
                                    const std::string& note) {
  v1::RegisterWorkerResponse response;
  *response.mutable_worker() = std::move(worker);
  response.mutable_worker()->set_state(v1::Worker::ONLINE);
  *response.mutable_lease_duration() = ToProto(lease_duration);
  *response.mutable_heartbeat_interval() = ToProto(lease_duration / 3);
  response.set_note(note);
  return response;
}

// What is kept of an answer, which has all that is known of the worker.
v1::RegisterWorkerResponse NameOf(const v1::RegisterWorkerResponse& answer) {
  v1::RegisterWorkerResponse name;
  name.mutable_worker()->set_name(answer.worker().name());
  return name;
}

// For the log; data are a thousand names at most.
std::string RegistrationLine(const v1::Worker& worker) {
  return OneLine(absl::StrCat(worker.name(), " registered: ",
                              OneLine(worker.device(), kMaxEchoed / 2),
                              ", slots ", worker.slots(), ", data ",
                              absl::StrJoin(worker.datasets(), " ")),
                 kMaxEchoed);
}

}  // namespace

absl::StatusOr<v1::RegisterWorkerResponse> Scheduler::RegisterWorker(
    const v1::RegisterWorkerRequest& request) {
  ExpireLeases();
  ISOSHAPE_ASSIGN_OR_RETURN(
      const std::optional<v1::RegisterWorkerResponse> kept,
      requests_.Find<v1::RegisterWorkerResponse>(request));
  v1::Worker worker = request.worker();
  if (!kept.has_value()) ISOSHAPE_RETURN_IF_ERROR(CheckWorker(worker));
  const absl::StatusOr<std::string> version_note =
      CompareWorkerVersion(worker.version(), OwnVersion());
  if (kept.has_value()) {
    // As it is known now; as it was sent, if it has been forgotten since.
    ClearWhatIsNotItsToSay(worker);
    worker.set_name(kept->worker().name());
    const auto it = workers_.find(worker.name());
    if (it != workers_.end()) worker = it->second;
    return AnswerOf(std::move(worker), options_.lease_duration,
                    version_note.value_or(""));
  }
  ISOSHAPE_RETURN_IF_ERROR(version_note.status());
  while (worker.name().empty()) {
    const std::string name =
        absl::StrCat("workers/w", changes_.Next(Counter::kWorker));
    if (!workers_.contains(name)) worker.set_name(name);
  }
  ClearWhatIsNotItsToSay(worker);
  *worker.mutable_register_time() = ToProto(Now());
  const auto known = workers_.find(worker.name());
  if (known != workers_.end()) {
    *worker.mutable_trials() = known->second.trials();
    *worker.mutable_register_time() = known->second.register_time();
  }
  ISOSHAPE_RETURN_IF_ERROR(
      MakeRoom(worker, known == workers_.end() ? nullptr : &known->second));
  processes_.Take(worker, request.request_id());
  if (!version_note->empty()) {
    spdlog::warn("{}: {}", worker.name(), *version_note);
  }
  changes_.Tell(RegistrationLine(worker));
  workers_[worker.name()] = worker;
  Touch(worker.name());
  NoteTold(worker.name());
  // It may have more data or memory than before.
  offers_.Add({.worker = worker.name()});
  v1::RegisterWorkerResponse response =
      AnswerOf(workers_[worker.name()], options_.lease_duration, *version_note);
  requests_.Keep(request, NameOf(response), RequestTime());
  return response;
}

absl::Status Scheduler::MakeRoom(const v1::Worker& newcomer,
                                 const v1::Worker* before) {
  const bool is_new = before == nullptr;
  const size_t said = is_new ? 0 : before->ByteSizeLong();
  const size_t more =
      newcomer.ByteSizeLong() - std::min(said, newcomer.ByteSizeLong());
  const absl::Duration elapsed = options_.clock->Elapsed();
  if (room_.IsTimeToLook(is_new, more, elapsed)) {
    const auto may_go = [&](const v1::Worker& away) {
      const std::string& name = away.name();
      if (name == newcomer.name() ||
          IsConnected(away, Now(), SilenceOf(name))) {
        return false;
      }
      return std::none_of(campaigns_.begin(), campaigns_.end(),
                          [&](const auto& entry) {
                            const CampaignState& state = entry.second;
                            return FaultsOf(state.campaign, name) != nullptr ||
                                   state.pending.ReservesFor(name);
                          });
    };
    for (const std::string& name : LongestAway(workers_, may_go)) {
      ISOSHAPE_RETURN_IF_ERROR(Forget(name).status());
    }
    room_.Looked(workers_, elapsed);
  }
  return room_.Take(is_new, more);
}

absl::StatusOr<v1::Worker*> Scheduler::FindWorker(const std::string& name) {
  ISOSHAPE_RETURN_IF_ERROR(CheckWorkerName(name));
  const auto it = workers_.find(name);
  if (it == workers_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no worker ", name));
  }
  return &it->second;
}

absl::StatusOr<google::protobuf::Empty> Scheduler::LeaveWorker(
    const v1::LeaveWorkerRequest& request) {
  ExpireLeases();
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Worker* const worker,
                            FindWorker(request.name()));
  ISOSHAPE_RETURN_IF_ERROR(processes_.CheckLast(*worker, request.request_id()));
  // The next of its name takes nobody's place.
  processes_.Forget(request.name());
  if (!worker->left()) {
    worker->set_left(true);
    changes_.WorkerChanged(request.name());
    changes_.Tell(absl::StrCat(request.name(), " leaves"));
  }
  return google::protobuf::Empty();
}

absl::StatusOr<v1::Worker> Scheduler::DrainWorker(
    const v1::DrainWorkerRequest& request) {
  return Once(request, [&] { return Drain(request.name()); });
}

absl::StatusOr<v1::Worker> Scheduler::Drain(const std::string& name) {
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Worker* const worker, FindWorker(name));
  if (!worker->draining()) {
    worker->set_draining(true);
    changes_.WorkerChanged(name);
    changes_.Tell(absl::StrCat(name, " drains"));
    // Its call that waits for leases is answered.
    offers_.Add({.worker = name});
  }
  return *worker;
}

absl::StatusOr<v1::Worker> Scheduler::ReadmitWorker(
    const v1::ReadmitWorkerRequest& request) {
  return Once(request, [&] { return Readmit(request); });
}

absl::StatusOr<v1::Worker> Scheduler::Readmit(
    const v1::ReadmitWorkerRequest& request) {
  ISOSHAPE_ASSIGN_OR_RETURN(v1::Worker* const worker,
                            FindWorker(request.name()));
  if (worker->draining() &&
      IsConnected(*worker, Now(), SilenceOf(request.name()))) {
    // Its process may have been told already, and ends then.
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", request.name(), " drains: it ends what it trains, and its ",
        "process exits; start it again by that name, and it takes trials"));
  }
  if (!request.campaign().empty()) {
    ISOSHAPE_ASSIGN_OR_RETURN(CampaignState* const state,
                              FindCampaign(request.campaign()));
    Readmit(*state, worker->name());
  } else {
    for (auto& [name, state] : campaigns_) Readmit(state, worker->name());
  }
  // What is known of its data may be what was mended.
  worker->clear_data();
  changes_.WorkerChanged(worker->name());
  changes_.Tell(absl::StrCat(worker->name(), " is readmitted",
                             request.campaign().empty() ? "" : " to ",
                             request.campaign()));
  offers_.Add({.worker = worker->name()});
  return *worker;
}

absl::StatusOr<google::protobuf::Empty> Scheduler::DeleteWorker(
    const v1::DeleteWorkerRequest& request) {
  return Once(request, [&] { return Forget(request.name()); });
}

absl::StatusOr<google::protobuf::Empty> Scheduler::Forget(
    const std::string& name) {
  const absl::StatusOr<v1::Worker*> worker = FindWorker(name);
  const bool awaited =
      std::any_of(campaigns_.begin(), campaigns_.end(), [&](const auto& entry) {
        return entry.second.pending.ReservesFor(name);
      });
  // Trials may wait for one that has never been there.
  if (!worker.ok() && !(absl::IsNotFound(worker.status()) && awaited)) {
    return worker.status();
  }
  if (worker.ok() && !(*worker)->trials().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("worker ", name, " holds a lease on ",
                     (*worker)->trials(0), "; wait until it has ended"));
  }
  // A command that trains one trial asks for nothing else, so nobody has to
  // wait until it has been silent for a lease.
  if (worker.ok() && !IsVerifier(name) &&
      IsConnected(**worker, Now(), SilenceOf(name))) {
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", name, " is online; drain it, or end its process, first"));
  }
  CancelReserved(name);
  if (!worker.ok()) return google::protobuf::Empty();
  for (auto& [campaign, state] : campaigns_) Forgive(state, name, "deleted");
  changes_.WorkerDeleted(name);
  changes_.Tell(absl::StrCat(name, " is forgotten"));
  offers_.Forget(name);
  workers_.erase(name);
  told_.erase(name);
  processes_.Forget(name);
  return google::protobuf::Empty();
}

void Scheduler::CancelReserved(const std::string& worker) {
  for (auto& [name, state] : campaigns_) {
    for (const int64_t number : state.pending.ReservedFor(worker)) {
      EndTrial({&state, state.Find(number)}, v1::Trial::CANCELLED,
               v1::Trial::FAILURE_UNSPECIFIED,
               absl::StrCat("it waited for ", worker, ", which was deleted"),
               absl::StrCat("is cancelled with ", worker,
                            ", for which it waited alone"));
    }
  }
}

}  // namespace isoshape
