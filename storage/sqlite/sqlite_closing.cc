// How a store is closed: what its tables do not have yet is brought there, or
// left in the logs, or set aside with them.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/text/one_line.h"
#include "storage/sqlite/clean_stop.h"
#include "storage/sqlite/set_aside.h"
#include "storage/sqlite/sqlite_store.h"

namespace isoshape {
namespace {

// What becomes of commits that the tables do not have when the store is closed.
// The log alone has them.
std::string WhatIsLeft(const std::string& log, bool is_out_of_place,
                       const absl::Status& why) {
  return absl::StrCat(
      is_out_of_place
          ? absl::StrCat("what was committed last is in no file that the next "
                         "start finds: ",
                         log,
                         ", which alone has it, was moved, deleted, replaced "
                         "or cut off; put it back before the next start, or it "
                         "is lost: ")
          : absl::StrCat("what was committed last is in ", log, " alone, and ",
                         "the next start needs it: "),
      OneLine(why.message()));
}

// Gives the logs of another database other names, and returns what becomes of
// what they hold, if they hold anything.
std::vector<std::string> SetLogsAside(const DatabaseLock& lock,
                                      const std::string& database) {
  std::vector<std::string> names, renames, lines;
  for (const DatabaseLock::AsideLog& log : lock.SetLogsAside()) {
    if (!log.aside.ok()) {
      lines.push_back(absl::StrCat(
          log.path, " could not be set aside (", log.aside.status().message(),
          "); move it before the next start, which would take it for a log of "
          "what is at ",
          database, " now"));
      continue;
    }
    names.push_back(*log.aside);
    renames.push_back(absl::StrCat(*log.aside, " to ", log.path));
  }
  if (!names.empty()) {
    lines.push_back(absl::StrCat(
        "what was committed last may be in ", absl::StrJoin(names, " and "),
        " alone, which no start takes, as what is at ", database,
        " is not the database that was used; to have it, put that database "
        "back as it was, and rename ",
        absl::StrJoin(renames, " and ")));
  }
  return lines;
}

}  // namespace

SqliteStore::~SqliteStore() {
  closing_ = true;
  {
    absl::MutexLock lock(&write_mutex_);
    disk_.SetStops(LogsHaveAll());
  }
  // All but the sync that it is at is left to the last connection.
  if (mover_ != nullptr) sqlite3_interrupt(mover_->handle());
  AwaitCheck();
  const absl::Status settled = EndGathering();
  {
    absl::MutexLock lock(&readers_mutex_);
    readers_.clear();
  }
  absl::MutexLock lock_tables(&tables_mutex_);
  absl::MutexLock lock(&write_mutex_);
  CloseWriter(settled);
}

bool SqliteStore::LogsHaveAll() {
  // What the next start finds at their paths is not what the tables have.
  if (!CheckInPlace().ok()) return false;
  // What failed, or was taken back, is to be found nowhere.
  const int64_t last = gathered_.empty() ? in_tables_ : gathered_.back().number;
  // What the tables have is in SQLite's log, synced.
  return last == written_ &&
         (gathered_.empty() || (!log_failed_ && commit_log_->InPlace()));
}

bool SqliteStore::LeavesLogs() { return disk_.is_slow() && LogsHaveAll(); }

void SqliteStore::TellLeft() const {
  if (options_.warn == nullptr) return;
  options_.warn(absl::StrCat(
      options_.path, ": its disk took ",
      absl::FormatDuration(absl::Trunc(disk_.took(), absl::Milliseconds(1))),
      " for the last sync, so what the file does not have yet is left in its "
      "logs, from which the next start takes it"));
}

bool SqliteStore::LogsAreOfAnother() const {
  return overwritten_ || lock_->IsReplaced();
}

bool SqliteStore::IsInMemoryAlone() const {
  return !gathered_.empty() &&
         (commit_log_ == nullptr || !commit_log_->InPlace());
}

absl::Status SqliteStore::EndGathering() {
  AskToSettle(Due::kStop);
  if (settler_.joinable()) settler_.join();
  {
    absl::MutexLock lock(&fork_mutex_);
    fork_.reset();
    forked_.reset();
  }
  {
    absl::MutexLock lock(&mover_mutex_);
    mover_.reset();
  }
  absl::Status settled;
  {
    absl::MutexLock lock_tables(&tables_mutex_);
    bool leaves_logs = false;
    {
      absl::MutexLock lock(&write_mutex_);
      leaves_logs = LeavesLogs();
    }
    if (writer_ != nullptr && !leaves_logs) settled = CommitToTables(nullptr);
    bool again = false;
    if (!settled.ok()) {
      absl::MutexLock lock(&write_mutex_);
      // It was refused a sync, which rested on logs that do not have all any
      // more; or what it could not write is nowhere else.
      again = disk_.refuses() ? !LogsHaveAll() : IsInMemoryAlone();
      if (again) disk_.SetStops(false);
    }
    if (again) settled = CommitToTables(nullptr);
  }
  return settled;
}

void SqliteStore::CloseWriter(const absl::Status& settled) {
  // An idle coordinator has not looked since its last call.
  CheckInPlace().IgnoreError();
  CheckContentAndTell().IgnoreError();
  const bool sets_aside = LogsAreOfAnother();
  // What no log had may have come to the tables since the stop began.
  disk_.SetStops(LogsHaveAll());
  bool leaves_logs = LeavesLogs();
  // What is not in the tables was not to come there, or could not. (Without a
  // try to: its log has gone since that was looked at.)
  if (options_.warn != nullptr && !leaves_logs && !TablesHave(written_) &&
      (IsInMemoryAlone() || !sets_aside)) {
    const absl::Status slow = absl::UnavailableError("its disk is slow");
    options_.warn(WhatIsLeft(options_.path + kCommitLogEnd, IsInMemoryAlone(),
                             !settled.ok()  ? settled
                             : !moved_.ok() ? moved_
                                            : slow));
  }
  if (writer_ != nullptr && (sets_aside || leaves_logs)) {
    sqlite3_db_config(writer_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                      nullptr);
  }
  const bool has_log =
      commit_log_ != nullptr && commit_log_->InPlace() && CheckInPlace().ok();
  // The last connection to close empties the write-ahead log, unless that was
  // stopped.
  writer_.reset();
  const bool has_pages = IsNotEmpty(options_.path + "-wal");
  leaves_logs = leaves_logs || (has_pages && LeavesLogs());
  commit_log_.reset();
  if (sets_aside) {
    for (const std::string& line : SetLogsAside(*lock_, options_.path)) {
      if (options_.warn != nullptr) options_.warn(line);
    }
  }
  if (leaves_logs) {
    // A start that failed acknowledged nothing, and says itself why.
    if (lock_->content() != nullptr) TellLeft();
    return;
  }
  // What it held is in the database, which has no other log any more. That it
  // is gone takes a sync.
  if (has_log && !disk_.is_slow() && gathered_.empty() && !has_pages) {
    CommitLog::Remove(options_.path + kCommitLogEnd).IgnoreError();
  }
  // Checking a small one takes no longer than noting that.
  if (sound_ && moved_.ok() && LogBeside(options_.path).empty() &&
      BytesOf(options_.path) >= options_.check_beside_from) {
    NoteCleanStop(lock_->name_file(), options_.path);
  }
}

}  // namespace isoshape
