// How commits that were gathered come to the tables, and SQLite's log into the
// database.
#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/threads/clock.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/newest_rows.h"
#include "storage/sqlite/replay.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {
namespace {

// How long a read waits for the tables: gRPC's few threads read.
constexpr absl::Duration kReadPatience = absl::Milliseconds(100);

}  // namespace

absl::Status SqliteStore::ApplyGathered(
    SqliteDatabase& database, const std::vector<Gathered>& commits) const {
  NewestRows rows;
  for (const Gathered& commit : commits) rows.Add(*commit.mutations);
  for (const Gathered& commit : commits) {
    for (const Mutation& mutation : *commit.mutations) {
      const Mutation* const change = rows.Take(mutation);
      if (change == nullptr) continue;
      ISOSHAPE_RETURN_IF_ERROR(
          ApplyChange(database, options_.path, commit.number, *change));
    }
  }
  return absl::OkStatus();
}

int64_t SqliteStore::LastForTables() const {
  // What could not be finished is to be taken back.
  return unfinished_.ok() ? written_ : durable_;
}

SqliteStore::TableWrite SqliteStore::NextTableWrite(bool with_mutations) {
  const int64_t last = LastForTables();
  TableWrite next = {.commits = {},
                     .number = with_mutations ? written_ + 1 : last};
  for (const Gathered& commit : gathered_) {
    if (commit.number <= last) next.commits.push_back(commit);
  }
  return next;
}

absl::Status SqliteStore::CommitToTables(
    const std::vector<Mutation>* mutations) {
  {
    absl::MutexLock lock(&write_mutex_);
    if (mutations != nullptr) {
      ISOSHAPE_RETURN_IF_ERROR(unfinished_);
    } else if (LastForTables() <= in_tables_) {
      return absl::OkStatus();
    }
    // If commits are not gathered, one may move SQLite's log when it is long.
    const bool settles = mutations == nullptr;
    absl::Status begun =
        options_.gather ? CheckReady(/*tell=*/settles) : BeginMove();
    if (!begun.ok()) {
      NoteTablesTried(begun);
      return begun;
    }
  }
  TableWrite next;
  bool begun = false;
  bool fit = true;
  bool applied = false;
  const absl::Status status = writer_->InTransaction([&]() -> absl::Status {
    begun = true;
    {
      absl::MutexLock lock(&write_mutex_);
      next = NextTableWrite(mutations != nullptr);
      // If the other half is still needed, then what it holds is in these too.
      if (mutations == nullptr && commit_log_ != nullptr) commit_log_->Turn();
    }
    tables_mutex_.AssertHeld();
    const absl::Status gathered = ApplyGathered(*writer_, next.commits);
    fit = !absl::IsDataLoss(gathered);
    ISOSHAPE_RETURN_IF_ERROR(gathered);
    if (mutations != nullptr) {
      ISOSHAPE_RETURN_IF_ERROR(ApplyAll(*writer_, *mutations));
    }
    if (options_.gather) {
      ISOSHAPE_RETURN_IF_ERROR(
          Apply(*writer_, PutCounter{kCommitLogCounter, next.number}));
    }
    applied = true;
    return absl::OkStatus();
  });
  NoteLocked(/*locked=*/!begun && absl::IsUnavailable(status));
  absl::MutexLock lock(&write_mutex_);
  if (!options_.gather) EndMove();
  // One that refuses these changes may take what was gathered.
  NoteTablesTried(mutations == nullptr || absl::IsUnavailable(status)
                      ? status
                      : absl::OkStatus());
  // They were acknowledged, and no try will end better.
  if (!fit && moved_.ok()) moved_ = status;
  if (status.ok()) NoteInTables(next.number);
  // If it failed, it may be found in SQLite's log after a crash: nothing else
  // may have its number.
  if (applied) written_ = std::max(written_, next.number);
  return status;
}

void SqliteStore::NoteTablesTried(const absl::Status& status) {
  tables_refuse_ = status;
  tables_tried_at_ = options_.clock->Elapsed();
  tables_tried_.SignalAll();
}

void SqliteStore::NoteLocked(bool locked) {
  const absl::Duration now = Clock::Real()->Elapsed();
  // What was found long ago may have been another's.
  if (!tables_locked_ || now > locked_seen_ + options_.busy_timeout) {
    locked_since_ = now;
    lock_warned_ = false;
  }
  locked_seen_ = now;
  tables_locked_ = locked;
}

bool SqliteStore::WaitsForTables() {
  const absl::Duration end = locked_since_ + options_.busy_timeout;
  if (!options_.gather || !tables_locked_ || Clock::Real()->Elapsed() >= end) {
    return false;
  }
  if (!std::exchange(lock_warned_, true) && options_.warn != nullptr) {
    options_.warn(absl::StrCat(
        options_.path,
        ": another program has it locked, and a commit that its tables alone "
        "can take waits for that, ",
        absl::FormatDuration(options_.busy_timeout),
        " at most, with all behind it; close the other program"));
  }
  return true;
}

bool SqliteStore::TablesHave(int64_t number) const {
  return gathered_.empty() ||
         gathered_.front().number > std::min(number, LastForTables());
}

absl::Status SqliteStore::ShowNewest() {
  if (!unsettled_) return absl::OkStatus();
  if (options_.settle_every == absl::ZeroDuration()) return ShowNewestHere();
  Clock* const clock = Clock::Real();
  const absl::Duration begin = clock->Elapsed();
  absl::MutexLock lock(&write_mutex_);
  const int64_t newest = written_;
  for (bool asked = false; !TablesHave(newest); asked = true) {
    // Who finds the disk hanging does not wait for it anew.
    const absl::Duration left =
        std::min(begin, settling_since_) + kReadPatience - clock->Elapsed();
    if (!tables_refuse_.ok() || left <= absl::ZeroDuration()) {
      return absl::UnavailableError("the tables cannot be written now");
    }
    if (!asked) AskToSettle(Due::kNow);
    tables_tried_.WaitFor(&write_mutex_, left);
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::ShowNewestHere() {
  int64_t newest = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    newest = written_;
    if (TablesHave(newest)) return absl::OkStatus();
  }
  absl::MutexLock lock_tables(&tables_mutex_);
  {
    // Another may have brought it there meanwhile.
    absl::MutexLock lock(&write_mutex_);
    if (TablesHave(newest)) return absl::OkStatus();
  }
  return CommitToTables(nullptr);
}

bool SqliteStore::HasStagedHere() {
  absl::MutexLock lock(&write_mutex_);
  return HasUnsynced() && gathered_by_ == std::this_thread::get_id();
}

absl::Status SqliteStore::ShowUnsettled() {
  // With each commit that is read more it has all pages of that again.
  constexpr size_t kMostBytes = size_t{128} << 20;
  std::vector<Gathered> commits;
  int64_t in_tables = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    in_tables = in_tables_;
    for (const Gathered& commit : gathered_) {
      if (commit.number <= durable_) commits.push_back(commit);
    }
  }
  // That of an earlier time does not have what the tables got since.
  if (fork_ != nullptr &&
      (fork_number_ < in_tables || fork_->changed_bytes() > kMostBytes)) {
    fork_.reset();
  }
  if (fork_ == nullptr) {
    // Of tables that are as new as those without these commits, or newer.
    ISOSHAPE_ASSIGN_OR_RETURN(fork_, DatabaseFork::Of(forked_.get()));
    absl::StatusOr<int64_t> number =
        ReadCounter(fork_->database(), kCommitLogCounter);
    if (!number.ok()) {
      fork_.reset();
      return number.status();
    }
    fork_number_ = *number;
  }
  std::erase_if(commits, [this](const Gathered& commit) {
    fork_mutex_.AssertHeld();
    return commit.number <= fork_number_;
  });
  if (commits.empty()) return absl::OkStatus();
  const absl::Status applied = fork_->database().InTransaction([&] {
    fork_mutex_.AssertHeld();
    return ApplyGathered(fork_->database(), commits);
  });
  if (applied.ok()) {
    fork_number_ = commits.back().number;
  } else {
    fork_.reset();
  }
  return applied;
}

void SqliteStore::DropFork() {
  absl::MutexLock lock(&fork_mutex_);
  fork_.reset();
}

bool SqliteStore::IsDamaged() {
  absl::MutexLock lock(&write_mutex_);
  return overwritten_ || absl::IsDataLoss(moved_);
}

void SqliteStore::MovePages() {
  {
    absl::MutexLock lock(&write_mutex_);
    if (!CheckReady(/*tell=*/true).ok() || !BeginMove().ok()) return;
  }
  // What could not be moved is moved by the next call.
  sqlite3_wal_checkpoint_v2(mover_->handle(), nullptr,
                            SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  absl::MutexLock lock(&write_mutex_);
  EndMove();
}

void SqliteStore::MoveLog() {
  absl::MutexLock lock_mover(&mover_mutex_);
  if (mover_ == nullptr || closing_) return;
  {
    absl::MutexLock lock(&tables_mutex_);
    // It has begun anew.
    if (log_pages_ < options_.log_pages) next_move_ = options_.log_pages;
    if (log_pages_ < next_move_) return;
  }
  // Most of it beside those who write the tables, and the rest, which is
  // little, while none does: then the next transaction begins the log anew,
  // unless somebody still reads what it holds.
  MovePages();
  if (closing_) return;
  {
    absl::MutexLock lock(&tables_mutex_);
    MovePages();
    next_move_ = log_pages_ + options_.log_pages / 4;
  }
  // One that was made meanwhile would keep the next transaction from beginning
  // the log anew.
  DropFork();
}

absl::Status SqliteStore::Settle() {
  absl::Status settled;
  {
    absl::MutexLock lock(&write_mutex_);
    settling_since_ = Clock::Real()->Elapsed();
  }
  {
    absl::MutexLock lock(&tables_mutex_);
    settled = CommitToTables(nullptr);
  }
  if (settled.ok() && !closing_) {
    // It keeps SQLite's log from being moved.
    DropFork();
    RenewLog();
  }
  MoveLog();
  absl::MutexLock lock(&write_mutex_);
  settling_since_ = absl::InfiniteDuration();
  return settled;
}

void SqliteStore::AskToSettle(Due due) {
  absl::MutexLock lock(&settle_mutex_);
  if (due <= due_) return;
  due_ = due;
  settle_now_.Signal();
}

void SqliteStore::SettleForEver() {
  Clock* const clock = Clock::Real();
  // One that failed is not tried again at each commit.
  absl::Duration again;
  while (true) {
    {
      absl::MutexLock lock(&settle_mutex_);
      while (due_ == Due::kNever) {
        settle_now_.WaitFor(&settle_mutex_, absl::Hours(1));
      }
      const absl::Duration soon = clock->Elapsed() + options_.settle_every;
      while (due_ != Due::kStop) {
        const absl::Duration left =
            (due_ == Due::kNow ? again : soon) - clock->Elapsed();
        if (left <= absl::ZeroDuration()) break;
        settle_now_.WaitFor(&settle_mutex_, left);
      }
      if (due_ == Due::kStop) return;
      due_ = Due::kNever;
    }
    if (Settle().ok()) continue;
    again = clock->Elapsed() + options_.settle_every;
    AskToSettle(Due::kSoon);
  }
}

}  // namespace isoshape
