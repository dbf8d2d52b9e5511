#ifndef ISOSHAPE_COORDINATOR_FLOOD_WATCH_H_
#define ISOSHAPE_COORDINATOR_FLOOD_WATCH_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"

namespace isoshape {

// Ends connections that send without end what becomes no call, which fills the
// memory or keeps the threads of gRPC reading, so that nobody else is answered.
// gRPC 1.51 bounds the headers of a call in each frame alone: those of one call
// that go on in CONTINUATION frames without end are kept, a gigabyte in four
// seconds, and 7 kB of indices into the table of HPACK take 700 kB until the
// call is over; and PRIORITY, GOAWAY and SETTINGS come as fast as the network
// brings them. CallAdmission never hears of them. So this looks at the memory
// ten times a second, and if it has grown, at what each connection has sent
// since a call of it began: more than a message has is no call's. While the
// memory is calm it looks every other second who sends fast, and at these alone
// from then on; what one sent in that time counts too if no call of it began in
// it. One that sends slowly, such as a stream that acknowledges what it is
// given for days, is left. A call begins when its whole message has come:
// several large ones that are sent at once over a slow line may look like a
// flood. Thread-safe.
class FloodWatch {
 public:
  struct Options {
    int64_t growth = int64_t{64} << 20;  // of the memory, within a minute
    // What a connection may send while no call of it begins: one message of
    // the largest size with its headers.
    int64_t allowance = int64_t{5} << 20;
    // If the memory has grown by so much, and grows by `haste` from one look to
    // the next, one may send less, if it has sent the most, or half of that: of
    // a flood from many connections all are ended at once, and one that is
    // slowly sending a large message beside it is not.
    int64_t much = int64_t{512} << 20;
    int64_t haste = int64_t{16} << 20;
    int64_t least_allowance = int64_t{256} << 10;
    absl::Duration interval = absl::Milliseconds(100);
    // Though the memory is calm, it is looked once in this time which
    // connections have sent more than so much in it, and these are watched for
    // as long again. Small frames keep a thread reading by 300 kB a second.
    absl::Duration calm = absl::Seconds(2);
    int64_t calm_allowance = int64_t{400} << 10;
    // Bytes of this process in memory.
    std::function<int64_t()> resident;
    // What each connection has sent until now, by its peer as ServerContext
    // names it; nothing if that cannot be told.
    std::function<std::optional<std::map<std::string, int64_t>>()> received;
    // Ends the connections of peers, and says why, for each.
    std::function<void(const std::map<std::string, std::string>& why)> end;
    Clock* clock = Clock::Real();
  };

  explicit FloodWatch(Options options) : options_(std::move(options)) {}
  ~FloodWatch();
  FloodWatch(const FloodWatch&) = delete;
  FloodWatch& operator=(const FloodWatch&) = delete;

  // That of this process's connections to a port.
  static Options OfPort(uint16_t port);

  // Looks on a thread of its own, until it is destroyed.
  void Start();
  // To be told when a call has begun.
  void Begun(const std::string& peer);
  // One look, which Start has done in turn.
  void Look();

 private:
  void Run();
  // Ends those of which `since` says that they have sent too much since a call
  // of theirs began, while the memory grew by so much.
  void EndFloods(const std::map<std::string, int64_t>& since, bool hastens,
                 int64_t growth) const;
  // Sets fast_, of what each has sent until now; returns what those have sent
  // since this looked last of whom no call has begun since.
  std::map<std::string, int64_t> FindFast(
      const std::map<std::string, int64_t>& received);
  // Bytes by which the memory has grown within half a minute to a minute.
  int64_t Growth(int64_t resident);

  const Options options_;
  // Used by the thread that looks.
  int64_t last_ = 0;                      // bytes in memory at the last look
  int64_t least_ = 0, least_before_ = 0;  // of this half of a minute and of the
  absl::Duration half_;                   // one before; and when this began
  // Those that sent more than the allowance of `calm` before FindFast last
  // looked; what each had sent then, and when that was; and when it was last
  // due, which is later if it could not be told what they had sent.
  std::set<std::string> fast_;
  std::map<std::string, int64_t> sent_calm_;
  absl::Duration found_fast_, due_;
  std::set<std::string> begun_calm_;  // of whom calls have begun since then
  // What each connection had sent when its last call began, as far as known.
  std::map<std::string, int64_t> sent_;
  bool watching_ = false;

  absl::Mutex mutex_;
  std::set<std::string> begun_ ABSL_GUARDED_BY(mutex_);  // since the last look
  absl::Notification stop_;
  std::thread thread_;  // last: uses the others
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_FLOOD_WATCH_H_
