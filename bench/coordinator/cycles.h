#ifndef ISOSHAPE_BENCH_COORDINATOR_CYCLES_H_
#define ISOSHAPE_BENCH_COORDINATOR_CYCLES_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace isoshape {

// A load of full trials: each client leases one, reports five times, and
// completes it, one call after another, over asynchronous calls on a connection
// of its own.
struct CyclesOptions {
  std::string server;
  pid_t process = 0;  // the server's
  int clients = 1;
  double seconds = 5;
  double warm_up_seconds = 0.5;  // that count for nothing
  // Ends when so many trials are done, however long it takes; 0: after seconds.
  int64_t cycles = 0;
};

struct CyclesResult {
  int64_t cycles = 0;  // all, from the first
  double cycles_per_second = 0;
  double rpcs_per_second = 0;
  // Of all calls but registrations.
  double p50_ms = 0, p99_ms = 0, longest_ms = 0;
  double cpu_us_per_rpc = 0;  // of the server
  double written_bytes_per_cycle = 0;
  int64_t resident_bytes = 0;  // of the server, at the end
  int64_t unanswered = 0;      // lease calls that found no trial
  std::map<std::string, int64_t> errors;
};

CyclesResult RunCycles(const CyclesOptions& options);

// Adds so many PENDING trials of the seeds from `first_seed` on to a campaign;
// exits with a message if one is refused.
void AddTrials(const std::string& server, const std::string& campaign,
               int64_t trials, int64_t first_seed);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_COORDINATOR_CYCLES_H_
