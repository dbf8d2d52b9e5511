#include "storage/sqlite/sqlite_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/threads/background_thread.h"
#include "storage/sqlite/clean_stop.h"
#include "storage/sqlite/database_path.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/set_aside.h"

namespace isoshape {
namespace {

// How long a commit that neither the log nor the tables took tells of the next:
// coordinators look at the time every few seconds.
constexpr absl::Duration kRefusalLasts = absl::Seconds(10);

// A connection that writes. Until the file is known to be sound, and to go with
// its log of commits, closing it must not fold SQLite's log into it.
absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenToWrite(
    const SqliteStore::Options& options, const char* vfs) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteDatabase> writer,
      SqliteDatabase::Open(
          options.path,
          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
          options.busy_timeout, vfs));
  if (sqlite3_db_readonly(writer->handle(), "main") == 1) {
    return absl::UnavailableError(
        absl::StrCat("database ", options.path,
                     " cannot be written; name a writable file with --db"));
  }
  sqlite3_db_config(writer->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  return writer;
}

// Writes the log anew that a process left which died. Before all else is read:
// reading a large database takes the room of what the kernel has of the log in
// memory alone.
absl::Status RewriteLogLeft(const SqliteStore::Options& options,
                            SqliteDatabase& writer) {
  constexpr int64_t kTold = int64_t{256} << 20;  // some seconds on a slow disk
  const std::string log = options.path + "-wal";
  if (const int64_t bytes = BytesOf(log);
      bytes >= kTold && options.tell != nullptr) {
    options.tell(absl::StrCat(log, " has ", bytes >> 20,
                              " MB, which are written to disk anew first"));
  }
  absl::Status status = writer.RewriteLog();
  if (!absl::IsDataLoss(status)) return status;
  // CheckContents says it better than SQLite. If that finds nothing, the log
  // has not been written anew all the same.
  ISOSHAPE_RETURN_IF_ERROR(CheckContents(writer));
  return absl::DataLossError(
      absl::StrCat(status.message(), "; start again, or restore a backup"));
}

absl::Status NoDatabaseError(const std::string& path) {
  return absl::NotFoundError(
      absl::StrCat("there is no database ", path, "; name one that is there"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(
    Options options) {
  ISOSHAPE_ASSIGN_OR_RETURN(options.path, DatabasePath(options.path));
  // Before a lock is made beside it, in a folder that may be missing too. By
  // stat alone: who opens and closes a database takes SQLite's locks of this
  // process from it.
  if (options.must_exist && !IsNotEmpty(options.path) &&
      LogBeside(options.path).empty()) {
    ISOSHAPE_RETURN_IF_ERROR(CheckNotLost(options.path));
    return NoDatabaseError(options.path);
  }
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<DatabaseLock> lock,
                            DatabaseLock::Take(options.path, options.tell));
  ISOSHAPE_ASSIGN_OR_RETURN(const FileState state, InspectFile(options.path));
  if (lock->name_is_new() && state == FileState::kClosed) {
    ISOSHAPE_RETURN_IF_ERROR(CheckNotMoved(options.path));
  }
  // It may have gone meanwhile.
  if (options.must_exist && state == FileState::kNew) {
    return NoDatabaseError(options.path);
  }
  const bool untouched = state == FileState::kClosed &&
                         TakeCleanStop(lock->name_file(), options.path) &&
                         BytesOf(options.path) >= options.check_beside_from;
  if (state == FileState::kClosed && !untouched) {
    ISOSHAPE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteDatabase> database,
                              SqliteDatabase::OpenImmutable(options.path));
    ISOSHAPE_RETURN_IF_ERROR(CheckContents(*database));
  }
  auto store = std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(options), std::move(lock)));
  ISOSHAPE_RETURN_IF_ERROR(store->OpenWriter(state));
  ISOSHAPE_RETURN_IF_ERROR(store->lock_->Keep());
  if (store->options_.gather &&
      store->options_.settle_every > absl::ZeroDuration()) {
    store->settler_ =
        std::thread([raw = store.get()] { raw->SettleForEver(); });
  }
  if (untouched) {
    absl::MutexLock lock_check(&store->check_mutex_);
    store->check_ = std::thread([raw = store.get()] { raw->CheckBeside(); });
  } else {
    absl::MutexLock lock_write(&store->write_mutex_);
    store->sound_ = true;
  }
  return store;
}

void SqliteStore::AwaitCheck() {
  absl::MutexLock lock(&check_mutex_);
  if (check_.joinable()) check_.join();
}

void SqliteStore::CheckBeside() {
  BecomeBackgroundThread();
  absl::StatusOr<std::unique_ptr<SqliteDatabase>> database =
      SqliteDatabase::Open(options_.path,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                           options_.busy_timeout);
  absl::Status sound = database.status();
  if (sound.ok()) {
    constexpr int kSteps = 100'000;  // of SQLite's machine: some milliseconds
    sqlite3_progress_handler(
        (*database)->handle(), kSteps,
        [](void* closing) {
          return static_cast<std::atomic<bool>*>(closing)->load() ? 1 : 0;
        },
        &closing_);
    sound = CheckContents(**database);
  }
  absl::MutexLock lock(&write_mutex_);
  if (closing_) return;
  sound_ = sound.ok();
  // One that could not be read now is checked at the next start.
  if (absl::IsDataLoss(sound) && moved_.ok()) moved_ = std::move(sound);
}

absl::Status SqliteStore::OpenWriter(FileState state) {
  absl::MutexLock lock_stage(&stage_mutex_);
  absl::MutexLock lock_mover(&mover_mutex_);
  absl::MutexLock lock_tables(&tables_mutex_);
  absl::MutexLock lock_fork(&fork_mutex_);
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_ASSIGN_OR_RETURN(writer_, OpenToWrite(options_, disk_.name()));
  if (state == FileState::kHot) {
    ISOSHAPE_RETURN_IF_ERROR(RewriteLogLeft(options_, *writer_));
    // SQLite has made the log's index of what was read before that. If some of
    // it was in memory alone, and gone when it was to be written anew, the
    // index says more than the log: it is made again, of what is on disk.
    writer_.reset();
    ISOSHAPE_ASSIGN_OR_RETURN(writer_, OpenToWrite(options_, disk_.name()));
    ISOSHAPE_RETURN_IF_ERROR(CheckContents(*writer_));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<LoggedCommit> missing,
                            ReadCommitLog());
  // The schema comes first, before the log begins: then the marks in the header
  // are in the file itself, where InspectFile looks.
  ISOSHAPE_RETURN_IF_ERROR(Migrate(*writer_));
  ISOSHAPE_RETURN_IF_ERROR(BeginLog());
  ISOSHAPE_RETURN_IF_ERROR(BeginGathering(missing));
  sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
                    nullptr);
  if (!options_.gather) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(
      mover_, SqliteDatabase::Open(options_.path,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                   options_.busy_timeout, disk_.name()));
  ISOSHAPE_ASSIGN_OR_RETURN(
      forked_, SqliteDatabase::Open(options_.path,
                                    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                                    options_.busy_timeout));
  // The first read opens the log.
  for (SqliteDatabase* const database : {mover_.get(), forked_.get()}) {
    ISOSHAPE_RETURN_IF_ERROR(
        database->QueryInteger("SELECT count(*) FROM counters").status());
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::BeginLog() {
  ISOSHAPE_RETURN_IF_ERROR(writer_->Execute(
      absl::StrCat("PRAGMA journal_mode = WAL;"
                   "PRAGMA synchronous = FULL;"
                   // Pages that many commits change go from the log into the
                   // file once for all of them.
                   "PRAGMA wal_autocheckpoint = ",
                   options_.log_pages, ";PRAGMA foreign_keys = ON;")));
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string journal,
                            writer_->QueryText("PRAGMA journal_mode"));
  if (journal != "wal") {
    return absl::UnavailableError(absl::StrCat(
        "database ", options_.path,
        ": this file system has no write-ahead "
        "log (it needs shared memory); name a file on a local disk with --db"));
  }
  // The first read makes the log and its index, if they are not there.
  ISOSHAPE_RETURN_IF_ERROR(
      writer_->QueryInteger("SELECT count(*) FROM counters").status());
  // A database or a log whose name is lost is as if nothing were in it.
  return SyncFolder(options_.path);
}

absl::Status SqliteStore::CheckInPlace() {
  if (!moved_.ok()) return moved_;
  absl::Status status = lock_->CheckInPlace();
  if (!status.ok()) moved_ = status;
  return status;
}

absl::Status SqliteStore::CheckWritable() {
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  if (log_failed_) {
    // As long as something is to be brought to the tables, they are tried again
    // and again, whoever asks; else each commit tries them, and says so.
    const bool is_new =
        options_.clock->Elapsed() < tables_tried_at_ + kRefusalLasts;
    return gathered_.empty() && !is_new ? absl::OkStatus() : tables_refuse_;
  }
  constexpr size_t kSmall = 4096;
  if (gathered_.empty() ||
      commit_log_->HasRoom(std::max(kSmall, unfit_bytes_))) {
    return absl::OkStatus();
  }
  return tables_refuse_;
}

absl::Status SqliteStore::CheckContent() {
  if (overwritten_) return moved_;
  ContentWatch* const content = lock_->content();
  if (content == nullptr) return absl::OkStatus();
  return NoteContent(moves_ > 0 ? content->CheckIsDatabase()
                                : content->CheckUntouched());
}

absl::Status SqliteStore::NoteContent(absl::Status status) {
  if (status.ok()) return status;
  overwritten_ = true;
  return moved_ = std::move(status);
}

absl::Status SqliteStore::CheckReady(bool tell) {
  ISOSHAPE_RETURN_IF_ERROR(CheckInPlace());
  return tell ? CheckContentAndTell() : CheckContent();
}

absl::Status SqliteStore::CheckReadable() {
  absl::MutexLock lock(&write_mutex_);
  return CheckContentAndTell();
}

absl::Status SqliteStore::CheckContentAndTell() {
  const bool was_told = overwritten_;
  absl::Status status = CheckContent();
  // Whose commit fails says so itself.
  if (!status.ok() && !was_told && options_.warn != nullptr) {
    options_.warn(std::string(status.message()));
  }
  return status;
}

absl::Status SqliteStore::BeginMove() {
  ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  ++moves_;
  return absl::OkStatus();
}

void SqliteStore::EndMove() {
  --moves_;
  ContentWatch* const content = lock_->content();
  if (overwritten_ || content == nullptr) return;
  const absl::Status noted = NoteContent(content->NoteMoved());
  // What it moved was committed, and nobody is told of this by an answer.
  if (!noted.ok() && options_.warn != nullptr) {
    options_.warn(std::string(noted.message()));
  }
}

}  // namespace isoshape
