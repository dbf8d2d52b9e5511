// Commits that are gathered: durable by a log of their own, in a transaction
// that stays open until somebody reads.
#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status_macros.h"
#include "common/threads/clock.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/replay.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {

absl::StatusOr<std::vector<LoggedCommit>> SqliteStore::ReadCommitLog() {
  const std::string path = options_.path + kCommitLogEnd;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<LoggedCommit> logged,
                            CommitLog::Read(path));
  return MissingCommits(*writer_, std::move(logged), path);
}

absl::Status SqliteStore::BeginGathering(
    const std::vector<LoggedCommit>& missing) {
  const std::string path = options_.path + kCommitLogEnd;
  if (!options_.gather && !IsNotEmpty(path)) return absl::OkStatus();
  // No number that a log of another time may hold is given again.
  ISOSHAPE_ASSIGN_OR_RETURN(number_, ReadCounter(*writer_, kCommitLogCounter));
  number_ = std::max(number_ + static_cast<int64_t>(missing.size()),
                     absl::ToUnixMicros(absl::Now()));
  // Its sync is one of all that is in SQLite's log.
  ISOSHAPE_RETURN_IF_ERROR(writer_->InTransaction([&]() -> absl::Status {
    write_mutex_.AssertHeld();
    ISOSHAPE_RETURN_IF_ERROR(ApplyLogged(*writer_, missing));
    return Apply(*writer_, PutCounter{kCommitLogCounter, number_});
  }));
  if (!options_.gather) return CommitLog::Remove(path);
  ISOSHAPE_ASSIGN_OR_RETURN(commit_log_,
                            CommitLog::Open(path, options_.commit_log_bytes));
  // A commit of SQLite's is not synced: the log of commits is.
  ISOSHAPE_RETURN_IF_ERROR(
      writer_->Execute("PRAGMA synchronous = NORMAL;"
                       // 32 MB: the pages that a transaction changes stay.
                       "PRAGMA cache_size = -32768;"
                       "PRAGMA wal_autocheckpoint = 0;"));
  next_move_ = options_.log_pages;
  sqlite3_wal_hook(
      writer_->handle(),
      [](void* pages, sqlite3*, const char*, int now) {
        *static_cast<int*>(pages) = now;
        return SQLITE_OK;
      },
      &log_pages_);
  absl::MutexLock lock(&mover_mutex_);
  ISOSHAPE_ASSIGN_OR_RETURN(
      mover_, SqliteDatabase::Open(options_.path,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                   options_.busy_timeout));
  // The first read opens the log.
  return mover_->QueryInteger("SELECT count(*) FROM counters").status();
}

absl::Status SqliteStore::OpenTransaction() {
  if (in_transaction_) return absl::OkStatus();
  ISOSHAPE_RETURN_IF_ERROR(writer_->Begin());
  for (const std::string& changes : gathered_) {
    absl::StatusOr<std::vector<Mutation>> mutations = DecodeMutations(changes);
    absl::Status status = mutations.status();
    if (status.ok()) status = ApplyAll(*writer_, *mutations);
    if (status.ok()) continue;
    writer_->RollBack();
    return status;
  }
  in_transaction_ = true;
  return absl::OkStatus();
}

absl::Status SqliteStore::EndTransaction() {
  in_transaction_ = false;
  absl::Status status = Apply(*writer_, PutCounter{kCommitLogCounter, number_});
  if (status.ok()) status = writer_->Commit();
  if (!status.ok()) {
    writer_->RollBack();
    return status;
  }
  gathered_.clear();
  answers_.clear();
  forgets_before_ = absl::InfinitePast();
  unseen_ = false;
  lock_->NoteWritten();
  return absl::OkStatus();
}

absl::Status SqliteStore::Publish() {
  if (gathered_.empty()) return absl::OkStatus();
  ISOSHAPE_RETURN_IF_ERROR(OpenTransaction());
  return EndTransaction();
}

absl::Status SqliteStore::ShowNewest() {
  if (!unseen_) return absl::OkStatus();
  absl::MutexLock lock(&write_mutex_);
  // What lies elsewhere now can be read all the same, to be rescued.
  CheckReady().IgnoreError();
  if (overwritten_ || absl::IsDataLoss(moved_)) return absl::OkStatus();
  return Publish();
}

absl::Status SqliteStore::Gather(const std::vector<Mutation>& mutations) {
  ISOSHAPE_RETURN_IF_ERROR(OpenTransaction());
  std::string changes = EncodeMutations(mutations);
  absl::Status status = ApplyAll(*writer_, mutations);
  if (!status.ok()) {
    in_transaction_ = false;
    writer_->RollBack();
    return status;
  }
  ++number_;
  if (!log_usable_ || !commit_log_->Fits(changes.size())) {
    // Until it is durable nothing may follow it in the log.
    log_usable_ = false;
    ISOSHAPE_RETURN_IF_ERROR(EndTransaction());
    ISOSHAPE_RETURN_IF_ERROR(SyncLog());
    commit_log_->Clear();
    log_usable_ = true;
    return absl::OkStatus();
  }
  const bool was_empty = commit_log_->empty();
  status = commit_log_->Append(number_, changes);
  if (!status.ok()) {
    // It may be in the log all the same. The next goes to the tables, with a
    // larger number.
    log_usable_ = false;
    in_transaction_ = false;
    writer_->RollBack();
    return status;
  }
  gathered_.push_back(std::move(changes));
  for (const Mutation& mutation : mutations) {
    if (const auto* put = std::get_if<PutRequest>(&mutation)) {
      answers_[{put->method, put->request_id}] = *put;
    } else if (const auto* prune = std::get_if<PruneRequests>(&mutation)) {
      forgets_before_ = std::max(forgets_before_, prune->before);
    }
  }
  unseen_ = true;
  if (was_empty || commit_log_->half_full()) {
    AskToSettle(commit_log_->half_full() ? Due::kNow : Due::kSoon);
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::SyncLog() {
  absl::MutexLock lock(&mover_mutex_);
  if (!sync_failed_) {
    sqlite3_file* log = nullptr;
    sqlite3_file_control(mover_->handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                         static_cast<void*>(&log));
    const int synced = log == nullptr || log->pMethods == nullptr
                           ? SQLITE_IOERR_FSYNC
                           : log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (synced == SQLITE_OK) return absl::OkStatus();
    // The kernel may have dropped what it could not write, and say so once
    // only. In the database it is written anew.
    sync_failed_ = true;
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const int left, MovePages());
  if (left == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "database ", options_.path, ": its log could not be flushed; try again"));
}

absl::StatusOr<int> SqliteStore::MovePages() {
  int pages = 0;
  int moved = 0;
  const int result = sqlite3_wal_checkpoint_v2(
      mover_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  if (result != SQLITE_OK) return mover_->Error(result);
  if (moved == pages) sync_failed_ = false;
  return pages - moved;
}

void SqliteStore::MoveLog() {
  constexpr int kFewPages = 200;  // for which a commit may wait
  constexpr int kPasses = 4;
  for (int i = 0; i < kPasses && !closing_; ++i) {
    {
      absl::MutexLock lock(&mover_mutex_);
      if (!MovePages().ok()) break;
    }
    absl::MutexLock lock(&write_mutex_);
    const int before = log_pages_;
    if (!Publish().ok() || log_pages_ - before <= kFewPages) break;
  }
  absl::MutexLock lock(&write_mutex_);
  if (moved_.ok() && Publish().ok()) {
    absl::MutexLock lock_mover(&mover_mutex_);
    MovePages().status().IgnoreError();
  }
  // The next transaction begins the log anew, unless somebody still reads what
  // it holds: then it grows on.
  next_move_ = log_pages_ + options_.log_pages / 4;
  moving_ = false;
  lock_->NoteWritten();
}

bool SqliteStore::Settle() {
  bool move = false;
  {
    absl::MutexLock lock(&write_mutex_);
    if (commit_log_ == nullptr || commit_log_->empty()) return true;
    if (!CheckReady().ok() || !Publish().ok()) return false;
    // If the other half is still needed, then so is a sync for it.
    commit_log_->Turn();
    // It has begun anew.
    if (log_pages_ < options_.log_pages) next_move_ = options_.log_pages;
    move = moving_ = log_pages_ >= next_move_;
  }
  const absl::Status synced = SyncLog();
  if (synced.ok()) {
    absl::MutexLock lock(&write_mutex_);
    commit_log_->FreeOther();
  }
  if (move) MoveLog();
  return synced.ok();
}

void SqliteStore::AskToSettle(Due due) {
  absl::MutexLock lock(&settle_mutex_);
  if (due <= due_) return;
  due_ = due;
  settle_now_.Signal();
}

void SqliteStore::SettleForEver() {
  Clock* const clock = Clock::Real();
  while (true) {
    {
      absl::MutexLock lock(&settle_mutex_);
      while (due_ == Due::kNever) {
        settle_now_.WaitFor(&settle_mutex_, absl::Hours(1));
      }
      const absl::Duration end = clock->Elapsed() + options_.settle_every;
      while (due_ == Due::kSoon && clock->Elapsed() < end) {
        settle_now_.WaitFor(&settle_mutex_, end - clock->Elapsed());
      }
      if (due_ == Due::kStop) return;
      due_ = Due::kNever;
    }
    if (!Settle()) AskToSettle(Due::kSoon);
  }
}

void SqliteStore::EndGathering() {
  AskToSettle(Due::kStop);
  if (settler_.joinable()) settler_.join();
  absl::MutexLock lock(&write_mutex_);
  if (!gathered_.empty() && CheckReady().ok()) Publish().IgnoreError();
  // What could not be published stays in the log of commits.
  if (in_transaction_) writer_->RollBack();
  absl::MutexLock lock_mover(&mover_mutex_);
  mover_.reset();
}

}  // namespace isoshape
