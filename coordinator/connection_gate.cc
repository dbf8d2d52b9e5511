#include "coordinator/connection_gate.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "coordinator/end_connection.h"
#include "coordinator/services/callers.h"

namespace isoshape {
namespace {

// While connections wait.
constexpr absl::Duration kLook = absl::Milliseconds(2);
// After so long a connection that has nothing unread has settled.
constexpr absl::Duration kFresh = absl::Milliseconds(100);
// Of its time this spends so much at most on looking at those.
constexpr int kShare = 20;

// The inode of the socket at a descriptor.
std::optional<uint64_t> SocketAt(int descriptor) {
  struct stat file = {};
  if (fstat(descriptor, &file) != 0 || !S_ISSOCK(file.st_mode)) {
    return std::nullopt;
  }
  return file.st_ino;
}

bool HasUnread(int descriptor) {
  int bytes = 0;
  return ioctl(descriptor, FIONREAD, &bytes) == 0 && bytes > 0;
}

bool PeerHasGone(int descriptor) {
  pollfd one = {.fd = descriptor, .events = POLLRDHUP, .revents = 0};
  return poll(&one, 1, 0) > 0;
}

}  // namespace

ConnectionGate::~ConnectionGate() {
  for (const auto& [name, host] : hosts_) {
    for (const int descriptor : host.descriptors) close(descriptor);
  }
}

void ConnectionGate::Enter(int descriptor) {
  std::string name = HostOfPeer(PeerOf(descriptor));
  const auto [host, added] = hosts_.try_emplace(std::move(name));
  if (added) {
    host->second.since = options_.clock->Elapsed();
    turns_.push_back(host->first);
  }
  host->second.descriptors.push_back(descriptor);
  ++waiting_;
  Work();
}

absl::Duration ConnectionGate::Patience() const {
  return waiting_ > 0 ? kLook : absl::InfiniteDuration();
}

int ConnectionGate::Unread() {
  const absl::Duration now = options_.clock->Elapsed();
  int unread = 0;
  std::erase_if(fresh_, [&](const Handed& one) {
    if (SocketAt(one.descriptor) != one.inode) return true;
    if (HasUnread(one.descriptor)) {
      ++unread;
    } else if (now - one.since > kFresh) {
      settled_.push_back(one);
      return true;
    }
    return false;
  });
  if (now >= look_at_settled_) {
    settled_unread_ = 0;
    std::erase_if(settled_, [&](const Handed& one) {
      if (SocketAt(one.descriptor) != one.inode) return true;
      if (HasUnread(one.descriptor)) ++settled_unread_;
      return false;
    });
    const absl::Duration end = options_.clock->Elapsed();
    look_at_settled_ = end + kShare * (end - now);
  }
  return unread + std::min(settled_unread_, options_.max_unread / 2);
}

void ConnectionGate::HandOnNext() {
  const std::string name = std::move(turns_.front());
  turns_.pop_front();
  const auto it = hosts_.find(name);
  Host& host = it->second;
  host.since = options_.clock->Elapsed();
  bool handed_on = false;
  while (!handed_on && !host.descriptors.empty()) {
    const int descriptor = host.descriptors.front();
    host.descriptors.pop_front();
    --waiting_;
    if (PeerHasGone(descriptor)) {
      close(descriptor);
      continue;
    }
    handed_on = true;
    --room_;
    if (const auto inode = SocketAt(descriptor)) {
      fresh_.push_back(
          {.descriptor = descriptor, .inode = *inode, .since = host.since});
    }
    options_.take(descriptor);
  }
  if (host.descriptors.empty()) {
    hosts_.erase(it);
  } else {
    turns_.push_back(name);
  }
}

void ConnectionGate::Work() {
  while (waiting_ > 0) {
    if (room_ <= 0) room_ = options_.max_unread - Unread();
    if (room_ <= 0) break;
    HandOnNext();
  }
  // Each turn sets `since`, so that this ends, and the first has waited
  // longest.
  while (waiting_ > 0 && options_.clock->Elapsed() -
                                 hosts_.find(turns_.front())->second.since >=
                             options_.max_wait) {
    HandOnNext();
  }
}

}  // namespace isoshape
