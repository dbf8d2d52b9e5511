#ifndef ISOSHAPE_COORDINATOR_HTTP_PEER_WATCH_H_
#define ISOSHAPE_COORDINATOR_HTTP_PEER_WATCH_H_

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace isoshape {

// Looks whether a client is still there while nothing is read from it, so that
// nobody computes for one that has gone. On the thread of the socket's
// executor alone.
class PeerWatch {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // Calls `gone` once if the client ends its sending, or resets the connection,
  // until Stop. `owner` keeps the socket alive until then. Behind bytes that
  // are not read yet the end is no event, and is looked for every `interval`.
  PeerWatch(Socket* socket, std::shared_ptr<const void> owner,
            std::function<void(bool reset)> gone,
            absl::Duration interval = absl::Milliseconds(250));

  // From here on nothing is called or waited for, even by what has happened
  // already. Cancels all that waits for the socket.
  void Stop();

 private:
  struct State;

  static void Wait(const std::shared_ptr<State>& state);
  static void LookAgain(const std::shared_ptr<State>& state);

  // Shared with handlers, which run after a Stop too: that a handler is queued
  // cannot be taken back.
  const std::shared_ptr<State> state_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_PEER_WATCH_H_
