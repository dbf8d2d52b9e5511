#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/forgotten_numbers.h"
#include "storage/store.h"

namespace isoshape {

// Events that several watchers are sent, which are read once.
using SharedEvents = std::shared_ptr<const std::vector<v1::CampaignEvent>>;

// Receives a campaign's events from the hub. Classes that carry them to a
// client derive from it (WatchStream for gRPC). The hub's thread alone calls
// Send and End. It must live until End.
class Watcher {
 public:
  // `standing`: whether the client may still be told; asked before each Send.
  explicit Watcher(
      const v1::WatchCampaignRequest& request,
      std::function<absl::Status()> standing = [] { return absl::OkStatus(); })
      : campaign_(request.name()),
        standing_(std::move(standing)),
        after_(request.after_sequence()) {}
  virtual ~Watcher() = default;

 private:
  friend class WatchHub;

  // Takes the next events, at least one. WatchHub::More must be called when
  // they are sent, from any thread; until then nothing else comes.
  virtual void Send(SharedEvents events) = 0;
  // The last call, after which the hub does not know the watcher: OK if the
  // campaign is over, CANCELLED after WatchHub::Cancel, UNAVAILABLE after
  // WatchHub::Stop, an error of the store, or what `standing` says.
  virtual void End(const absl::Status& status) = 0;

  const std::string campaign_;
  const std::function<absl::Status()> standing_;
  int64_t after_;           // sequence of the last event sent
  bool known_ = false;      // after_ is one of this database's
  bool cancelled_ = false;  // guarded by the hub's mutex
};

// Tells watchers of campaigns what the store says. It reads events a page at a
// time and gives them to the watcher; if there are no more the watcher sleeps
// until a commit touches its campaign. A thread of the hub's own does the
// reading, so that neither the executor nor the threads of a server wait for
// it, and a client that reads slowly holds up nobody.
//
// However many watch, workers come first: those that sleep are woken together,
// a few times a second, who waits for the same events shares what was read for
// the first of them, and all together are sent kEventsPerSecond at most. Who is
// sent less than happens falls behind, at the cost of nobody's memory, since
// the events lie in the store. That there are no more is read once, too.
//
// Who asks for what comes after a sequence that is yet to be given, or was
// jumped over, has it of a database that was put back since. What it knows may
// never have happened, so it is sent everything, from the first event on; their
// sequences say so.
//
// A watcher is in one of four places: queued (to be read for), being read for,
// sending (More will come), or asleep. Thread-safe. Borrows the store.
class WatchHub {
 public:
  // How many events all watchers together are sent, and how many of them at
  // once after a pause.
  static constexpr double kEventsPerSecond = 4'000;
  static constexpr double kBurst = 10'000;

  // The time after which sleepers are woken again.
  static constexpr absl::Duration kInterval = absl::Milliseconds(100);

  // The clock is of the intervals and the budget. The hub waits in real time,
  // and looks at the clock again as often.
  explicit WatchHub(Store* store, Clock* clock = Clock::Real());
  // Stop must have been called and every watcher must have ended.
  ~WatchHub();

  // Begins to call the watcher. INVALID_ARGUMENT if its campaign's name or
  // sequence is malformed; then it is never called.
  absl::Status Watch(Watcher* watcher);
  // The watcher has sent what it was given and can take more.
  void More(Watcher* watcher);
  // Nobody listens to the watcher any more: ends it, as soon as it is not
  // sending. Does nothing after End.
  void Cancel(Watcher* watcher);
  // Returns true if what the watcher sends is still wanted: false after Cancel
  // or Stop, when it should call More at once.
  bool Wanted(const Watcher& watcher);

  // Wakes the watchers of the campaigns that a commit touched.
  void OnCommit(const std::vector<Mutation>& mutations);

  // Ends every watcher, and each new one, with UNAVAILABLE.
  void Stop();

 private:
  using PageKey = std::pair<std::string, int64_t>;  // campaign, after

  void Run();
  // Waits until a watcher is to be read for; null: the hub is to end. `crowd`:
  // whether others wait behind it.
  Watcher* Next(bool* crowd) ABSL_LOCKS_EXCLUDED(mutex_);
  // Queues the watchers of campaigns that were touched, if it is time; how long
  // it is until there is something to do, if nothing happens.
  absl::Duration WakeTouched() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the watcher has all events of its campaign after so many commits,
  // as far as was read.
  bool HasAll(const Watcher& watcher, int64_t commits);
  // How long until more may be sent.
  absl::Duration Refill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The events after the watcher's last; of pages_, or from the store.
  absl::StatusOr<SharedEvents> Read(const Watcher& watcher, bool crowd);
  // Lets a watcher that asks for what comes after a sequence that was jumped
  // over begin anew, before it is read for.
  absl::Status PassGaps(Watcher& watcher);
  // For a watcher without events: whether it asks for what comes after a
  // sequence that is yet to be given. It then begins anew.
  absl::StatusOr<bool> BeginsAnew(Watcher& watcher);
  void Queue(Watcher* watcher) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadFor(Watcher* watcher, bool crowd) ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the watcher must end, or OK.
  absl::Status EndOf(const Watcher& watcher)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store* const store_;
  Clock* const clock_;
  // The thread's own: pages that were read last, and their keys, oldest first.
  std::map<PageKey, SharedEvents> pages_;
  std::deque<PageKey> page_keys_;
  std::optional<EventGaps> gaps_;  // once they were read
  // The last events of campaigns that are not over, after so many commits.
  std::map<std::string, int64_t> last_;
  int64_t last_commits_ = -1;

  absl::Mutex mutex_;
  TimedCondVar changed_;  // something for the thread
  std::deque<Watcher*> queued_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<Watcher*>> asleep_ ABSL_GUARDED_BY(mutex_);
  // Campaigns that commits touched since watchers were last woken.
  std::set<std::string> touched_ ABSL_GUARDED_BY(mutex_);
  bool deleted_ ABSL_GUARDED_BY(mutex_) = false;  // pages may be of one
  absl::Duration woken_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  double allowed_ ABSL_GUARDED_BY(mutex_) = kBurst;  // events, now
  absl::Duration refilled_ ABSL_GUARDED_BY(mutex_);
  // Commits so far: tells a watcher for whom nothing was read whether that was
  // too early.
  int64_t commits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool joining_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_WATCH_HUB_H_
