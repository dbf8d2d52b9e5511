#ifndef ISOSHAPE_SIMULATE_FLEET_FLEET_H_
#define ISOSHAPE_SIMULATE_FLEET_FLEET_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace isoshape {

// Workers that may share a connection: each may wait for a trial in a call of
// its own, and a coordinator takes 256 calls of a connection at a time.
inline constexpr int kMaxWorkersOfConnection = 200;

// A fleet of workers that lease, report and complete as real ones do, and train
// nothing.
struct FleetOptions {
  std::string server;  // HOST:PORT
  int workers = 100;
  // Connections that they share, each by at most kMaxWorkersOfConnection; 0:
  // one for every 100 workers.
  int connections = 0;
  // How long a trial takes, times a factor of .5 to 1.5 of its own.
  absl::Duration trial_time = absl::Seconds(10);
  // If above 0, a trial takes the time of its FLOPs at so many FLOPs per
  // second, divided by time_scale, instead.
  double flops_per_second = 0;
  double time_scale = 1;
  int reports = 5;  // in a trial, at most one a step
  // Of all trials: what the worker gives back by its own fault, and what is
  // lost with its worker, which is away for a while then and comes back.
  double fault_share = 0;
  double preemption_share = 0;
  absl::Duration away = absl::Seconds(60);
  absl::Duration lease_wait = absl::Seconds(30);  // of LeaseTrials
  // How long it takes until all workers have begun.
  absl::Duration ramp = absl::Seconds(5);
  absl::Duration max_time = absl::Minutes(1);
  uint64_t seed = 0;
  pid_t coordinator = 0;  // its process, if it is on this machine; else 0
  // Asked ten times a second; true: end, and give back what is held.
  std::function<bool()> interrupted = [] { return false; };
};

// How the calls of one method went.
struct FleetCalls {
  std::vector<float> seconds;  // of those that succeeded
  std::map<absl::StatusCode, int64_t> errors;
};

struct FleetReport {
  absl::Duration time;                      // from the first call to the last
  std::map<std::string, FleetCalls> calls;  // by method
  int64_t completed = 0;                    // trials
  absl::Duration last_completed;            // when the last of them was
  int64_t faults = 0, preemptions = 0;
  // Trials of which the coordinator said that another has them.
  int64_t lost = 0;
  // Workers that the coordinator refused for good, and the first reason.
  int64_t refused = 0;
  std::string refusal;
  std::string unavailable;    // what who was told UNAVAILABLE last was told
  bool is_connected = false;  // in the end
  double busy_seconds = 0;    // of all workers, with a trial
  double worker_seconds = 0;  // of all workers, from their first call
  double trained_flops = 0;   // of completed trials
  double coordinator_cpu_seconds = 0;
  // True if all workers ended because nothing was left to do.
  bool nothing_left = false;
};

// Runs a fleet until nothing is left to do, or the time is over; what it holds
// then is given back, which the report does not count. INVALID_ARGUMENT if the
// connections are too few for the workers, UNAVAILABLE if no coordinator
// answers, NOT_FOUND if there is no process of that number.
absl::StatusOr<FleetReport> RunFleet(const FleetOptions& options);

}  // namespace isoshape

#endif  // ISOSHAPE_SIMULATE_FLEET_FLEET_H_
