#include "simulate/fleet/fleet.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/net/channel.h"
#include "common/net/connection_problem.h"
#include "common/process/process_use.h"
#include "common/text/counted.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "simulate/fleet/virtual_worker.h"

namespace isoshape {
namespace {

// Workers on one connection, if nothing is said.
constexpr int kWorkersOfConnection = 100;
constexpr absl::Duration kTick = absl::Milliseconds(100);
// For trials to be given back when the time is over.
constexpr absl::Duration kPatience = absl::Seconds(10);

int ConnectionsFor(int workers, int of_connection) {
  return (workers + of_connection - 1) / of_connection;
}

// Processor time of a process until now, seconds; 0 if it is not there.
double CpuSecondsOf(pid_t process) {
  return UseOf(process).value_or(ProcessUse{}).cpu_seconds;
}

// The calls that have ended, from threads of gRPC to the fleet's.
class EndedCalls {
 public:
  using Call = std::pair<int, absl::Status>;  // of that worker

  void Add(int worker, absl::Status status) {
    absl::MutexLock lock(&mutex_);
    calls_.emplace_back(worker, std::move(status));
    came_.Signal();
  }
  // Waits for the next ones, up to `patience`.
  std::vector<Call> Take(absl::Duration patience) {
    absl::MutexLock lock(&mutex_);
    if (calls_.empty()) came_.WaitFor(&mutex_, patience);
    return std::exchange(calls_, {});
  }

 private:
  absl::Mutex mutex_;
  TimedCondVar came_;
  std::vector<Call> calls_ ABSL_GUARDED_BY(mutex_);
};

class Fleet {
 public:
  explicit Fleet(const FleetOptions& options)
      : options_(options),
        ground_{options_, report_, [this](int worker, absl::Status status) {
                  ended_calls_.Add(worker, std::move(status));
                }} {
    const int connections =
        options.connections > 0
            ? options.connections
            : ConnectionsFor(options.workers, kWorkersOfConnection);
    for (int i = 0; i < connections; ++i) {
      channels_.push_back(MakeChannel(options.server));
      stubs_.push_back(v1::WorkerService::NewStub(channels_.back()));
    }
    for (int i = 0; i < options.workers; ++i) {
      workers_.push_back(std::make_unique<VirtualWorker>(
          i, ground_, stubs_[static_cast<size_t>(i % connections)].get()));
      Schedule(*workers_.back(), i);
    }
  }

  FleetReport Run() {
    const double cpu = CpuSecondsOf(options_.coordinator);
    while (!AllEnded() && Now() < options_.max_time && !NobodyAnswers() &&
           !options_.interrupted()) {
      Step();
    }
    report_.nothing_left = AllEnded();
    report_.is_connected =
        std::any_of(channels_.begin(), channels_.end(), [](const auto& one) {
          return one->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
        });
    report_.time = Now();
    // It may have ended.
    report_.coordinator_cpu_seconds =
        std::max(0.0, CpuSecondsOf(options_.coordinator) - cpu);
    // What is held is given back, for as long as somebody may wait for it.
    ForAll([this](VirtualWorker& worker) { worker.End(Now()); });
    const absl::Duration end = Now() + kPatience;
    while (!AllEnded() && Now() < end) Step();
    ForAll([this](VirtualWorker& worker) { worker.Abandon(Now()); });
    while (ground_.in_flight > 0) Step();
    return std::move(report_);
  }

 private:
  using Timer = std::pair<absl::Duration, int>;  // of that worker

  absl::Duration Now() const { return Clock::Real()->Elapsed() - start_; }
  bool AllEnded() const {
    return std::all_of(workers_.begin(), workers_.end(), [](const auto& one) {
      return one->pending() == VirtualWorker::Pending::kNothing;
    });
  }
  // Before anybody has registered.
  bool NobodyAnswers() const {
    const auto calls = report_.calls.find("RegisterWorker");
    return calls != report_.calls.end() && calls->second.seconds.empty() &&
           calls->second.errors.count(absl::StatusCode::kUnavailable) > 0;
  }
  void Schedule(const VirtualWorker& worker, int number) {
    if (worker.pending() == VirtualWorker::Pending::kTimer) {
      timers_.emplace(worker.due(), number);
    }
  }
  template <typename Do>
  void ForAll(const Do& what) {
    for (size_t i = 0; i < workers_.size(); ++i) {
      what(*workers_[i]);
      Schedule(*workers_[i], static_cast<int>(i));
    }
  }

  // Does what is due, and waits for the next thing that is, a tick at most.
  void Step() {
    absl::Duration now = Now();
    while (!timers_.empty() && timers_.top().first <= now) {
      const auto [due, number] = timers_.top();
      timers_.pop();
      VirtualWorker& worker = *workers_[static_cast<size_t>(number)];
      // It may have been told something else since.
      if (worker.pending() != VirtualWorker::Pending::kTimer ||
          worker.due() != due) {
        continue;
      }
      worker.Act(now);
      Schedule(worker, number);
    }
    const absl::Duration next =
        timers_.empty() ? kTick : std::min(kTick, timers_.top().first - now);
    const std::vector<EndedCalls::Call> ended = ended_calls_.Take(next);
    now = Now();
    for (const auto& [number, status] : ended) {
      VirtualWorker& worker = *workers_[static_cast<size_t>(number)];
      worker.Finish(now, status);
      Schedule(worker, number);
    }
  }

  const FleetOptions options_;
  const absl::Duration start_ = Clock::Real()->Elapsed();
  FleetReport report_;
  EndedCalls ended_calls_;
  FleetGround ground_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<v1::WorkerService::Stub>> stubs_;
  std::vector<std::unique_ptr<VirtualWorker>> workers_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace

absl::StatusOr<FleetReport> RunFleet(const FleetOptions& options) {
  if (const int least =
          ConnectionsFor(options.workers, kMaxWorkersOfConnection);
      options.connections > 0 && options.connections < least) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--connections: ", Counted(options.connections, "connection"), " for ",
        Counted(options.workers, "worker"), ": at most ",
        kMaxWorkersOfConnection,
        " can share one, as each may wait in a call of its own and a "
        "coordinator takes 256 calls of a connection at a time; give at least ",
        least));
  }
  if (options.coordinator != 0 && !UseOf(options.coordinator)) {
    return absl::NotFoundError(
        absl::StrCat("there is no process ", options.coordinator,
                     " on this machine; give the coordinator's, or none"));
  }
  FleetReport report = Fleet(options).Run();
  if (report.calls["RegisterWorker"].seconds.empty()) {
    if (report.refused > 0) {
      return absl::FailedPreconditionError(report.refusal);
    }
    // The coordinator's own answer: its disk is full, for example.
    if (report.is_connected) {
      return absl::UnavailableError(
          report.unavailable.empty()
              ? absl::StrCat("the coordinator at ", options.server,
                             " answered no worker in time")
              : report.unavailable);
    }
    const std::string problem = ConnectionProblem(options.server);
    return absl::UnavailableError(
        !problem.empty()
            ? problem
            : absl::StrCat("no coordinator answers at ", options.server,
                           "; start one with: isoshape serve"));
  }
  return report;
}

}  // namespace isoshape
