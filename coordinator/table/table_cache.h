#ifndef ISOSHAPE_COORDINATOR_TABLE_TABLE_CACHE_H_
#define ISOSHAPE_COORDINATOR_TABLE_TABLE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/threads/work_queue.h"
#include "coordinator/table/trial_table.h"
#include "storage/store.h"

namespace isoshape {

// The tables of campaigns that were read lately. A table is read from the store
// once, on a thread of the cache's own, and from then on it follows the
// commits: OnCommit notes the rows that changed, and the next reader puts them
// into the table. So a table that is there costs a reader nothing that grows
// with the campaign but the answer itself, and the thread that commits waits
// for nobody. Thread-safe. Borrows the store.
//
//   cache.Read("campaigns/c1", [](const absl::Status& status,
//                                 const TrialTable& table, int64_t sequence) {
//     …
//   });
class TableCache {
 public:
  struct Options {
    Store* store = nullptr;
    // Of all tables together, about 300 bytes each; beyond it those that were
    // read longest ago go. One table may have more.
    size_t rows = 400'000;
  };
  // Gets a table that contains every event up to `sequence`, under a lock: it
  // must not keep it, nor read a table itself. Empty if the status is an error:
  // those of Store::VisitTrials; UNAVAILABLE after Stop.
  using Use = std::function<void(const absl::Status& status,
                                 const TrialTable& table, int64_t sequence)>;

  explicit TableCache(Options options);
  // Stop must have been called.
  ~TableCache();

  // Calls `use` once: at once if the table is there, else on the cache's
  // thread.
  void Read(const std::string& campaign, Use use);
  // The same, and returns after `use` did.
  void ReadNow(const std::string& campaign, const Use& use);
  // Whether Read would call at once.
  bool Has(const std::string& campaign);

  // Does a job on the cache's thread, for other long reads.
  void Add(std::function<void()> job) { thread_.Add(std::move(job)); }

  // To be called after each commit, before it is answered. Quick.
  void OnCommit(const std::vector<Mutation>& mutations);
  // Largest sequence of an event that was committed, and told to OnCommit.
  int64_t sequence();
  // The same, told or not. Errors of Store::GetCounter.
  absl::StatusOr<int64_t> StoredSequence();

  void Stop();

 private:
  struct Entry;
  using Entries = std::map<std::string, std::shared_ptr<Entry>, std::less<>>;

  void Load(const std::string& campaign, const std::shared_ptr<Entry>& entry);
  // Puts what was noted into the table and gives it to `use`.
  void Give(Entry& entry, const Use& use);
  // Forgets the table unless another one has taken its place.
  void Forget(const std::string& campaign, const std::shared_ptr<Entry>& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes out those that there is no room for, and returns them.
  std::vector<std::shared_ptr<Entry>> MakeRoom()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  int64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  WorkQueue thread_{1};  // last: its jobs use the others
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_TABLE_TABLE_CACHE_H_
