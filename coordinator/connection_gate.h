#ifndef ISOSHAPE_COORDINATOR_CONNECTION_GATE_H_
#define ISOSHAPE_COORDINATOR_CONNECTION_GATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// Hands connections on no faster than what comes over them is read. A client
// that connects, sends hundreds of calls and goes has to wait for nothing, and
// each of its connections keeps a thread of gRPC busy for some 20 ms, whether
// anybody is still there or not: ten clients that do so without end leave
// hundreds of connections to be read, and whoever is connected waits his turn
// behind all of them. Here a connection waits instead while several that were
// handed on have bytes that nobody has read; one whose peer goes meanwhile is
// closed, and costs next to nothing. Those of different hosts (NetworkOf) take
// turns. Not thread-safe.
//
//   ConnectionGate gate({.take = [](int descriptor) { … }});
//   while (Wait(gate.Patience())) {
//     gate.Enter(Accept());  // if there is one
//     gate.Work();
//   }
class ConnectionGate {
 public:
  struct Options {
    // Gets a connection; who gets it closes it.
    std::function<void(int descriptor)> take;
    // Connections with unread bytes, beyond which others wait. Those that had
    // nothing unread a tenth of a second after they were handed on or later,
    // and those that had some for five seconds, count as half of it at most, so
    // that new ones are read in their turn however busy the others are.
    int max_unread = 8;
    // How long the first one of a host waits at most, lest many that are open
    // keep all others out.
    absl::Duration max_wait = absl::Milliseconds(100);
    Clock* clock = Clock::Real();
  };

  explicit ConnectionGate(Options options) : options_(std::move(options)) {}
  // Closes what waits.
  ~ConnectionGate();
  ConnectionGate(const ConnectionGate&) = delete;
  ConnectionGate& operator=(const ConnectionGate&) = delete;

  // Takes a connection, which the next Work hands on at the earliest.
  void Enter(int descriptor);
  // Hands on what may go.
  void Work();
  // Closes those that wait and whose peers have gone.
  void CloseGone();
  // How long to wait until the next Work; infinite: none is needed.
  absl::Duration Patience() const;

  size_t waiting() const { return waiting_; }

 private:
  // A connection that was handed on. Its descriptor may have been closed since,
  // and be another file's: its inode tells.
  struct Handed {
    int descriptor;
    uint64_t inode;
    absl::Duration since;
  };
  // The connections of a host that wait, and since when the host has been given
  // nothing.
  struct Host {
    std::deque<int> descriptors;
    absl::Duration since;
  };

  // Connections that were handed on and have unread bytes, as they count.
  int Unread();
  // Whether one more may be handed on; looks again if it does not know.
  bool HasRoom();
  // Hands on the next one of the first host, or only closes what waits of it if
  // the peers have gone; then it is the others' turn.
  void HandOnNext();

  const Options options_;
  // Handed on lately, looked at each time; and before, as often as costs
  // little.
  std::vector<Handed> fresh_;
  std::vector<Handed> settled_;
  int settled_unread_ = 0;
  // What the last look found, and when that was.
  int room_ = 0;  // so many may be handed on, less those that were since
  bool full_ = false;
  absl::Duration looked_ = -absl::InfiniteDuration();
  absl::Duration look_at_settled_;
  size_t waiting_ = 0;
  std::map<std::string, Host> hosts_;  // none without a descriptor
  std::deque<std::string> turns_;      // their names
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_CONNECTION_GATE_H_
