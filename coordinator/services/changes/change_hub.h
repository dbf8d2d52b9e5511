#ifndef ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_H_
#define ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/call_once.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/work_queue.h"
#include "coordinator/services/changes/change_ring.h"
#include "coordinator/table/table_cache.h"
#include "isoshape/v1/campaign_service.pb.h"
#include "storage/forgotten_numbers.h"
#include "storage/store.h"

namespace isoshape {

// A batch that several watchers are sent, and its text for those that want it,
// made once.
class SharedBatch {
 public:
  explicit SharedBatch(v1::ChangeBatch batch) : batch_(std::move(batch)) {}

  const v1::ChangeBatch& batch() const { return batch_; }
  // A server-sent event: `id:` is the sequence, `data:` the batch as JSON.
  std::shared_ptr<const std::string> Event() const;

 private:
  const v1::ChangeBatch batch_;
  mutable absl::once_flag once_;
  mutable std::shared_ptr<const std::string> event_;
};

// Receives batches from the hub, whose thread alone calls Send and End. It must
// live until End.
class ChangeWatcher {
 public:
  // `standing`: whether the client may still be told; asked before each Send.
  explicit ChangeWatcher(
      const v1::WatchChangesRequest& request,
      std::function<absl::Status()> standing = [] { return absl::OkStatus(); });
  virtual ~ChangeWatcher() = default;

 private:
  friend class ChangeHub;

  // Takes the next batch. ChangeHub::More must be called when it is sent, from
  // any thread; until then nothing else comes.
  virtual void Send(std::shared_ptr<const SharedBatch> batch) = 0;
  // The last call: CANCELLED after ChangeHub::Cancel, UNAVAILABLE after Stop,
  // an error of the store, or what `standing` says.
  virtual void End(const absl::Status& status) = 0;

  const v1::WatchChangesRequest request_;
  const std::function<absl::Status()> standing_;
  const std::string key_;  // the same for watchers that are sent the same
  const std::set<std::string> campaigns_;  // empty: all
  // Guarded by the hub's mutex, but for the hub's thread while `busy_`.
  int64_t after_;  // sequence up to which it has been told
  int64_t place_ =
      -1;  // in the ring from which it is to be told; -1: not known
  bool early_ = false;  // after_ may be of a commit that is not told yet
  bool begun_ = false;  // it was sent its first batch
  bool busy_ = false;   // being told
  bool cancelled_ = false;
  absl::Time next_ = absl::InfinitePast();  // no batch before
};

// Tells watchers which campaigns and trials changed. What happened lies in one
// ring for all of them, and a watcher is a place in it: who reads slowly falls
// back and is then told, at once, the newest state of all that changed since,
// so that no watcher has a queue, and no more than max_batch_bytes. Batches go
// out at multiples of the interval since the hub began, so that watchers that
// ask the same at the same place share one batch, which is made once. They are
// further apart if many watchers are told much; after a pause the next one goes
// out at once all the same. Who falls out of the ring, or resumes from before
// it, is told from the events in the store; if these are too many or not all
// there, or the sequence is one that the database has not, as it was put back,
// `reset`.
//
// The first batch comes at once and may be empty: it says from which sequence
// on the watcher is told, which may be of a commit that was read and that the
// hub is yet to be told of. Thread-safe. Borrows the store and the tables,
// whose OnCommit must be called before the hub's.
class ChangeHub {
 public:
  struct Options {
    Store* store = nullptr;
    TableCache* tables = nullptr;
    size_t ring_entries = 1 << 16;
    // Events that a watcher is told from the store at most.
    int64_t max_resume = 20'000;
    // A batch that would have more is a `reset`: each watcher that does not
    // read holds one.
    size_t max_batch_bytes = size_t{3} << 20;
    // Of a processor that batches take at most while things change all the
    // time: the more they take, the further they are apart.
    double share = 0.01;
    absl::Duration most_apart = absl::Seconds(5);
  };

  explicit ChangeHub(Options options);
  // Stop must have been called and every watcher must have ended.
  ~ChangeHub();

  // Begins to call the watcher. INVALID_ARGUMENT if its request is malformed;
  // NOT_FOUND if it names a campaign that is not there and begins now; then it
  // is never called.
  absl::Status Watch(ChangeWatcher* watcher);
  // The same on another thread, for who must not wait for the store. `refused`
  // is called there with an error of Watch.
  void WatchSoon(ChangeWatcher* watcher,
                 std::function<void(const absl::Status&)> refused);
  void More(ChangeWatcher* watcher);
  // Nobody listens to the watcher any more: ends it, as soon as it is not being
  // told. Does nothing after End.
  void Cancel(ChangeWatcher* watcher);

  void OnCommit(const std::vector<Mutation>& mutations);

  // Ends every watcher, and each new one, with UNAVAILABLE.
  void Stop();

 private:
  // Watchers that are told the same.
  struct Group {
    std::vector<ChangeWatcher*> watchers;
    ChangeRing::Span span;  // what they are to be told of; unless from_store
    Changes changes;        // made of it, without the lock
    int64_t after = 0;      // up to which they were told
    int64_t sequence = 0;   // that the batch will contain
    bool from_store = false;
    bool first = false;  // batch of these watchers
  };

  void Run();
  // Takes the watchers that are to be told now; sets when the next one is.
  std::vector<Group> TakeDue(absl::Time now, absl::Time* next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes those that are to be ended out of watchers_.
  std::vector<ChangeWatcher*> TakeEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if it knows more than the hub has been told.
  bool IsAhead(const ChangeWatcher& watcher) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if there is something to tell it, time aside.
  bool Wants(const ChangeWatcher& watcher) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellAll(std::vector<Group> due) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell(Group group) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::ChangeBatch> Make(Group& group)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The changes after a sequence and up to another, from the store. False:
  // these are too many to tell, or not all there.
  absl::StatusOr<bool> ReadEvents(const ChangeWatcher& watcher, int64_t after,
                                  int64_t until, Changes* changes);

  const Options options_;
  const absl::Time began_;
  std::optional<EventGaps> gaps_;  // the thread's own; once they were read
  absl::Mutex mutex_;
  ChangeRing ring_ ABSL_GUARDED_BY(mutex_);
  std::set<ChangeWatcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  // Between two batches, so that they take no more than their share.
  absl::Duration apart_ ABSL_GUARDED_BY(mutex_);
  // Something happened that the thread must look at.
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool joining_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
  WorkQueue beginnings_{1};  // of WatchSoon; last: it uses the others
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_CHANGES_CHANGE_HUB_H_
