#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_LEAD_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_LEAD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/event.h"
#include "storage/postgres/pg_address.h"
#include "storage/postgres/pg_connection.h"

namespace isoshape {

// One coordinator's right to write into a database: the row of the table
// `leader` names its holder, an epoch that only grows, and when its lease ends,
// by the database's clock. Every commit asks for the epoch (begin_commit in
// pg_schema.cc), so that a coordinator which was away while another took the
// lead can write nothing, whatever it believes; the lease only says when the
// lead may be taken. A thread renews it over a connection of its own.
// Thread-safe.
class PgLead {
 public:
  struct Options {
    PgAddress address;
    // Waits for the lead as long as another holds it.
    bool standby = false;
    absl::Duration lease = absl::Seconds(10);
    // Is told once, in a few words, what is waited for.
    std::function<void(const std::string& why)> tell{};
    // Called once, on any thread, when another has taken the lead.
    std::function<void(const std::string& why)> on_lost{};
  };

  // Takes the lead over this connection. A lease that nobody renews is waited
  // for, as that of a process that was killed. FAILED_PRECONDITION if another
  // coordinator renews it and this is no standby; CANCELLED if Cancelled()
  // becomes true meanwhile. UNAVAILABLE if there is no server at the start, as
  // the address may be wrong; a standby that has once found the lead taken
  // waits also while there is none.
  static absl::StatusOr<std::unique_ptr<PgLead>> Take(Options options);
  // Gives it up, so that another need not wait for the end of the lease.
  ~PgLead();
  PgLead(const PgLead&) = delete;
  PgLead& operator=(const PgLead&) = delete;

  int64_t epoch() const { return epoch_; }
  // Raises the epoch: waits for a commit that is under way, and no commit of
  // the epoch before can happen after it. UNAVAILABLE also if the lead is lost.
  absl::Status Raise(PgConnection& connection);
  // UNAVAILABLE, with why, if the lead is lost.
  absl::Status Check() const;
  // Another has it: says so once. Returns what Check says from now on.
  absl::Status Lose();

 private:
  PgLead(Options options, std::string holder, int64_t epoch);

  void KeepRenewing();
  // Whether the lease was renewed, or it is lost; false: no server answers.
  bool Renew(std::unique_ptr<PgConnection>& connection);

  const Options options_;
  const std::string holder_;
  std::atomic<int64_t> epoch_;
  mutable absl::Mutex mutex_;
  absl::Status lost_ ABSL_GUARDED_BY(mutex_);
  Event end_;
  std::thread thread_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_LEAD_H_
