#ifndef ISOSHAPE_COORDINATOR_LISTENER_H_
#define ISOSHAPE_COORDINATOR_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/threads/clock.h"
#include "coordinator/connection_gate.h"
#include "coordinator/listen_address.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}

namespace isoshape {

// Listens on an address and hands each connection over. gRPC 1.51 stops
// accepting for good when accept() fails once because the process has no
// descriptor left; this keeps some back for the database and for clients that
// are there, closes connections beyond at once, says so in the log, and accepts
// again as soon as others have gone.
//
//   auto listener = Listener::Bind(*ParseListenAddress("127.0.0.1:0"));
//   (*listener)->Start([](int descriptor) { … });  // who gets it closes it
class Listener {
 public:
  // Descriptors that are kept back from connections.
  static constexpr int kReserve = 48;

  // A host's name may stand for several addresses: all are listened on, at one
  // port. The file of a Unix socket that nobody listens on is replaced.
  // UNAVAILABLE if another program listens there, the address is not this
  // machine's, or what is at the path may not be replaced; the message names
  // the flag that gives another.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(
      ListenAddress address, absl::string_view flag = "--address");

  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // With the port that was chosen, if any might be.
  const ListenAddress& address() const { return address_; }

  // Calls `take` with the descriptor of each connection, on a thread of its
  // own, until Stop; after that it may be started again.
  void Start(std::function<void(int descriptor)> take);
  // The same, no faster than what comes over them is read (ConnectionGate).
  void StartPaced(std::function<void(int descriptor)> take,
                  Clock* clock = Clock::Real());
  // The same, to gRPC.
  void StartPaced(grpc::experimental::ExternalConnectionAcceptor* acceptor);
  // When it returns, `take` is not called any more, and connections that waited
  // for their turn are closed. A second call does nothing.
  void Stop();

  // Connections that wait for their turn.
  size_t waiting() const { return waiting_; }

 private:
  explicit Listener(ListenAddress address) : address_(std::move(address)) {}

  void Run();
  void Accept(int socket);

  ListenAddress address_;
  std::vector<int> sockets_;
  // Device and inode of a Unix socket; zeros if it is none.
  std::pair<dev_t, ino_t> file_;
  int wake_ = -1;  // an eventfd: the thread is to end
  std::function<void(int)> take_;
  std::unique_ptr<ConnectionGate> gate_;  // null: not paced
  std::atomic<size_t> waiting_ = 0;       // in it, at the last look
  // Used by the thread alone: how many connections were closed, and when that
  // was said.
  int64_t refused_ = 0;
  int64_t told_seconds_ = -1;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_LISTENER_H_
