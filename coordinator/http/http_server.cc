#include "coordinator/http/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "coordinator/http/connection.h"

namespace isoshape {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Connections beyond twice those that are served that are accepted, to be told
// that there is no room.
constexpr size_t kMoreAccepted = 64;

}  // namespace

// The connections that are open, and the thread that serves them.
class HttpServer::Connections {
 public:
  Connections(Options options, Handler handler) {
    host_.options = std::move(options);
    host_.handler = std::move(handler);
    host_.unfinished = [this](const std::string& address) {
      NoteUnfinished(address);
    };
    thread_ = std::thread([this] { Run(); });
  }
  ~Connections() { Stop(absl::ZeroDuration()); }

  void Accept(int descriptor);
  void Drain();
  void Stop(absl::Duration patience);

 private:
  struct Unfinished {
    absl::Time second;  // the beginning of it
    int requests = 0;
  };

  // One of those that were accepted and are not over.
  class Place {
   public:
    explicit Place(std::atomic<size_t>* taken) : taken_(taken) { ++*taken_; }
    ~Place() { --*taken_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::atomic<size_t>* const taken_;
  };

  void Run();
  asio::awaitable<void> Serve(tcp::socket socket, std::shared_ptr<Place> place);
  void NoteUnfinished(const std::string& address);
  bool TooManyUnfinished(const std::string& address);
  // Closes the connection that has waited longest for a request. False if all
  // are being answered.
  bool MakeRoom();
  void NotifyIfOver();

  std::atomic<size_t> taken_ = 0;  // places; what waits in io_ has some
  asio::io_context io_{1};
  // Keeps the thread running while there is no connection.
  asio::executor_work_guard<asio::io_context::executor_type> work_{
      io_.get_executor()};
  ConnectionHost host_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::map<std::string, Unfinished> unfinished_;
  // Notified when draining and nothing is open.
  absl::Notification over_;
  std::thread thread_;
};

void HttpServer::Connections::Accept(int descriptor) {
  // Those that are closed to make room are over only after all that were
  // accepted meanwhile have begun, each with room for the body that it
  // announces: 12,000 took 9 GB of addresses.
  if (taken_ >= 2 * host_.options.limits.connections + kMoreAccepted) {
    close(descriptor);
    return;
  }
  auto place = std::make_shared<Place>(&taken_);
  sockaddr_storage local = {};
  socklen_t length = sizeof(local);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &length);
  auto socket = std::make_shared<tcp::socket>(io_);
  ErrorCode error;
  if (socket->assign(local.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(),
                     descriptor, error)) {
    close(descriptor);
    return;
  }
  asio::post(io_, [this, socket, place = std::move(place)] {
    ErrorCode gone;
    const auto remote = socket->remote_endpoint(gone);
    if (gone || host_.draining ||
        TooManyUnfinished(PlainAddress(remote.address()).to_string())) {
      return;
    }
    asio::co_spawn(io_, Serve(std::move(*socket), place), asio::detached);
  });
}

// Where there is no memory for what a client asks it loses its connection, and
// nobody else anything.
void HttpServer::Connections::Run() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::bad_alloc&) {
      // Between two steps of what serves a connection, which is gone by that;
      // its socket goes with the last who holds it.
      std::erase_if(connections_, [](const auto& connection) {
        return connection.use_count() == 1;
      });
      NotifyIfOver();
    }
  }
}

asio::awaitable<void> HttpServer::Connections::Serve(
    tcp::socket socket, std::shared_ptr<Place> /*place*/) {
  const bool room =
      connections_.size() < host_.options.limits.connections || MakeRoom();
  const auto connection =
      std::make_shared<Connection>(std::move(socket), &host_);
  if (room) {
    connections_.insert(connection);
    try {
      co_await connection->Run();
    } catch (const std::bad_alloc&) {
      connection->Close();
    }
    connections_.erase(connection);
  } else {
    co_await connection->Refuse();
  }
  NotifyIfOver();
}

void HttpServer::Connections::NotifyIfOver() {
  if (host_.draining && connections_.empty() && !over_.HasBeenNotified()) {
    over_.Notify();
  }
}

bool HttpServer::Connections::MakeRoom() {
  std::shared_ptr<Connection> longest;
  for (const auto& connection : connections_) {
    const auto since = connection->waiting_since();
    if (since.has_value() &&
        (longest == nullptr || *since < *longest->waiting_since())) {
      longest = connection;
    }
  }
  if (longest == nullptr) return false;
  longest->Close();
  connections_.erase(longest);
  return true;
}

void HttpServer::Connections::NoteUnfinished(const std::string& address) {
  const absl::Time now = absl::Now();
  if (unfinished_.size() > 1000) {
    std::erase_if(unfinished_, [&](const auto& entry) {
      return now - entry.second.second > absl::Seconds(1);
    });
  }
  Unfinished& noted = unfinished_[address];
  if (now - noted.second > absl::Seconds(1)) noted = {.second = now};
  ++noted.requests;
}

bool HttpServer::Connections::TooManyUnfinished(const std::string& address) {
  const auto it = unfinished_.find(address);
  return it != unfinished_.end() &&
         absl::Now() - it->second.second <= absl::Seconds(1) &&
         it->second.requests > host_.options.limits.unfinished;
}

void HttpServer::Connections::Drain() {
  asio::post(io_, [this] {
    if (host_.draining) return;
    host_.draining = true;
    const auto connections = connections_;
    for (const auto& connection : connections) {
      if (connection->waiting_since().has_value()) connection->Close();
    }
    NotifyIfOver();
  });
}

void HttpServer::Connections::Stop(absl::Duration patience) {
  if (!thread_.joinable()) return;
  Drain();
  over_.WaitForNotificationWithTimeout(patience);
  io_.stop();
  thread_.join();
}

HttpServer::HttpServer(Options options, Handler handler)
    : connections_(std::make_unique<Connections>(std::move(options),
                                                 std::move(handler))) {}

HttpServer::~HttpServer() = default;

void HttpServer::Accept(int descriptor) { connections_->Accept(descriptor); }

void HttpServer::Drain() { connections_->Drain(); }

void HttpServer::Stop(absl::Duration patience) { connections_->Stop(patience); }

}  // namespace isoshape
