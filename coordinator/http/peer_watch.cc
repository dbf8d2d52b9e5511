#include "coordinator/http/peer_watch.h"

#include <poll.h>

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace isoshape {
namespace {

using ErrorCode = boost::system::error_code;

}  // namespace

struct PeerWatch::State {
  State(Socket* watched, std::shared_ptr<const void> keeper,
        std::function<void(bool)> tell, absl::Duration between)
      : socket(watched),
        owner(std::move(keeper)),
        gone(std::move(tell)),
        interval(between),
        again(watched->get_executor()) {}

  Socket* const socket;
  const std::shared_ptr<const void> owner;
  std::function<void(bool reset)> gone;
  const absl::Duration interval;
  boost::asio::steady_timer again;
  bool stopped = false;
};

PeerWatch::PeerWatch(Socket* socket, std::shared_ptr<const void> owner,
                     std::function<void(bool reset)> gone,
                     absl::Duration interval)
    : state_(std::make_shared<State>(socket, std::move(owner), std::move(gone),
                                     interval)) {
  Wait(state_);
}

void PeerWatch::Wait(const std::shared_ptr<State>& state) {
  state->socket->async_wait(Socket::wait_read, [state](const ErrorCode& error) {
    if (error || state->stopped) return;
    pollfd peer = {state->socket->native_handle(), POLLRDHUP, 0};
    poll(&peer, 1, 0);
    if ((peer.revents & (POLLERR | POLLHUP)) != 0) {
      return state->gone(/*reset=*/true);
    }
    if ((peer.revents & POLLRDHUP) != 0) {
      return state->gone(/*reset=*/false);
    }
    // Bytes that are read later: of the next request, or of TLS, which says
    // good-bye before the end.
    LookAgain(state);
  });
}

void PeerWatch::LookAgain(const std::shared_ptr<State>& state) {
  state->again.expires_after(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          absl::ToChronoNanoseconds(state->interval)));
  state->again.async_wait([state](const ErrorCode& error) {
    if (!error && !state->stopped) Wait(state);
  });
}

void PeerWatch::Stop() {
  state_->stopped = true;
  state_->gone = nullptr;
  ErrorCode ignored;
  ignored = state_->socket->cancel(ignored);
  state_->again.cancel();
}

}  // namespace isoshape
