#ifndef ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_
#define ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/event.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/store.h"

namespace isoshape {

// A store in one SQLite file: a commit that returned OK survives a crash of the
// process and of the machine. One connection writes; readers have connections
// of their own and see the newest commit. docs/storage.md draws the schema.
// Thread-safe.
//
// Either each commit is a transaction of SQLite's (write-ahead log,
// synchronous=FULL), for which no reader waits. Or commits are gathered: each
// is made durable by a log of its own (CommitLog) and applied in a transaction
// that stays open, so that a page that many commits change is written once for
// all of them. The transaction ends when somebody reads, who waits for that,
// and by Settle. What it held when the process died is taken from the log by
// the next Open, gathering or not.
//
//   auto store = SqliteStore::Open({.path = "campaigns.db"});
class SqliteStore : public Store {
 public:
  struct Options {
    std::string path;
    // How long a call waits for another program's lock on the file.
    absl::Duration busy_timeout = absl::Seconds(5);
    TellWait tell = nullptr;  // of DatabaseLock::Take
    // One of so many bytes that was closed in order, and was not touched since,
    // is checked beside its use and not before.
    int64_t check_beside_from = int64_t{32} << 20;
    // Whether commits are gathered.
    bool gather = false;
    // How often a thread of the store's own calls Settle; if it is 0, whoever
    // opened it does.
    absl::Duration settle_every = absl::ZeroDuration();
    int64_t commit_log_bytes = int64_t{8} << 20;
    // Pages of SQLite's log from which Settle moves it into the database.
    int log_pages = 4000;
  };

  // Opens or creates the file. Refused, and left as it is: FAILED_PRECONDITION
  // if another coordinator has it open, or if it was written by a newer
  // isoshape or by another program; DATA_LOSS if it is damaged or no
  // database; UNAVAILABLE if it cannot be created, read or written.
  // INVALID_ARGUMENT if the path is empty; CANCELLED as DatabaseLock::Take.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options);
  ~SqliteStore() override;

  // Waits until a check beside its use, if there is one, has ended. If it finds
  // damage, every commit is DATA_LOSS from then on.
  void AwaitCheck();

  // Brings what was gathered to the tables, so that the log of commits begins
  // anew, and moves SQLite's log into the database if it is long. An error is
  // that of a full or broken disk, which commits meet too: what could not be
  // done is tried by the next call. Returns whether all was done. On one thread
  // at a time.
  bool Settle();

  absl::Status Commit(const std::vector<Mutation>& mutations) override;
  absl::Status CheckWritable() override;
  absl::StatusOr<v1::Campaign> GetCampaign(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Campaign>> ListCampaigns(
      const Page<std::string>& page) override;
  absl::StatusOr<v1::Trial> GetTrial(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Trial>> ListTrials(
      absl::string_view campaign, std::optional<v1::Trial::State> state,
      const Page<int64_t>& page) override;
  absl::StatusOr<int64_t> VisitTrials(
      absl::string_view campaign, absl::string_view counter,
      absl::FunctionRef<void(const v1::Trial&)> visit) override;
  absl::StatusOr<std::vector<v1::Measurement>> ListMeasurements(
      absl::string_view trial, const Page<int64_t>& page) override;
  absl::StatusOr<std::vector<v1::CampaignEvent>> ListEvents(
      absl::string_view campaign, const Page<int64_t>& page) override;
  absl::StatusOr<v1::Worker> GetWorker(absl::string_view name) override;
  absl::StatusOr<std::vector<v1::Worker>> ListWorkers(
      const Page<std::string>& page) override;
  absl::StatusOr<PutRequest> GetRequest(absl::string_view method,
                                        absl::string_view request_id) override;
  absl::StatusOr<int64_t> GetCounter(absl::string_view name) override;

 private:
  // A reader's connection, lent for one call.
  class Reader;

  SqliteStore(Options options, std::unique_ptr<DatabaseLock> lock)
      : options_(std::move(options)), lock_(std::move(lock)) {}

  absl::Status OpenWriter(FileState state);
  // After its schema: that the log is written ahead.
  absl::Status BeginLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  void CheckBeside();
  // What follows from a close in order, with all connections closed.
  void NoteClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  // sqlite_gathering.cc
  // The commits of the log that the tables do not have. FAILED_PRECONDITION if
  // they do not follow what the tables have.
  absl::StatusOr<std::vector<LoggedCommit>> ReadCommitLog()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Brings these to the tables, and begins a log, or removes it.
  absl::Status BeginGathering(const std::vector<LoggedCommit>& missing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status CommitAlone(const std::vector<Mutation>& mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Gather(const std::vector<Mutation>& mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Opens the transaction, with what was gathered.
  absl::Status OpenTransaction() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Ends it: readers see what was gathered, and the change that is applied as
  // the last. If that fails the transaction is gone, and what was gathered is
  // applied again by the next.
  absl::Status EndTransaction() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // An answer that is in the tables, or was gathered.
  absl::StatusOr<PutRequest> ReadAnswer(absl::string_view method,
                                        absl::string_view request_id);
  // Publish, if there is something to see.
  absl::Status ShowNewest() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // Makes durable what SQLite's log holds.
  absl::Status SyncLog() ABSL_LOCKS_EXCLUDED(mover_mutex_);
  // Moves SQLite's log into the database, synced, and returns how many pages
  // are left, as somebody still reads what was there before them.
  absl::StatusOr<int> MovePages() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mover_mutex_);
  void MoveLog() ABSL_LOCKS_EXCLUDED(write_mutex_, mover_mutex_);
  enum class Due { kNever, kSoon, kNow, kStop };
  void AskToSettle(Due due) ABSL_LOCKS_EXCLUDED(settle_mutex_);
  void SettleForEver();
  void EndGathering() ABSL_LOCKS_EXCLUDED(write_mutex_);

  // UNAVAILABLE if the files are no longer at their paths, or once were not.
  absl::Status CheckInPlace() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // The same, and if another program has written into the database.
  absl::Status CheckReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const Options options_;
  const std::unique_ptr<DatabaseLock> lock_;
  absl::Mutex write_mutex_;
  // Why nothing is written any more, if it is so.
  absl::Status moved_ ABSL_GUARDED_BY(write_mutex_);
  // It is that another program wrote into the database.
  bool overwritten_ ABSL_GUARDED_BY(write_mutex_) = false;
  // Whether all of it was found sound since it was opened.
  bool sound_ ABSL_GUARDED_BY(write_mutex_) = false;
  std::unique_ptr<SqliteDatabase> writer_ ABSL_GUARDED_BY(write_mutex_);

  // If commits are gathered; else null.
  std::unique_ptr<CommitLog> commit_log_ ABSL_GUARDED_BY(write_mutex_);
  // The number of the last commit that was written to it, or tried to be.
  int64_t number_ ABSL_GUARDED_BY(write_mutex_) = 0;
  // Whether the next may go there: not after an error, until one has gone to
  // the tables alone and made all of before durable there.
  bool log_usable_ ABSL_GUARDED_BY(write_mutex_) = true;
  // The changes of commits that readers do not see yet, and the answers to
  // requests among them, which are asked for more often than all else.
  std::vector<std::string> gathered_ ABSL_GUARDED_BY(write_mutex_);
  std::map<std::pair<std::string, std::string>, PutRequest> answers_
      ABSL_GUARDED_BY(write_mutex_);
  // Answers older than this may be forgotten by what was gathered.
  absl::Time forgets_before_ ABSL_GUARDED_BY(write_mutex_) =
      absl::InfinitePast();
  std::atomic<bool> unseen_ = false;  // gathered_ is not empty
  // Whether the writer has a transaction open, with all that was gathered.
  bool in_transaction_ ABSL_GUARDED_BY(write_mutex_) = false;
  int log_pages_ ABSL_GUARDED_BY(write_mutex_) = 0;  // as of the last commit
  // From so many SQLite's log is moved again.
  int next_move_ ABSL_GUARDED_BY(write_mutex_) = 0;
  // A move is under way: the database is written by it at any moment.
  bool moving_ ABSL_GUARDED_BY(write_mutex_) = false;
  absl::Mutex mover_mutex_ ABSL_ACQUIRED_AFTER(write_mutex_);
  // Syncs and moves the log, beside the writer.
  std::unique_ptr<SqliteDatabase> mover_ ABSL_GUARDED_BY(mover_mutex_);
  // A sync failed: what it lost is durable once the log was moved.
  bool sync_failed_ ABSL_GUARDED_BY(mover_mutex_) = false;
  absl::Mutex settle_mutex_;
  TimedCondVar settle_now_;
  Due due_ ABSL_GUARDED_BY(settle_mutex_) = Due::kNever;

  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteDatabase>> readers_
      ABSL_GUARDED_BY(readers_mutex_);
  std::atomic<bool> closing_ = false;
  absl::Mutex check_mutex_;
  // These use the others.
  std::thread check_ ABSL_GUARDED_BY(check_mutex_);
  std::thread settler_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_
