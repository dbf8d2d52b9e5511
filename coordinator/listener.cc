#include "coordinator/listener.h"

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/net/unix_socket.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

constexpr int kBacklog = 1024;
constexpr int64_t kSecondsBetweenLogs = 10;

absl::Status CannotListen(const ListenAddress& address, int error,
                          absl::string_view flag) {
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", address.ToString(), ": ", strerror(error),
      error == EADDRINUSE
          ? "; stop what listens there or choose another port with "
          : "; name an address of this machine with ",
      flag));
}

// `problem` says what is wrong with its path, and ends in what to name instead.
absl::Status CannotListenOnPath(const ListenAddress& address,
                                absl::string_view problem,
                                absl::string_view flag) {
  return absl::UnavailableError(absl::StrCat(
      "cannot listen on ", address.ToString(), ": ", problem, " with ", flag));
}

std::string ProblemOfBind(int error) {
  switch (error) {
    case EADDRINUSE:
      return absl::StrCat(strerror(error),
                          "; stop what listens there, or name another path");
    case ENOENT:
      return "its folder is not there; make the folder, or name a path in one "
             "that is there";
    default:
      return absl::StrCat(
          strerror(error),
          "; name a path in a folder that this user may write to");
  }
}

// Why a path may not be made a socket, by what is there; empty if it may. A
// socket that nobody listens on is removed: a coordinator that was killed left
// it.
std::string ProblemOfPath(const sockaddr_un& name) {
  struct stat file = {};
  if (lstat(name.sun_path, &file) != 0) return "";
  if (!S_ISSOCK(file.st_mode)) {
    return "the file is there and is no socket; remove the file if nobody "
           "needs it, or name another path";
  }
  switch (ConnectError(name)) {
    case ECONNREFUSED:
      if (unlink(name.sun_path) == 0 || errno == ENOENT) return "";
      return absl::StrCat(
          "a coordinator that has ended left the socket, and this user may not "
          "remove it (",
          strerror(errno), "); remove it as its owner, or name another path");
    case EACCES:  // whether anybody listens is not known
      return "the socket is another user's; stop what listens there or remove "
             "it as that user, or name another path";
    default:
      return "";  // bind says that it is in use
  }
}

// A socket that listens, or -1 with errno.
int ListeningSocket(int family, const sockaddr* address, socklen_t length) {
  const int handle =
      socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) return -1;
  const int on = 1;
  if (setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      bind(handle, address, length) == 0 && listen(handle, kBacklog) == 0) {
    return handle;
  }
  const int error = errno;
  close(handle);
  errno = error;
  return -1;
}

uint16_t PortOf(int socket) {
  sockaddr_storage bound = {};
  socklen_t length = sizeof(bound);
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &length);
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

// Sockets for all addresses of the host; sets the port if it was 0.
absl::StatusOr<std::vector<int>> BindTcp(ListenAddress& address,
                                         absl::string_view flag) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.host.c_str(), "0", &hints, &found);
      error != 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address.ToString(), ": ", gai_strerror(error),
        "; name an address of this machine with ", flag));
  }
  std::vector<int> sockets;
  int error = 0;
  for (addrinfo* each = found; each != nullptr; each = each->ai_next) {
    (each->ai_family == AF_INET6
         ? reinterpret_cast<sockaddr_in6*>(each->ai_addr)->sin6_port
         : reinterpret_cast<sockaddr_in*>(each->ai_addr)->sin_port) =
        htons(address.port);
    const int handle =
        ListeningSocket(each->ai_family, each->ai_addr, each->ai_addrlen);
    if (handle < 0) {
      // If a name has an address that this machine lacks, its others suffice.
      if (error != EADDRINUSE) error = errno;
      continue;
    }
    sockets.push_back(handle);
    if (address.port == 0) address.port = PortOf(handle);
  }
  freeaddrinfo(found);
  if (!sockets.empty() && error != EADDRINUSE) return sockets;
  for (const int handle : sockets) close(handle);
  return CannotListen(address, error, flag);
}

absl::StatusOr<std::vector<int>> BindUnix(const ListenAddress& address,
                                          absl::string_view flag) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (address.unix_path.size() >= sizeof(name.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        flag, " ", OneLine(address.ToString()), ": the path has ",
        address.unix_path.size(), " bytes, and a Unix socket takes at most ",
        sizeof(name.sun_path) - 1, "; name a shorter one"));
  }
  std::copy(address.unix_path.begin(), address.unix_path.end(), name.sun_path);
  if (const std::string problem = ProblemOfPath(name); !problem.empty()) {
    return CannotListenOnPath(address, problem, flag);
  }
  // Whoever may write to the file may use the coordinator: its owner alone.
  const mode_t mask = umask(077);
  const int handle = ListeningSocket(
      AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  const int error = errno;
  umask(mask);
  if (handle < 0) {
    return CannotListenOnPath(address, ProblemOfBind(error), flag);
  }
  return std::vector<int>{handle};
}

// Connections get no descriptor from here on.
int FirstKeptBack() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT32_MAX) {
    return INT32_MAX;
  }
  const int all = static_cast<int>(limit.rlim_cur);
  return std::max(all / 2, all - Listener::kReserve);
}

int64_t NowSeconds() { return absl::ToInt64Seconds(Clock::Real()->Elapsed()); }

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(
    ListenAddress address, absl::string_view flag) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<int> sockets,
                            address.unix_path.empty()
                                ? BindTcp(address, flag)
                                : BindUnix(address, flag));
  std::unique_ptr<Listener> listener(new Listener(std::move(address)));
  listener->sockets_ = std::move(sockets);
  listener->file_ = FileAt(listener->address_.unix_path);
  listener->wake_ = eventfd(0, EFD_CLOEXEC);
  if (listener->wake_ < 0) return CannotListen(listener->address_, errno, flag);
  return listener;
}

Listener::~Listener() {
  Stop();
  // Somebody may have put another socket in its place. Before it is closed, as
  // one that finds it closed takes it for one that was left, and binds its own.
  if (file_.second != 0 && FileAt(address_.unix_path) == file_) {
    unlink(address_.unix_path.c_str());
  }
  for (const int handle : sockets_) close(handle);
  if (wake_ >= 0) close(wake_);
}

void Listener::Start(std::function<void(int descriptor)> take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
}

void Listener::StartPaced(std::function<void(int descriptor)> take,
                          Clock* clock) {
  gate_ = std::make_unique<ConnectionGate>(
      ConnectionGate::Options{.take = std::move(take), .clock = clock});
  Start([gate = gate_.get()](int descriptor) { gate->Enter(descriptor); });
}

void Listener::StartPaced(
    grpc::experimental::ExternalConnectionAcceptor* acceptor) {
  StartPaced([acceptor](int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
        connection;
    connection.fd = descriptor;
    acceptor->HandleNewConnection(&connection);
  });
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
  thread_.join();
  uint64_t woken = 0;
  [[maybe_unused]] const ssize_t taken = read(wake_, &woken, sizeof(woken));
  gate_.reset();
  waiting_ = 0;
}

void Listener::Run() {
  std::vector<pollfd> ready = {{wake_, POLLIN, 0}};
  for (const int handle : sockets_) ready.push_back({handle, POLLIN, 0});
  while (true) {
    const absl::Duration patience =
        gate_ == nullptr ? absl::InfiniteDuration() : gate_->Patience();
    const int wait =
        patience == absl::InfiniteDuration()
            ? -1
            : static_cast<int>(absl::ToInt64Milliseconds(patience));
    if (poll(ready.data(), ready.size(), wait) < 0) continue;  // EINTR
    if (ready[0].revents != 0) return;
    for (size_t i = 1; i < ready.size(); ++i) {
      if (ready[i].revents != 0) Accept(ready[i].fd);
    }
    if (gate_ == nullptr) continue;
    gate_->Work();
    waiting_ = gate_->waiting();
  }
}

void Listener::Accept(int socket) {
  const int handle =
      accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (handle < 0) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM) return;
    // Others took what was kept back; the connection waits in the backlog.
    if (gate_ != nullptr) gate_->CloseGone();
    Clock::Real()->Sleep(absl::Milliseconds(50));
    return;
  }
  // A descriptor is the least that is free, so this counts those in use.
  if (handle >= FirstKeptBack()) {
    close(handle);
    if (gate_ != nullptr) gate_->CloseGone();
    ++refused_;
    const int64_t now = NowSeconds();
    if (told_seconds_ >= 0 && now - told_seconds_ < kSecondsBetweenLogs) return;
    spdlog::warn(
        "connections refused: {}, as many are open as descriptors allow; raise "
        "the hard limit (ulimit -Hn, LimitNOFILE)",
        refused_);
    told_seconds_ = now;
    refused_ = 0;
    return;
  }
  const int on = 1;  // no effect on a Unix socket
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  take_(handle);
}

}  // namespace isoshape
