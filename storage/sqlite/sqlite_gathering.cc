// Commits that are gathered: on disk by a log of their own, and in memory until
// the tables have them.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "storage/sqlite/mutation_bytes.h"
#include "storage/sqlite/mutations.h"
#include "storage/sqlite/replay.h"
#include "storage/sqlite/set_aside.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {
namespace {

// How long a log that could not be written is left alone: the first time until
// the tables have what it lacks, and twice as long each time after.
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Minutes(1);

}  // namespace

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
  ISOSHAPE_ASSIGN_OR_RETURN(written_, ReadCounter(*writer_, kCommitLogCounter));
  written_ = std::max(written_ + static_cast<int64_t>(missing.size()),
                      absl::ToUnixMicros(absl::Now()));
  durable_ = written_;
  // Its sync is one of all that is in SQLite's log.
  ISOSHAPE_RETURN_IF_ERROR(writer_->InTransaction([&]() -> absl::Status {
    tables_mutex_.AssertHeld();
    write_mutex_.AssertHeld();
    ISOSHAPE_RETURN_IF_ERROR(ApplyLogged(*writer_, missing));
    return Apply(*writer_, PutCounter{kCommitLogCounter, written_});
  }));
  if (!options_.gather) return CommitLog::Remove(path);
  if (const absl::Status opened = OpenCommitLog(); !opened.ok()) {
    NoteLogFailed(opened.message());
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const int64_t last_event,
      writer_->QueryInteger("SELECT ifnull(max(sequence), 0) FROM events"));
  known_ = KnownRows(last_event);
  ISOSHAPE_RETURN_IF_ERROR(
      writer_->Execute("PRAGMA cache_size = -32768;"
                       // What a transaction changes is written by its commit
                       // alone: one for readers is rolled back (ShowUnsettled).
                       "PRAGMA cache_spill = OFF;"
                       // MoveLog does it.
                       "PRAGMA wal_autocheckpoint = 0;"));
  next_move_ = options_.log_pages;
  sqlite3_wal_hook(
      writer_->handle(),
      [](void* pages, sqlite3*, const char*, int now) {
        *static_cast<int*>(pages) = now;
        return SQLITE_OK;
      },
      &log_pages_);
  return absl::OkStatus();
}

absl::Status SqliteStore::OpenCommitLog() {
  const std::string path = options_.path + kCommitLogEnd;
  const auto bytes = static_cast<uintmax_t>(options_.commit_log_bytes);
  std::error_code error;
  const uintmax_t there = std::filesystem::file_size(path, error);
  if (error || there < bytes) {
    // What is short of room is not to be filled by this.
    const uintmax_t free =
        std::filesystem::space(std::filesystem::path(path).parent_path(), error)
            .available;
    if (!error && free / 2 < bytes) {
      return absl::UnavailableError(absl::StrCat("it takes ", bytes >> 20,
                                                 " MB, and ", free >> 20,
                                                 " MB are free on its disk"));
    }
  }
  absl::StatusOr<std::unique_ptr<CommitLog>> log =
      CommitLog::Open(path, options_.commit_log_bytes);
  if (!log.ok()) {
    CommitLog::Remove(path).IgnoreError();
    return log.status();
  }
  commit_log_ = *std::move(log);
  return absl::OkStatus();
}

void SqliteStore::NoteLogFailed(absl::string_view why) {
  const absl::Duration now = options_.clock->Elapsed();
  retry_log_at_ = now + retry_log_after_;
  retry_log_after_ = std::clamp(2 * retry_log_after_, kFirstRetry, kLastRetry);
  log_failed_ = true;
  if (std::exchange(log_warned_, true) || options_.warn == nullptr) return;
  options_.warn(absl::StrCat(
      options_.path, kCommitLogEnd, ": ", OneLine(why),
      "; until it can be written again each commit goes to the database alone, "
      "which takes longer"));
}

bool SqliteStore::LogIsUsable() {
  if (log_failed_) return false;
  if (commit_log_->InPlace()) return true;
  NoteLogFailed("it was moved, deleted or replaced while it was in use");
  return false;
}

void SqliteStore::TryLogAgain() {
  if (!log_failed_ || options_.clock->Elapsed() < retry_log_at_) return;
  const std::string path = options_.path + kCommitLogEnd;
  // What somebody has put there is no log of this database.
  if ((commit_log_ == nullptr || !commit_log_->InPlace()) && IsNotEmpty(path)) {
    RenameFile(path, path + kAside, /*replace=*/true).IgnoreError();
  }
  commit_log_.reset();
  if (const absl::Status opened = OpenCommitLog(); !opened.ok()) {
    NoteLogFailed(opened.message());
    return;
  }
  log_failed_ = false;
}

absl::StatusOr<bool> SqliteStore::StageInLog(
    const std::shared_ptr<const std::vector<Mutation>>& mutations,
    std::string encoded) {
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(unfinished_);
  ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  if (!LogIsUsable() || !commit_log_->Fits(encoded.size())) return false;
  const bool was_empty = commit_log_->empty();
  // After an error it may be in the log all the same. The next goes to the
  // tables, with a larger number.
  const absl::Status status =
      commit_log_->Append(++written_, std::move(encoded));
  if (!status.ok()) {
    NoteLogFailed(status.message());
    return false;
  }
  gathered_.push_back({written_, mutations});
  NoteAnswers(gathered_.back());
  unsettled_ = true;
  if (was_empty || commit_log_->half_full()) {
    AskToSettle(commit_log_->half_full() ? Due::kNow : Due::kSoon);
  }
  return true;
}

void SqliteStore::NoteAnswers(const Gathered& commit) {
  for (const Mutation& mutation : *commit.mutations) {
    if (const auto* put = std::get_if<PutRequest>(&mutation)) {
      const RequestKey key(put->method, put->request_id);
      answers_.erase(key);  // with the bytes of its key
      answers_.emplace(key, GatheredAnswer{commit, put});
    } else if (const auto* prune = std::get_if<PruneRequests>(&mutation)) {
      forgets_before_ = std::max(forgets_before_, prune->before);
    }
  }
}

absl::Status SqliteStore::StageLocked(
    const std::shared_ptr<const std::vector<Mutation>>& mutations) {
  if (mutations->empty()) return absl::OkStatus();
  if (options_.gather && AreSureToApply(*mutations)) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const bool staged,
        StageInLog(mutations, EncodeMutations(*mutations, kCommitHead)));
    if (staged) {
      known_.Add(*mutations);
      return absl::OkStatus();
    }
  }
  absl::MutexLock lock_tables(&tables_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(CommitToTables(mutations.get()));
  if (!options_.gather) return absl::OkStatus();
  known_.Add(*mutations);
  if (log_pages_ >= next_move_) AskToSettle(Due::kSoon);
  absl::MutexLock lock(&write_mutex_);
  TryLogAgain();
  return absl::OkStatus();
}

absl::Status SqliteStore::FinishLocked() {
  std::shared_ptr<CommitLog> log;
  int64_t number = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    ISOSHAPE_RETURN_IF_ERROR(unfinished_);
    if (gathered_.empty() || gathered_.back().number <= durable_) {
      return CheckInPlace();
    }
    number = gathered_.back().number;
    if (!log_failed_) log = commit_log_;
  }
  if (log != nullptr) {
    const absl::Status synced = log->Sync();
    absl::MutexLock lock(&write_mutex_);
    if (synced.ok() && log->InPlace()) {
      durable_ = std::max(durable_, number);
      retry_log_after_ = absl::ZeroDuration();
      log_warned_ = false;
      // OK is said only of what a reader of the path finds.
      return CheckInPlace();
    }
    NoteLogFailed(synced.ok()
                      ? "it was moved, deleted or replaced while it was in use"
                      : synced.message());
  }
  absl::MutexLock lock_tables(&tables_mutex_);
  absl::Status status = CommitToTables(nullptr);
  absl::MutexLock lock(&write_mutex_);
  if (durable_ >= number) return CheckInPlace();
  return unfinished_ = std::move(status);
}

void SqliteStore::TakeBackLocked() {
  absl::MutexLock lock_tables(&tables_mutex_);
  absl::MutexLock lock(&write_mutex_);
  unfinished_ = absl::OkStatus();
  if (gathered_.empty() || gathered_.back().number <= durable_) return;
  while (!gathered_.empty() && gathered_.back().number > durable_) {
    gathered_.pop_back();
  }
  answers_.clear();
  for (const Gathered& commit : gathered_) NoteAnswers(commit);
  unsettled_ = !gathered_.empty();
  known_.Clear();
  // They may be in the log all the same. The next goes to the tables, with a
  // larger number.
  log_failed_ = true;
}

absl::Status SqliteStore::Commit(const std::vector<Mutation>& mutations) {
  absl::MutexLock lock_stage(&stage_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(
      StageLocked(std::make_shared<const std::vector<Mutation>>(mutations)));
  if (mutations.empty()) return absl::OkStatus();
  absl::Status finished;
  {
    absl::MutexLock lock_finish(&finish_mutex_);
    finished = FinishLocked();
  }
  if (!finished.ok()) TakeBackLocked();
  return finished;
}

absl::Status SqliteStore::Stage(
    const std::shared_ptr<const std::vector<Mutation>>& mutations) {
  absl::MutexLock lock(&stage_mutex_);
  return StageLocked(mutations);
}

absl::Status SqliteStore::Finish() {
  absl::MutexLock lock(&finish_mutex_);
  return FinishLocked();
}

void SqliteStore::TakeBack() {
  absl::MutexLock lock(&stage_mutex_);
  TakeBackLocked();
}

}  // namespace isoshape
