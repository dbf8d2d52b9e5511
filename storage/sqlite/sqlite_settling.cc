// How commits that were gathered come to the tables, and SQLite's log into the
// database.
#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/clock.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {

absl::Status SqliteStore::BeginTableWrite() {
  ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  ++table_writes_;
  return absl::OkStatus();
}

void SqliteStore::EndTableWrite() {
  --table_writes_;
  lock_->NoteWritten();
}

absl::Status SqliteStore::ApplyGathered(const std::vector<Gathered>& commits) {
  for (const Gathered& commit : commits) {
    const absl::Status applied = ApplyAll(*writer_, *commit.mutations);
    if (applied.ok() || absl::IsUnavailable(applied)) {
      ISOSHAPE_RETURN_IF_ERROR(applied);
      continue;
    }
    return absl::DataLossError(absl::StrCat(
        "commit ", commit.number, " of the log beside database ", options_.path,
        " does not fit its tables: ", applied.message()));
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::CommitToTables(
    const std::vector<Mutation>* mutations) {
  std::vector<Gathered> commits;
  int64_t number = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    if (mutations == nullptr && gathered_.empty()) return absl::OkStatus();
    if (mutations != nullptr) ISOSHAPE_RETURN_IF_ERROR(unfinished_);
    ISOSHAPE_RETURN_IF_ERROR(BeginTableWrite());
    commits.assign(gathered_.begin(), gathered_.end());
    number = mutations == nullptr ? gathered_.back().number : written_ + 1;
    // If the other half is still needed, then what it holds is in these too.
    if (mutations == nullptr && commit_log_ != nullptr) commit_log_->Turn();
  }
  bool fit = true;
  const absl::Status status = writer_->InTransaction([&]() -> absl::Status {
    tables_mutex_.AssertHeld();
    const absl::Status applied = ApplyGathered(commits);
    fit = !absl::IsDataLoss(applied);
    ISOSHAPE_RETURN_IF_ERROR(applied);
    if (mutations != nullptr) {
      ISOSHAPE_RETURN_IF_ERROR(ApplyAll(*writer_, *mutations));
    }
    if (!options_.gather) return absl::OkStatus();
    return Apply(*writer_, PutCounter{kCommitLogCounter, number});
  });
  absl::MutexLock lock(&write_mutex_);
  EndTableWrite();
  // They were acknowledged, and no try will end better.
  if (!fit && moved_.ok()) moved_ = status;
  ISOSHAPE_RETURN_IF_ERROR(status);
  written_ = std::max(written_, number);
  NoteInTables(number);
  return absl::OkStatus();
}

void SqliteStore::NoteInTables(int64_t number) {
  while (!gathered_.empty() && gathered_.front().number <= number) {
    for (const Mutation& mutation : *gathered_.front().mutations) {
      const auto* const put = std::get_if<PutRequest>(&mutation);
      if (put == nullptr) continue;
      const auto answer = answers_.find({put->method, put->request_id});
      if (answer != answers_.end() && answer->second.put == put) {
        answers_.erase(answer);
      }
    }
    gathered_.pop_front();
  }
  durable_ = std::max(durable_, number);
  unsettled_ = !gathered_.empty();
  if (commit_log_ != nullptr) commit_log_->FreeOther();
  if (!gathered_.empty()) return;
  forgets_before_ = absl::InfinitePast();
  if (commit_log_ != nullptr) commit_log_->Clear();
}

absl::Status SqliteStore::ShowNewest() {
  if (!unsettled_) return absl::OkStatus();
  int64_t newest = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    newest = written_;
  }
  absl::MutexLock lock_tables(&tables_mutex_);
  {
    // Another reader may have brought it there meanwhile.
    absl::MutexLock lock(&write_mutex_);
    if (gathered_.empty() || gathered_.front().number > newest) {
      return absl::OkStatus();
    }
  }
  return CommitToTables(nullptr);
}

absl::Status SqliteStore::ShowUnsettled() {
  std::vector<Gathered> commits;
  {
    absl::MutexLock lock(&write_mutex_);
    for (const Gathered& commit : gathered_) {
      if (commit.number <= durable_) commits.push_back(commit);
    }
  }
  ISOSHAPE_RETURN_IF_ERROR(writer_->Begin());
  absl::Status status = ApplyGathered(commits);
  if (!status.ok()) writer_->RollBack();
  return status;
}

bool SqliteStore::IsAllDurable() {
  absl::MutexLock lock(&write_mutex_);
  return gathered_.empty() || gathered_.back().number <= durable_;
}

bool SqliteStore::IsDamaged() {
  absl::MutexLock lock(&write_mutex_);
  return overwritten_ || absl::IsDataLoss(moved_);
}

void SqliteStore::MovePages() {
  {
    absl::MutexLock lock(&write_mutex_);
    if (!BeginTableWrite().ok()) return;
  }
  // What could not be moved is moved by the next call.
  sqlite3_wal_checkpoint_v2(mover_->handle(), nullptr,
                            SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  absl::MutexLock lock(&write_mutex_);
  EndTableWrite();
}

void SqliteStore::MoveLog() {
  absl::MutexLock lock_mover(&mover_mutex_);
  if (mover_ == nullptr) return;
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
  absl::MutexLock lock(&tables_mutex_);
  MovePages();
  next_move_ = log_pages_ + options_.log_pages / 4;
}

absl::Status SqliteStore::Settle() {
  absl::Status settled;
  {
    absl::MutexLock lock(&tables_mutex_);
    settled = CommitToTables(nullptr);
  }
  MoveLog();
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
    if (!Settle().ok()) AskToSettle(Due::kSoon);
  }
}

void SqliteStore::EndGathering() {
  AskToSettle(Due::kStop);
  if (settler_.joinable()) settler_.join();
  absl::Status settled;
  {
    absl::MutexLock lock_tables(&tables_mutex_);
    if (writer_ != nullptr) settled = CommitToTables(nullptr);
  }
  if (!settled.ok() && options_.warn != nullptr) {
    options_.warn(absl::StrCat(
        "what was committed last is in ", options_.path, kCommitLogEnd,
        " alone, and the next start needs it: ", OneLine(settled.message())));
  }
  absl::MutexLock lock_mover(&mover_mutex_);
  mover_.reset();
}

}  // namespace isoshape
