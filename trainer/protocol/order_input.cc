#include "trainer/protocol/order_input.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace isoshape {
namespace {

// Time that the process has after SIGTERM. Then SIGALRM ends it, whatever it is
// doing.
constexpr unsigned kSecondsToLive = 10;

sigset_t Termination() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void OrderInput::HoldTermination() {
  const sigset_t set = Termination();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

OrderInput::OrderInput(int descriptor)
    : input_(descriptor),
      signals_([] {
        const sigset_t set = Termination();
        return signalfd(-1, &set, SFD_CLOEXEC);
      }()),
      released_(eventfd(0, EFD_CLOEXEC)) {}

OrderInput::~OrderInput() {
  close(signals_);
  close(released_);
}

std::optional<std::string> OrderInput::NextLine() {
  size_t searched = 0;
  for (;;) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    searched = buffer_.size();
    if (ended_ || !ReadMore()) break;
  }
  if (buffer_.empty()) return std::nullopt;
  return std::exchange(buffer_, {});  // a last line without an end
}

bool OrderInput::WaitForTermination() {
  if (terminated_) return true;
  pollfd ready[] = {{signals_, POLLIN, 0}, {released_, POLLIN, 0}};
  while (poll(ready, 2, -1) < 0 && errno == EINTR) {
  }
  if (ready[0].revents != 0) Terminate();
  return terminated_;
}

void OrderInput::Release() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(released_, &one, sizeof one);
}

void OrderInput::Terminate() {
  alarm(kSecondsToLive);
  buffer_.clear();
  terminated_ = true;
}

bool OrderInput::ReadMore() {
  pollfd ready[] = {{signals_, POLLIN, 0}, {input_, POLLIN, 0}};
  while (poll(ready, 2, -1) < 0 && errno == EINTR) {
  }
  ended_ = true;
  if (ready[0].revents != 0) {
    Terminate();
    return false;
  }
  char bytes[4096];
  ssize_t count;
  while ((count = read(input_, bytes, sizeof bytes)) < 0 && errno == EINTR) {
  }
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  ended_ = false;
  return true;
}

}  // namespace isoshape
