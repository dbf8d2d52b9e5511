#ifndef ISOSHAPE_COORDINATOR_CALL_ADMISSION_H_
#define ISOSHAPE_COORDINATOR_CALL_ADMISSION_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// Bounds the calls that a connection has, whether they are open or not. Those
// that a client opens and resets at once (HTTP/2 rapid reset) do not count as
// open for gRPC 1.51, and take some 20 kB each until a thread has ended them,
// which takes longer than to read them: one connection can fill the memory, and
// a few keep all threads reading, so that nobody else is answered. Here they
// are refused on the thread that reads them, before they take memory, and a
// connection that goes on is ended. So is one that asks and does not read: gRPC
// keeps what flow control holds back, some 12 MB of each of its 256 calls. Of
// calls that need no token a connection has few. Must outlive the server.
// Thread-safe.
//
//   interceptors.push_back(admission.CountCalls(builder));
//   admission.Admit(connection)  // of each call, when it was read
class CallAdmission {
 public:
  enum class Kind {
    kUsual,
    kUncounted,  // the server does not count it; always few at a time
    kTokenless,  // nobody needs a token for it
  };
  struct Options {
    // Calls of one connection that have begun and are not over; how many of
    // these may be such as need no token, which are counted for a moment when
    // they are over, and how many of those may wait for their message. A probe
    // has one at a time.
    int calls_of_connection = 512;
    int tokenless_calls = 64;
    int tokenless_waiting = 16;
    // Calls of all connections that were read and have not begun. If there are
    // more, a connection is given `calls_in_slot` in each slot of time.
    int64_t waiting = 2000;
    int calls_in_slot = 32;
    absl::Duration slot = absl::Milliseconds(100);
    // A connection of which so many calls were refused in a row is ended.
    int patience = 1000;
    // Memory of answers that a connection may leave unread beside the largest
    // of them, which may alone take more (a table of 100,000 trials takes 160
    // MB), and that all together may; of all it is the one with the most that
    // is ended.
    int64_t unread_of_connection = int64_t{128} << 20;
    int64_t unread = int64_t{512} << 20;
    // Ends the connection of a peer, as ServerContext names it, that `did`
    // something; false: it could not be ended, and lives on.
    std::function<bool(const std::string& peer, const std::string& did)> end =
        [](const auto&, const auto&) { return true; };
    // Told of each call that begins.
    std::function<void(const std::string& peer)> begun = [](const auto&) {};
    Clock* clock = Clock::Real();
  };

  // What tells the connection of a call from the others: gRPC's
  // grpc_auth_context, which the call holds until it is over.
  static const void* ConnectionOf(grpc::CallbackServerContext& context);

  CallAdmission() : CallAdmission(Options()) {}
  explicit CallAdmission(Options options) : options_(std::move(options)) {}

  // Has a server count its calls: when it reads them, and by the interceptor
  // that is returned, when they begin and are over.
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
  CountCalls(grpc::ServerBuilder& builder);

  // Whether a call that was read is to begin, else RESOURCE_EXHAUSTED.
  // `connection` is that of ConnectionOf, here as below.
  absl::Status Admit(const void* connection, Kind kind = Kind::kUsual);

  // What is counted. A call is read, has begun, and is over; and so much
  // memory holds an answer that is to be sent, and was sent or given up.
  void Read() { ++waiting_; }
  void Begin(const void* connection, const std::string& peer);
  void End(const void* connection);
  // Of a call without a token, after Begin: whether it is to go on, else
  // RESOURCE_EXHAUSTED, as many may have been admitted before the first began.
  // If so, that its message has come or never will; and, before End, that it is
  // over.
  absl::Status BeginTokenless(const void* connection);
  void EndWaiting(const void* connection);
  void EndTokenless(const void* connection);
  // False: the connection was ended, and the answer need not be kept for it.
  bool Answer(const void* connection, int64_t bytes);
  void Answered(const void* connection, int64_t bytes);
  // Calls that were refused since the start.
  int64_t refused() const { return refused_; }
  // Connections that are remembered.
  size_t connections();

 private:
  struct Connection {
    std::string peer;     // as of ServerContext, once a call has begun
    int calls = 0;        // that have begun
    int tokenless = 0;    // of these, for which nobody needs a token
    int waiting = 0;      // of these, for their message
    int refused = 0;      // in a row
    int64_t unread = 0;   // memory of answers, bytes
    int64_t largest = 0;  // of them, since all were read
    bool ended = false;   // for these
    absl::Duration slot_begin;
    int calls_in_slot = 0;
  };

  // Connections of which no call is under way are forgotten beyond so many, and
  // beyond twice as many as have one, so that it costs a call nothing.
  static constexpr size_t kMaxIdle = 4096;

  bool MayBegin(Connection& connection, Kind kind) const;
  bool HasRoomForTokenless(const Connection& connection) const;
  // Notes that a call is refused; whom to end for it, empty if nobody.
  std::string Refuse(Connection& its) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends that one, and says why the call is refused.
  absl::Status Refused(const std::string& ended) ABSL_LOCKS_EXCLUDED(mutex_);
  void ForgetIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The connection that is to be ended for what it does not read, null if none.
  const void* Unreading(const void* connection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends a connection that is marked as ended, of a peer; if that fails, it
  // counts as before.
  void EndUnreading(const void* connection, const std::string& peer,
                    int64_t unread) ABSL_LOCKS_EXCLUDED(mutex_);
  void Count(Connection& its, int64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  std::atomic<int64_t> waiting_{0};
  std::atomic<int64_t> refused_{0};
  // Of all connections that were not ended.
  int64_t unread_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Mutex mutex_;
  std::unordered_map<const void*, Connection> connections_
      ABSL_GUARDED_BY(mutex_);
  size_t forget_above_ ABSL_GUARDED_BY(mutex_) = kMaxIdle;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_CALL_ADMISSION_H_
