#ifndef ISOSHAPE_COORDINATOR_CONNECTION_PACE_H_
#define ISOSHAPE_COORDINATOR_CONNECTION_PACE_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// How fast an address (NetworkOf) may open connections while more calls come
// than begin. A connection has bounds for its calls; a client that opens one,
// sends them and goes leaves them behind, and would be given as many again by
// the next. What was accepted and is not read yet nobody counts, so that it
// does not suffice to accept nothing while many wait; and others are to be
// accepted meanwhile. Not thread-safe.
//
//   if (!pace.Admit(address, admission.Crowded())) close(descriptor);
class ConnectionPace {
 public:
  struct Options {
    double per_second = 10;
    double at_once = 50;
    // How long it is kept up after it was last crowded.
    absl::Duration lasts = absl::Seconds(5);
    // Addresses that are remembered; beyond it all begin anew.
    size_t max_addresses = 4096;
    Clock* clock = Clock::Real();
  };

  ConnectionPace() : ConnectionPace(Options()) {}
  explicit ConnectionPace(const Options& options) : options_(options) {}

  bool Admit(const std::string& address, bool crowded);

 private:
  struct Allowance {
    double connections = 0;
    absl::Duration as_of;
  };

  const Options options_;
  absl::Duration until_;
  std::map<std::string, Allowance> allowances_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_CONNECTION_PACE_H_
