#include "worker/agent.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/request_process.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "messages/json/proto_time.h"
#include "messages/names/resource_name.h"
#include "messages/trial/lease_request.h"
#include "worker/coordinator/coordinator_backoff.h"
#include "worker/gpu/gpu_use.h"
#include "worker/options/machine.h"
#include "worker/trainer/lease_contract.h"
#include "worker/trainer/trainer_command.h"

namespace isoshape {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);
// How long a trainer that has ended may have been before us in hearing of a
// signal, as in a run (Run::OnTrainerLost).
constexpr absl::Duration kGroupPatience = absl::Seconds(1);

}  // namespace

std::unique_ptr<Agent> Agent::Start(WorkerOptions options, Clock* clock,
                                    LeasingCoordinator* coordinator,
                                    TrainerFactory make_trainer) {
  return std::unique_ptr<Agent>(new Agent(
      std::move(options), clock, coordinator, std::move(make_trainer)));
}

Agent::Agent(WorkerOptions options, Clock* clock,
             LeasingCoordinator* coordinator, TrainerFactory make_trainer)
    : options_(std::move(options)),
      clock_(clock),
      coordinator_(coordinator),
      make_trainer_(std::move(make_trainer)),
      readiness_(coordinator, clock),
      keeper_(options_.results, options_.server),
      heartbeats_(coordinator, clock),
      thread_([this] { Main(); }) {}

Agent::~Agent() {
  Drain();
  thread_.join();
}

void Agent::Drain() {
  absl::MutexLock lock(&mutex_);
  if (drain_asked_) return;
  drain_asked_ = true;
  awake_.Signal();
  readiness_.Draining();
  drain_.Notify();
  coordinator_->CancelLease();
}

bool Agent::WaitForEnd(absl::Duration timeout) {
  return ended_.WaitFor(timeout);
}

bool Agent::work_left() {
  absl::MutexLock lock(&mutex_);
  return work_left_;
}

absl::Status Agent::status() {
  absl::MutexLock lock(&mutex_);
  return status_;
}

void Agent::Main() {
  absl::Status status = Work();
  // Not if its name is another process's by now.
  const bool leaves = !slots_.empty() && !absl::IsAborted(status);
  EndSlots();
  if (leaves) Leave();
  if (absl::IsCancelled(status)) status = absl::OkStatus();  // drained
  {
    absl::MutexLock lock(&mutex_);
    status_ = std::move(status);
  }
  ended_.Notify();
}

absl::Status Agent::Work() {
  // They need no registration and no trainer, and their leases run out.
  ISOSHAPE_RETURN_IF_ERROR(ReportLeftResults());
  ISOSHAPE_RETURN_IF_ERROR(CheckGpus(options_, gpus_));
  const std::string guess = GuessDevice(options_, gpus_.gpus);
  const int expected_slots = SlotCount(options_, guess, gpus_.gpus);
  // The GPUs are taken first, because the trainer would otherwise take memory
  // of a GPU that is another worker's.
  if (guess == "cuda") ISOSHAPE_RETURN_IF_ERROR(TakeGpus(expected_slots));
  std::unique_ptr<Trainer> first = make_trainer_(
      CommandOfSlot(options_, guess, gpus_.gpus, 0, expected_slots));
  if (absl::Status status = StartFirstTrainer(*first); !status.ok()) {
    // One that is not ready has nothing to lose, and may not hear yet.
    first->Finish(kTick);
    return status;
  }
  const TrainerLine& ready = first->ready_line();
  const int slots = SlotCount(options_, ready.device, gpus_.gpus);
  if (ready.device != "cuda") LeaveGpus(ready.trainer);
  worker_.set_name(absl::StrCat("workers/", options_.id));
  worker_.set_hostname(OneLine(Hostname()));
  worker_.set_device(ready.device);
  worker_.set_device_name(ready.device_name);
  worker_.set_slots(slots);
  worker_.set_memory_limit_bytes(
      MemoryOfTrial(ready.memory_limit_bytes,
                    ready.device == "cuda" ? gpus_.gpus.size() : 1, slots));
  worker_.set_branches(ready.branches);
  // Who is for one trial names no data, and so is given no other.
  if (options_.weights.empty()) {
    for (const auto& [name, path] : options_.data) worker_.add_datasets(name);
    if (options_.generates_data) worker_.add_datasets("synthetic");
  }
  worker_.set_version("isoshape-worker " ISOSHAPE_VERSION);
  spdlog::info("{} on {} ({}): {}, trainer {}", worker_.name(), ready.device,
               ready.device_name, Counted(slots, "slot"), ready.trainer);
  if (absl::Status status = Register(); !status.ok()) {
    first->Finish(absl::Seconds(1));
    return status;
  }
  MakeSlots(std::move(first));
  return LeaseUntilDrained();
}

absl::Status Agent::StartFirstTrainer(Trainer& trainer) {
  const auto failed = [this](absl::string_view why) {
    return absl::UnavailableError(absl::StrCat(
        "the trainer ",
        options_.trainer.empty() ? "isoshape-trainer"
                                 : absl::StrCat("'", options_.trainer, "'"),
        " cannot be used: ", OneLine(why), "; see --trainer and --device"));
  };
  if (const absl::Status status = trainer.Start(); !status.ok()) {
    return failed(status.message());
  }
  while (!trainer.ready()) {
    if (drain_.HasBeenNotified()) return absl::CancelledError();
    const absl::StatusOr<std::optional<TrainerLine>> line = trainer.Next(kTick);
    if (!line.ok()) {
      // A signal to the whole group may have taken it first, and drain us next.
      if (clock_->SleepUntil(drain_, kGroupPatience)) {
        return absl::CancelledError();
      }
      return failed(line.status().message());
    }
    if (!line->has_value() && trainer.Silence() > options_.trainer_timeout) {
      return failed(absl::StrCat("it was not ready after ",
                                 WrittenDuration(options_.trainer_timeout),
                                 " (--trainer-timeout)"));
    }
  }
  const TrainerLine& ready = trainer.ready_line();
  if (options_.replicas > 1 && !ready.replicas) {
    return absl::FailedPreconditionError(absl::StrCat(
        "--replicas ", options_.replicas, ": the trainer ",
        OneLine(ready.trainer), " cannot train replicas; leave the flag out"));
  }
  if (options_.replicas > 1 && ready.device == "cpu") {
    spdlog::warn(
        "--replicas {}: on a CPU replicas take longer than single trials; "
        "leave the flag out",
        options_.replicas);
  }
  return absl::OkStatus();
}

absl::Status Agent::TakeGpus(int slots) {
  ISOSHAPE_RETURN_IF_ERROR(CheckComputeModes(gpus_.gpus, slots));
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path(error);
  ISOSHAPE_ASSIGN_OR_RETURN(
      gpu_locks_, LockGpus(gpus_.gpus, slots, error ? "/tmp" : folder.string(),
                           absl::StrCat("workers/", options_.id)));
  return absl::OkStatus();
}

void Agent::LeaveGpus(const std::string& trainer) {
  gpu_locks_.clear();
  if (options_.device != "auto" || gpus_.gpus.empty()) return;
  spdlog::warn(
      "this machine has {}, and the trainer {} trains on the CPU; "
      "--device cuda says why, --device cpu leaves this warning out",
      Counted(std::ssize(gpus_.gpus), "GPU"), OneLine(trainer));
}

absl::Status Agent::Register() {
  v1::RegisterWorkerRequest request;
  *request.mutable_worker() = worker_;
  request.set_request_id(NewRequestIdOf(process_));
  CoordinatorBackoff backoff;
  while (!drain_.HasBeenNotified()) {
    if (IdleForLong()) break;
    const auto response = coordinator_->Register(request, kCallDeadline);
    if (response.ok()) {
      const absl::Status named = CheckWorkerName(response->worker().name());
      if (!named.ok()) {
        return absl::FailedPreconditionError(absl::StrCat(
            "the server at ", options_.server,
            " registers this worker by a name that is none: ", named.message(),
            "; is it an isoshape-coordinator?"));
      }
      worker_.set_name(response->worker().name());
      if (const absl::Duration interval =
              FromProto(response->heartbeat_interval());
          interval > absl::ZeroDuration()) {
        heartbeat_interval_ = interval;
      }
      coordinator_->SetHeartbeatInterval(heartbeat_interval_);
      heartbeat_interval_ = coordinator_->heartbeat_interval();  // rounded
      readiness_.Registered(worker_.name(), heartbeat_interval_);
      spdlog::info("registered with {} as {}", options_.server, worker_.name());
      if (!response->note().empty()) {
        TellOnce(
            absl::StrCat("the coordinator says: ", OneLine(response->note())));
      }
      if (const int held = response->worker().trials_size();
          held > 0 && slots_.empty()) {
        spdlog::warn(
            "a process before this one, called {} too, holds {}: it "
            "has ended, and they come back when their leases end, or it runs, "
            "and ends them; give each worker a --name of its own",
            worker_.name(), Counted(held, "trial"));
      }
      return absl::OkStatus();
    }
    if (VerdictOf(response.status()) != Verdict::kRetry) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the server at ", options_.server, " refuses this worker: ",
          absl::StatusCodeToString(response.status().code()), ": ",
          response.status().message()));
    }
    if (!WaitBeforeRetry(backoff.After(response.status()))) break;
  }
  return absl::CancelledError();
}

void Agent::TellOnce(const std::string& note) {
  if (!note.empty() && notes_told_.insert(note).second) {
    spdlog::warn("{}", note);
  }
}

void Agent::MakeSlots(std::unique_ptr<Trainer> first) {
  Run::Context context;
  context.coordinator = coordinator_;
  context.heartbeats = &heartbeats_;
  context.clock = clock_;
  context.trainer_timeout = options_.trainer_timeout;
  context.drain = &end_of_slots_;
  context.device = worker_.device();
  context.checkpoints = options_.checkpoints;
  context.weights = options_.weights;
  context.keeper = &keeper_;
  const auto add_slot = [&](std::unique_ptr<Trainer> trainer) {
    slots_.push_back(
        std::make_unique<Slot>(std::move(trainer), context, [this] {
          absl::MutexLock lock(&mutex_);
          slot_freed_ = true;
          awake_.Signal();
        }));
  };
  add_slot(std::move(first));
  for (int index = 1; index < worker_.slots(); ++index) {
    add_slot(make_trainer_(CommandOfSlot(options_, worker_.device(), gpus_.gpus,
                                         index, worker_.slots())));
  }
}

int Agent::FreeSlots() {
  return static_cast<int>(
      std::count_if(slots_.begin(), slots_.end(),
                    [](const auto& slot) { return slot->Free(); }));
}

bool Agent::WaitBeforeRetry(absl::Duration wait) {
  return !clock_->SleepUntil(drain_, wait);
}

void Agent::StopSlots() {
  if (end_of_slots_.HasBeenNotified()) return;
  if (!slots_.empty()) spdlog::info("draining: handing trials back");
  end_of_slots_.Notify();
  for (const auto& slot : slots_) slot->Wake();
}

void Agent::EndSlots() {
  StopSlots();
  slots_.clear();
}

}  // namespace isoshape
