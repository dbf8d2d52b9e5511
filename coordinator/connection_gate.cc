#include "coordinator/connection_gate.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "common/net/host_port.h"
#include "coordinator/end_connection.h"
#include "coordinator/services/callers.h"

namespace isoshape {
namespace {

// While connections wait.
constexpr absl::Duration kLook = absl::Milliseconds(2);
// After so long a connection has settled, or one that has unread bytes all the
// time: a client that sends and takes nothing, or is never done.
constexpr absl::Duration kFresh = absl::Milliseconds(100);
constexpr absl::Duration kFreshUnread = absl::Seconds(5);
// To look at settled ones takes one part in so many of the time at most.
constexpr int kShare = 20;

// The inode of the socket at a descriptor.
std::optional<uint64_t> InodeOf(int descriptor) {
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

// Or has ended its sending, which gRPC 1.51 takes for the same.
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
  const auto [host, added] =
      hosts_.try_emplace(NetworkOf(HostOfPeer(PeerOf(descriptor))));
  if (added) {
    host->second.since = options_.clock->Elapsed();
    turns_.push_back(host->first);
  }
  host->second.descriptors.push_back(descriptor);
  ++waiting_;
}

absl::Duration ConnectionGate::Patience() const {
  return waiting_ > 0 ? kLook : absl::InfiniteDuration();
}

int ConnectionGate::Unread() {
  const absl::Duration now = options_.clock->Elapsed();
  int unread = 0;
  std::erase_if(fresh_, [&](const Handed& one) {
    if (InodeOf(one.descriptor) != one.inode) return true;
    const bool has = HasUnread(one.descriptor);
    if (now - one.since > (has ? kFreshUnread : kFresh)) {
      settled_.push_back(one);
      if (has) ++settled_unread_;
      return true;
    }
    if (has) ++unread;
    return false;
  });
  if (now >= look_at_settled_) {
    settled_unread_ = 0;
    std::erase_if(settled_, [&](const Handed& one) {
      if (InodeOf(one.descriptor) != one.inode) return true;
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
    if (const auto inode = InodeOf(descriptor)) {
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

bool ConnectionGate::HasRoom() {
  const absl::Duration now = options_.clock->Elapsed();
  const bool looked = now - looked_ < kLook;
  // What there was is used up without a look; that there was none holds on.
  if (looked && (room_ > 0 || full_)) return room_ > 0;
  room_ = options_.max_unread - Unread();
  full_ = room_ <= 0;
  looked_ = now;
  return room_ > 0;
}

void ConnectionGate::Work() {
  while (waiting_ > 0 && HasRoom()) HandOnNext();
  // The first of turns_ has waited longest.
  const absl::Duration due = options_.clock->Elapsed() - options_.max_wait;
  while (waiting_ > 0 && hosts_.find(turns_.front())->second.since <= due) {
    HandOnNext();
  }
}

void ConnectionGate::CloseGone() {
  std::erase_if(turns_, [&](const std::string& name) {
    const auto host = hosts_.find(name);
    std::erase_if(host->second.descriptors, [&](int descriptor) {
      if (!PeerHasGone(descriptor)) return false;
      close(descriptor);
      --waiting_;
      return true;
    });
    if (!host->second.descriptors.empty()) return false;
    hosts_.erase(host);
    return true;
  });
}

}  // namespace isoshape
