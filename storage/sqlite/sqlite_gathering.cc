// Commits that are gathered: on disk by a log of their own, and in memory until
// the tables have them.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
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
constexpr char kNotInPlace[] =
    "it was moved, deleted, replaced or cut off while it was in use";

// How long one try to write the tables waits for another program that has them
// locked: what only tidies the database, as Litestream does, has ended by then.
constexpr absl::Duration kLockPatience = absl::Milliseconds(100);
// For those who wait for this process.
constexpr absl::Duration kBetweenTries = absl::Milliseconds(1);

}  // namespace

absl::StatusOr<std::vector<LoggedCommit>> SqliteStore::ReadCommitLog() {
  const std::string path = options_.path + kCommitLogEnd;
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<LoggedCommit> logged,
                            CommitLog::Read(path));
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<LoggedCommit> missing,
                            MissingCommits(*writer_, std::move(logged), path));
  ISOSHAPE_RETURN_IF_ERROR(CheckApplies(*writer_, missing, path));
  return missing;
}

absl::Status SqliteStore::SetForeignLogAside() const {
  const std::string path = options_.path + kCommitLogEnd;
  ISOSHAPE_ASSIGN_OR_RETURN(const bool foreign, CommitLog::IsForeign(path));
  if (!foreign) return absl::OkStatus();
  ISOSHAPE_ASSIGN_OR_RETURN(const std::string aside, SetFileAside(path));
  if (options_.warn != nullptr) {
    options_.warn(absl::StrCat(path,
                               " was no log of commits, or was cut short; it "
                               "is now at ",
                               aside));
  }
  return absl::OkStatus();
}

absl::Status SqliteStore::BeginGathering(
    const std::vector<LoggedCommit>& missing) {
  const std::string path = options_.path + kCommitLogEnd;
  if (!options_.gather && !IsNotEmpty(path)) return absl::OkStatus();
  // As far as the clock can tell, no number that a log of another content of
  // this database may hold is given again. (Those of the log that lies here are
  // less than this, or behind one that is not whole, and it is removed.)
  ISOSHAPE_ASSIGN_OR_RETURN(written_, ReadCounter(*writer_, kCommitLogCounter));
  written_ = std::max(written_ + static_cast<int64_t>(missing.size()),
                      absl::ToUnixMicros(options_.clock->Now()));
  durable_ = in_tables_ = written_;
  // Its sync is one of all that is in SQLite's log.
  ISOSHAPE_RETURN_IF_ERROR(writer_->InTransaction([&]() -> absl::Status {
    tables_mutex_.AssertHeld();
    write_mutex_.AssertHeld();
    ISOSHAPE_RETURN_IF_ERROR(WithRemedy(ApplyLogged(*writer_, missing), path));
    return Apply(*writer_, PutCounter{kCommitLogCounter, written_});
  }));
  ISOSHAPE_RETURN_IF_ERROR(SetForeignLogAside());
  if (!options_.gather) return CommitLog::Remove(path);
  absl::StatusOr<std::unique_ptr<CommitLog>> log = MakeCommitLog();
  if (log.ok()) {
    commit_log_ = *std::move(log);
  } else {
    NoteLogFailed(log.status().message());
  }
  writer_->SetBusyTimeout(std::min(options_.busy_timeout, kLockPatience));
  ISOSHAPE_ASSIGN_OR_RETURN(
      const int64_t last_event,
      writer_->QueryInteger("SELECT ifnull(max(sequence), 0) FROM events"));
  known_ = KnownRows(last_event);
  ISOSHAPE_RETURN_IF_ERROR(
      writer_->Execute("PRAGMA cache_size = -32768;"
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

absl::StatusOr<std::unique_ptr<CommitLog>> SqliteStore::MakeCommitLog() {
  const std::string path = options_.path + kCommitLogEnd;
  const auto run = [this](absl::FunctionRef<absl::Status()> sync) {
    return disk_.RunSync(sync);
  };
  const auto bytes = static_cast<uintmax_t>(options_.commit_log_bytes);
  std::error_code error;
  // With that of the one that is there, which is not needed. What is short of
  // room is not to be filled by this.
  const uintmax_t free =
      std::filesystem::space(std::filesystem::path(path).parent_path(), error)
          .available +
      static_cast<uintmax_t>(BytesOf(path));
  if (error || free / 2 >= bytes) {
    return CommitLog::Make(path, options_.commit_log_bytes, run);
  }
  ISOSHAPE_RETURN_IF_ERROR(run([&] { return CommitLog::Remove(path); }));
  return absl::UnavailableError(absl::StrCat("it takes ", bytes >> 20,
                                             " MB, and ", free >> 20,
                                             " MB are free on its disk"));
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
  const int64_t last = gathered_.empty() ? in_tables_ : gathered_.back().number;
  if (last != written_) return false;
  if (commit_log_->InPlace()) return true;
  NoteLogFailed(kNotInPlace);
  return false;
}

bool SqliteStore::LogIsDue() {
  return log_failed_ && options_.clock->Elapsed() >= retry_log_at_;
}

void SqliteStore::RenewLog() {
  absl::MutexLock lock_mover(&mover_mutex_);
  {
    absl::MutexLock lock(&write_mutex_);
    if (closing_ || !LogIsDue() || !gathered_.empty() ||
        !CheckReady(/*tell=*/true).ok()) {
      return;
    }
    const std::string path = options_.path + kCommitLogEnd;
    // What somebody has put there is no log of this database.
    if ((commit_log_ == nullptr || !commit_log_->InPlace()) &&
        IsNotEmpty(path)) {
      const absl::Status moved =
          disk_.RunSync([&] { return SetFileAside(path).status(); });
      if (!moved.ok()) return NoteLogFailed(moved.message());
    }
    commit_log_.reset();
  }
  // Meanwhile commits go to the tables.
  absl::StatusOr<std::unique_ptr<CommitLog>> log = MakeCommitLog();
  absl::MutexLock lock(&write_mutex_);
  // A stop needs none, and waits for no sync of it but that which it finds.
  if (!log.ok() && closing_) return;
  if (!log.ok()) return NoteLogFailed(log.status().message());
  commit_log_ = *std::move(log);
  log_failed_ = false;
}

bool SqliteStore::HasUnsynced() {
  return !gathered_.empty() && gathered_.back().number > durable_;
}

bool SqliteStore::SyncLog() {
  std::shared_ptr<CommitLog> log;
  int64_t number = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    if (!HasUnsynced()) return true;
    if (log_failed_) return false;
    log = commit_log_;
    number = gathered_.back().number;
  }
  const absl::Status synced = disk_.RunSync([&] { return log->Sync(); });
  absl::MutexLock lock(&write_mutex_);
  // Made anew meanwhile, which it is only if the tables have what it held.
  if (log != commit_log_) return durable_ >= number;
  // OK is said only of what a reader of the path finds.
  if (!synced.ok() || !log->InPlace()) {
    NoteLogFailed(synced.ok() ? kNotInPlace : synced.message());
    return false;
  }
  durable_ = std::max(durable_, number);
  retry_log_after_ = absl::ZeroDuration();
  log_warned_ = false;
  return true;
}

void SqliteStore::MakeRoomInLog(size_t bytes) {
  {
    absl::MutexLock lock(&write_mutex_);
    if (log_failed_) return;
    // That the tables have what it holds may take long.
    if (!commit_log_->Fits(bytes)) commit_log_->Turn();
    if (!commit_log_->empty() || !HasUnsynced()) return;
  }
  absl::MutexLock lock_finish(&finish_mutex_);
  // If it fails, the log is not used.
  [[maybe_unused]] const bool synced = SyncLog();
}

absl::StatusOr<bool> SqliteStore::StageInLog(
    const std::shared_ptr<const std::vector<Mutation>>& mutations,
    std::string encoded) {
  MakeRoomInLog(encoded.size());
  absl::MutexLock lock(&write_mutex_);
  ISOSHAPE_RETURN_IF_ERROR(unfinished_);
  ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  if (!LogIsUsable()) return false;
  if (!commit_log_->Fits(encoded.size())) {
    unfit_bytes_ = encoded.size();
    return false;
  }
  const bool was_empty = commit_log_->empty();
  // It was turned since.
  if (was_empty && HasUnsynced()) return false;
  const absl::Status status =
      commit_log_->Append(++written_, std::move(encoded));
  if (!status.ok()) {
    NoteLogFailed(status.message());
    return false;
  }
  gathered_.push_back({written_, mutations});
  gathered_by_ = std::this_thread::get_id();
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
  written_ = std::max(written_, number);
  durable_ = std::max(durable_, number);
  in_tables_ = number;
  unfit_bytes_ = 0;
  unsettled_ = !gathered_.empty();
  if (commit_log_ != nullptr) commit_log_->FreeOther();
  if (!gathered_.empty()) return AskToSettle(Due::kSoon);
  forgets_before_ = absl::InfinitePast();
  if (commit_log_ != nullptr) commit_log_->Clear();
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
  {
    // Whoever writes the tables now may wait for the disk.
    absl::MutexLock lock(&write_mutex_);
    ISOSHAPE_RETURN_IF_ERROR(CheckReady());
  }
  for (;; Clock::Real()->Sleep(kBetweenTries)) {
    absl::MutexLock lock_tables(&tables_mutex_);
    absl::Status status = CommitToTables(mutations.get());
    if (!status.ok()) {
      if (WaitsForTables()) continue;
      return status;
    }
    if (!options_.gather) return absl::OkStatus();
    known_.Add(*mutations);
    absl::MutexLock lock(&write_mutex_);
    if (log_pages_ >= next_move_ || LogIsDue()) AskToSettle(Due::kSoon);
    return absl::OkStatus();
  }
}

absl::Status SqliteStore::FinishLocked() {
  int64_t number = 0;
  {
    absl::MutexLock lock(&write_mutex_);
    ISOSHAPE_RETURN_IF_ERROR(unfinished_);
    if (!HasUnsynced()) return CheckReady();
    number = gathered_.back().number;
  }
  if (SyncLog()) {
    absl::MutexLock lock(&write_mutex_);
    return CheckReady();
  }
  for (;; Clock::Real()->Sleep(kBetweenTries)) {
    absl::MutexLock lock_tables(&tables_mutex_);
    absl::Status status = CommitToTables(nullptr);
    const bool again = WaitsForTables();
    absl::MutexLock lock(&write_mutex_);
    if (durable_ >= number) return CheckReady();
    if (!again) return unfinished_ = std::move(status);
  }
}

void SqliteStore::TakeBackLocked() {
  absl::MutexLock lock_tables(&tables_mutex_);
  absl::MutexLock lock(&write_mutex_);
  unfinished_ = absl::OkStatus();
  if (!HasUnsynced()) return;
  while (HasUnsynced()) gathered_.pop_back();
  // A backup that was made meanwhile may have them up to the last number: the
  // tables, which do not, get another.
  ++written_;
  answers_.clear();
  for (const Gathered& commit : gathered_) NoteAnswers(commit);
  unsettled_ = !gathered_.empty();
  known_.Clear();
  // They may be in the log all the same, or in SQLite's, until the tables have
  // a larger number: of the next commit, or at the latest by this.
  AskToSettle(Due::kSoon);
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
