#ifndef ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_
#define ISOSHAPE_STORAGE_SQLITE_SQLITE_STORE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/threads/clock.h"
#include "common/threads/event.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/database_fork.h"
#include "storage/sqlite/known_rows.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/stoppable_vfs.h"
#include "storage/store.h"

namespace isoshape {

// A store in one SQLite file: a commit that returned OK survives a crash of the
// process and of the machine. One connection writes; readers have connections
// of their own and see the newest commit. docs/storage.md draws the schema.
// Thread-safe.
//
// Either each commit is a transaction of SQLite's (write-ahead log,
// synchronous=FULL). Or commits are gathered: each is made durable by a log of
// its own (CommitLog) and kept in memory, and many together are brought to the
// tables in one such transaction, so that a page that they change is written
// once for all of them: by Settle, when somebody reads, and when a commit comes
// of which only the tables can say whether it applies (KnownRows). If the log
// cannot be written, commits go to the tables one by one until it can; if the
// tables cannot, or not in a moment, commits go to the log as long as that has
// room, and reads are of a fork of the database (DatabaseFork). What the tables
// did not have when the process died is taken from the log by the next Open,
// gathering or not.
class SqliteStore : public Store {
 public:
  struct Options {
    std::string path;
    // How long a call waits for another program's lock on the file.
    absl::Duration busy_timeout = absl::Seconds(5);
    TellWait tell = nullptr;  // what Open waits for
    // Is told, in one line, what does not go as it should and is made good.
    std::function<void(const std::string& what)> warn = nullptr;
    bool must_exist = false;  // refuses one that is missing or empty
    // One of so many bytes that was closed in order, and was not touched since,
    // is checked beside its use and not before.
    int64_t check_beside_from = int64_t{32} << 20;
    bool gather = false;  // whether commits are gathered
    // How often a thread of its own calls Settle; 0: whoever opened it does.
    absl::Duration settle_every = absl::ZeroDuration();
    int64_t commit_log_bytes = int64_t{8} << 20;
    // Pages of SQLite's log from which Settle moves it into the database.
    int log_pages = 4000;
    // If the last sync took longer, before closing or while it does, and the
    // logs have all that was committed, no other is begun: it is left there,
    // and the next Open takes it.
    absl::Duration slow_disk = absl::Seconds(1);
    // Says when a log of commits that could not be written is tried again and
    // how long the disk takes, and gives the first number that commits have.
    Clock* clock = Clock::Real();
  };

  // Opens or creates the file. Refused, and left as it is: FAILED_PRECONDITION
  // if another coordinator has it open, or if it was written by a newer
  // isoshape or by another program; DATA_LOSS if it is damaged or no
  // database; UNAVAILABLE if it cannot be created, read or written.
  // INVALID_ARGUMENT if the path is empty; NOT_FOUND if it must exist and is
  // missing or empty; CANCELLED if Cancelled() becomes true while another is
  // waited for, or SQLite's log is written anew.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options);
  ~SqliteStore() override;

  // Waits until a check beside its use has ended. If it finds damage, every
  // commit is DATA_LOSS from then on.
  void AwaitCheck();

  // Brings what was gathered to the tables, so that its place in the log of
  // commits is free again, moves SQLite's log into the database if it is long,
  // and makes a log of commits that failed anew, when its time has come. OK if
  // all that had been committed is in the tables; UNAVAILABLE or DATA_LOSS as
  // of Commit: nothing is lost, and the next call tries again. If SQLite's log
  // cannot be moved it grows on, which is no error of this.
  absl::Status Settle();

  absl::Status Commit(const std::vector<Mutation>& mutations) override;
  absl::Status Stage(
      const std::shared_ptr<const std::vector<Mutation>>& mutations) override;
  absl::Status Finish() override;
  void TakeBack() override;
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
  absl::Status VisitWorkers(
      absl::FunctionRef<bool(const v1::Worker&)> visit) override;
  absl::StatusOr<PutRequest> GetRequest(absl::string_view method,
                                        absl::string_view request_id) override;
  absl::StatusOr<int64_t> GetCounter(absl::string_view name) override;

 private:
  // A reader's connection, lent for one call.
  class Reader;

  SqliteStore(Options options, std::unique_ptr<DatabaseLock> lock)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        disk_(options_.clock, options_.slow_disk) {}

  absl::Status OpenWriter(FileState state)
      ABSL_LOCKS_EXCLUDED(stage_mutex_, mover_mutex_, tables_mutex_,
                          fork_mutex_, write_mutex_);
  // After its schema: that the log is written ahead.
  absl::Status BeginLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_);
  void CheckBeside();
  // sqlite_closing.cc
  // Whether a start after this would find all that was committed in the logs.
  bool LogsHaveAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether closing leaves in the logs what the tables lack: the disk is slow.
  bool LeavesLogs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  void TellLeft() const;
  // Whether the database at the path is not the one that the logs beside it
  // complete: a start would damage it with them.
  bool LogsAreOfAnother() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether something that was gathered is in no file that is at its path.
  bool IsInMemoryAlone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Why the last try to bring what was gathered to the tables failed, if so.
  absl::Status EndGathering();
  // Closes the last connection, and what follows from a close in order.
  void CloseWriter(const absl::Status& settled)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_, write_mutex_);

  // A commit that the tables do not have.
  struct Gathered {
    int64_t number = 0;
    std::shared_ptr<const std::vector<Mutation>> mutations;
  };
  // The answer to a request in one of them.
  struct GatheredAnswer {
    Gathered commit;
    const PutRequest* put = nullptr;  // of the commit
  };
  using RequestKey = std::pair<absl::string_view, absl::string_view>;

  // sqlite_gathering.cc
  // The commits of the log that the tables do not have. FAILED_PRECONDITION if
  // they do not follow what the tables have; DATA_LOSS if they cannot be read,
  // or do not fit the tables and that can be told before these are migrated.
  absl::StatusOr<std::vector<LoggedCommit>> ReadCommitLog()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_);
  // Moves what lies at the log's path and is none. UNAVAILABLE if it cannot.
  absl::Status SetForeignLogAside() const;
  // Brings these to the tables, and begins a log, or removes it.
  absl::Status BeginGathering(const std::vector<LoggedCommit>& missing)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_, tables_mutex_, write_mutex_);
  // With nothing in it. UNAVAILABLE if there is no room for it, or it cannot be
  // made; then there is none, or, if it could not be removed, the last one.
  absl::StatusOr<std::unique_ptr<CommitLog>> MakeCommitLog();
  // Whether the next commit may go to the log: it can be written, and has, or
  // the tables have, the one before it by number. If that failed, or was taken
  // back, it may be found in either after a crash, and only a commit to the
  // tables ends that.
  bool LogIsUsable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Nothing goes to it any more; RenewLog makes another.
  void NoteLogFailed(absl::string_view why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  bool LogIsDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // If the log failed, it is time, and nothing in it is needed.
  void RenewLog() ABSL_LOCKS_EXCLUDED(mover_mutex_, write_mutex_);
  bool HasUnsynced() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether all that was staged before is on disk by the log now, if it was not
  // before. Of two at a time the kernel would tell one that it is not.
  bool SyncLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(finish_mutex_)
      ABSL_LOCKS_EXCLUDED(write_mutex_);
  // Goes on in the other half of the log, if that is free and this is full. A
  // half is not begun while the other holds what is not on disk: if the power
  // goes what is in this may be there without that.
  void MakeRoomInLog(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_)
      ABSL_LOCKS_EXCLUDED(finish_mutex_, write_mutex_);
  // Whose answers are found in it from now on.
  void NoteAnswers(const Gathered& commit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // The tables have all commits up to this.
  void NoteInTables(int64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // Whether it is sure that the tables take these changes.
  bool AreSureToApply(const std::vector<Mutation>& mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_);
  absl::Status StageLocked(
      const std::shared_ptr<const std::vector<Mutation>>& mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_);
  // False if it cannot go to the log; then it is nowhere, unless it could be
  // written in part.
  absl::StatusOr<bool> StageInLog(
      const std::shared_ptr<const std::vector<Mutation>>& mutations,
      std::string encoded) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_)
      ABSL_LOCKS_EXCLUDED(finish_mutex_, write_mutex_);
  absl::Status FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(finish_mutex_)
      ABSL_LOCKS_EXCLUDED(tables_mutex_, write_mutex_);
  void TakeBackLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(stage_mutex_)
      ABSL_LOCKS_EXCLUDED(tables_mutex_, write_mutex_);

  // sqlite_settling.cc
  // Brings what was gathered, and then these changes if there are any, to the
  // tables in one transaction, synced. Of what could not be finished nothing.
  absl::Status CommitToTables(const std::vector<Mutation>* mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_)
          ABSL_LOCKS_EXCLUDED(write_mutex_);
  // What such a transaction brings, and its number: the tables have all commits
  // up to that, but for those that failed or were taken back.
  struct TableWrite {
    std::vector<Gathered> commits;
    int64_t number = 0;
  };
  int64_t LastForTables() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  TableWrite NextTableWrite(bool with_mutations)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // A try to write the tables has ended: why they take nothing, if so.
  void NoteTablesTried(const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // That another program has the tables locked is waited for so long in all,
  // and each time only for a moment, as others wait for this.
  void NoteLocked(bool locked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_);
  // Whether another try is to be made, which a commit waits for.
  bool WaitsForTables() ABSL_EXCLUSIVE_LOCKS_REQUIRED(tables_mutex_);
  absl::Status ApplyGathered(SqliteDatabase& database,
                             const std::vector<Gathered>& commits) const;
  // Has what was gathered brought to the tables, if there is something. With a
  // thread that settles it is that one's to do, and waited for for a moment
  // only: UNAVAILABLE if the disk, or who has the tables locked, takes longer.
  absl::Status ShowNewest() ABSL_LOCKS_EXCLUDED(tables_mutex_, write_mutex_);
  // Whether the tables have what was gathered up to this number, as far as it
  // is for them.
  bool TablesHave(int64_t number) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  absl::Status ShowNewestHere()
      ABSL_LOCKS_EXCLUDED(tables_mutex_, write_mutex_);
  // Whether this thread staged what is not on disk yet: it is to see that.
  bool HasStagedHere() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // Makes a fork of the database that has what is on disk of what was gathered,
  // or brings it there. For reads if the tables cannot be written.
  absl::Status ShowUnsettled() ABSL_EXCLUSIVE_LOCKS_REQUIRED(fork_mutex_)
      ABSL_LOCKS_EXCLUDED(write_mutex_);
  void DropFork() ABSL_LOCKS_EXCLUDED(fork_mutex_);
  // Whether what the tables hold is to be read alone.
  bool IsDamaged() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // An answer that is in the tables.
  static absl::StatusOr<PutRequest> ReadAnswer(Reader& reader,
                                               absl::string_view method,
                                               absl::string_view request_id);
  // Moves SQLite's log into the database, synced, as far as nobody reads what
  // was there before.
  void MovePages() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mover_mutex_)
      ABSL_LOCKS_EXCLUDED(write_mutex_);
  // If it is long.
  void MoveLog() ABSL_LOCKS_EXCLUDED(mover_mutex_, tables_mutex_, write_mutex_);
  enum class Due { kNever, kSoon, kNow, kStop };
  void AskToSettle(Due due) ABSL_LOCKS_EXCLUDED(settle_mutex_);
  void SettleForEver();

  // UNAVAILABLE if the files are no longer at their paths, or once were not.
  absl::Status CheckInPlace() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // UNAVAILABLE if another program has written into the database, or cut it
  // off, or once had.
  absl::Status CheckContent() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // What was found of the content: an error stands until it is opened anew.
  absl::Status NoteContent(absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // As CheckContent, for who cannot answer with it: the first warns of it.
  absl::Status CheckContentAndTell()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // CheckInPlace and CheckContent, or CheckContentAndTell.
  absl::Status CheckReady(bool tell = false)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  // UNAVAILABLE if what the tables hold is no longer what was committed.
  absl::Status CheckReadable() ABSL_LOCKS_EXCLUDED(write_mutex_);
  // This is about to move SQLite's log into the database, or may have:
  // meanwhile whose writes these are cannot be told.
  absl::Status BeginMove() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  void EndMove() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const Options options_;
  const std::unique_ptr<DatabaseLock> lock_;
  StoppableVfs disk_;  // of the connections that write
  // In the order in which they are taken.
  absl::Mutex stage_mutex_ ABSL_ACQUIRED_BEFORE(finish_mutex_);
  absl::Mutex finish_mutex_ ABSL_ACQUIRED_BEFORE(mover_mutex_);
  absl::Mutex mover_mutex_ ABSL_ACQUIRED_BEFORE(tables_mutex_);
  absl::Mutex tables_mutex_ ABSL_ACQUIRED_BEFORE(write_mutex_);
  absl::Mutex fork_mutex_ ABSL_ACQUIRED_BEFORE(write_mutex_);
  absl::Mutex write_mutex_;

  // Why nothing is written any more, if it is so.
  absl::Status moved_ ABSL_GUARDED_BY(write_mutex_);
  // It is that another program wrote into the database, or cut it off.
  bool overwritten_ ABSL_GUARDED_BY(write_mutex_) = false;
  // Whether all of it was found sound since it was opened.
  bool sound_ ABSL_GUARDED_BY(write_mutex_) = false;
  // Moves of SQLite's log that are under way.
  int moves_ ABSL_GUARDED_BY(write_mutex_) = 0;

  // Why the last try to write the tables failed, if it did; whether it found
  // them locked by another program, and since when.
  absl::Status tables_refuse_ ABSL_GUARDED_BY(write_mutex_);
  absl::Duration tables_tried_at_ ABSL_GUARDED_BY(write_mutex_);  // by clock
  // When the Settle that is under way began, by Clock::Elapsed.
  absl::Duration settling_since_ ABSL_GUARDED_BY(write_mutex_) =
      absl::InfiniteDuration();
  // A try to write the tables has ended.
  TimedCondVar tables_tried_;
  bool tables_locked_ ABSL_GUARDED_BY(tables_mutex_) = false;
  // That a commit waits for it was told, of the lock of now.
  bool lock_warned_ ABSL_GUARDED_BY(tables_mutex_) = false;
  absl::Duration locked_since_ ABSL_GUARDED_BY(tables_mutex_);
  absl::Duration locked_seen_ ABSL_GUARDED_BY(tables_mutex_);  // last
  std::unique_ptr<SqliteDatabase> writer_ ABSL_GUARDED_BY(tables_mutex_);
  // SQLite's log as of the last transaction, and from how many it is moved.
  int log_pages_ ABSL_GUARDED_BY(tables_mutex_) = 0;
  int next_move_ ABSL_GUARDED_BY(tables_mutex_) = 0;
  // Moves it, beside the writer.
  std::unique_ptr<SqliteDatabase> mover_ ABSL_GUARDED_BY(mover_mutex_);

  // What reads see as long as the tables cannot be written, of a connection
  // that has no other use, and up to which commit.
  std::unique_ptr<SqliteDatabase> forked_ ABSL_GUARDED_BY(fork_mutex_);
  std::unique_ptr<DatabaseFork> fork_ ABSL_GUARDED_BY(fork_mutex_);
  int64_t fork_number_ ABSL_GUARDED_BY(fork_mutex_) = 0;

  // If commits are gathered; null otherwise, and while it cannot be opened.
  std::shared_ptr<CommitLog> commit_log_ ABSL_GUARDED_BY(write_mutex_);
  // Of the last commit that it had no room for, until the tables have what it
  // holds.
  size_t unfit_bytes_ ABSL_GUARDED_BY(write_mutex_) = 0;
  bool log_failed_ ABSL_GUARDED_BY(write_mutex_) = false;
  // That was told, and none has succeeded since.
  bool log_warned_ ABSL_GUARDED_BY(write_mutex_) = false;
  // By Clock::Elapsed, when it is tried again, and how long after that.
  absl::Duration retry_log_at_ ABSL_GUARDED_BY(write_mutex_);
  absl::Duration retry_log_after_ ABSL_GUARDED_BY(write_mutex_);
  KnownRows known_ ABSL_GUARDED_BY(stage_mutex_);
  // The numbers of the last commit that was written anywhere, or tried to be,
  // which none has again; of the last that is on disk with all before it; and
  // of the last that the tables have. Those of gathered_ follow that without a
  // gap.
  int64_t written_ ABSL_GUARDED_BY(write_mutex_) = 0;
  int64_t durable_ ABSL_GUARDED_BY(write_mutex_) = 0;
  int64_t in_tables_ ABSL_GUARDED_BY(write_mutex_) = 0;
  // Why what was staged last is not on disk, until TakeBack.
  absl::Status unfinished_ ABSL_GUARDED_BY(write_mutex_);
  std::deque<Gathered> gathered_ ABSL_GUARDED_BY(write_mutex_);
  std::thread::id gathered_by_ ABSL_GUARDED_BY(write_mutex_);  // the last one
  std::atomic<bool> unsettled_ = false;  // gathered_ is not empty
  // Answers are asked for more often than all else, and found without the
  // tables.
  absl::flat_hash_map<RequestKey, GatheredAnswer> answers_
      ABSL_GUARDED_BY(write_mutex_);
  // Answers older than this may be forgotten by what was gathered.
  absl::Time forgets_before_ ABSL_GUARDED_BY(write_mutex_) =
      absl::InfinitePast();
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
