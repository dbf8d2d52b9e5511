#include "storage/sqlite/sqlite_database.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/cancelled.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

absl::string_view Remedy(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return "; free space and try again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; close the other program that has it open and try again";
    default:
      return "";
  }
}

// A read that fails so SQLite calls SQLITE_IOERR_CORRUPTFS, and tells it as
// SQLITE_CORRUPT.
bool MeansDamageToSqlite(int error) {
  return error == EIO || error == ENXIO || error == ERANGE;
}

// `what`, such as reading a file, cannot be done.
absl::Status FileError(const std::string& what, int result) {
  const absl::string_view remedy = Remedy(result);
  return absl::UnavailableError(absl::StrCat(
      "cannot ", what, ": ", sqlite3_errstr(result),
      remedy.empty() ? "; look after the disk, and try again" : remedy));
}

// Reads and writes each byte, and syncs them, some at a time, as who is to end
// (Cancelled()) waits for one sync. The result code of the last sync: others do
// not follow one that failed. UNAVAILABLE if it cannot be read or written.
absl::StatusOr<int> RewriteFile(sqlite3_file* file, const std::string& path) {
  constexpr sqlite3_int64 kSynced = 16 << 20;
  const sqlite3_io_methods& methods = *file->pMethods;
  sqlite3_int64 size = 0;
  int result = methods.xFileSize(file, &size);
  std::string bytes(size_t{1} << 16, '\0');  // SQLite's take less than 128 kB
  for (sqlite3_int64 at = 0; result == SQLITE_OK && at < size;) {
    ISOSHAPE_RETURN_IF_ERROR(CheckNotCancelled());
    const int count = static_cast<int>(
        std::min(static_cast<sqlite3_int64>(bytes.size()), size - at));
    result = methods.xRead(file, bytes.data(), count, at);
    if (result != SQLITE_OK) break;
    const int written = methods.xWrite(file, bytes.data(), count, at);
    if (written != SQLITE_OK) {
      return FileError(absl::StrCat("write ", path, " to disk"), written);
    }
    at += count;
    if (at % kSynced != 0 && at < size) continue;
    ISOSHAPE_RETURN_IF_ERROR(CheckNotCancelled());
    const int synced = methods.xSync(file, SQLITE_SYNC_NORMAL);
    if (synced != SQLITE_OK) return synced;
  }
  if (result == SQLITE_OK) return SQLITE_OK;
  return FileError(absl::StrCat("read ", path), result);
}

}  // namespace

SqliteStatement::~SqliteStatement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void SqliteStatement::Note(int result) {
  if (status_.ok() && result != SQLITE_OK) status_ = database_->Error(result);
}

SqliteStatement& SqliteStatement::Bind(int index, int64_t value) {
  if (status_.ok()) Note(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

SqliteStatement& SqliteStatement::Bind(int index, absl::string_view text) {
  if (status_.ok()) {
    Note(sqlite3_bind_text64(statement_, index, text.data(), text.size(),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  return *this;
}

SqliteStatement& SqliteStatement::BindChecked(int index,
                                              absl::string_view bytes) {
  if (status_.ok()) {
    // A null pointer would bind NULL, not an empty blob.
    const char* data = bytes.empty() ? "" : bytes.data();
    Note(sqlite3_bind_blob64(statement_, index, data, bytes.size(),
                             SQLITE_TRANSIENT));
  }
  return Bind(index + 1, RowChecksum(bytes));
}

absl::StatusOr<bool> SqliteStatement::Step() {
  if (!status_.ok()) return status_;
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return database_->Error(result);
}

absl::Status SqliteStatement::Run() { return Step().status(); }

int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string SqliteStatement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

absl::StatusOr<std::string> SqliteStatement::Checked(int column) const {
  std::string text = Text(column);
  if (RowChecksum(text) != Integer(column + 1)) {
    return absl::DataLossError(
        absl::StrCat("database ", database_->path(),
                     ": a row does not agree with its checksum"));
  }
  return text;
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(
    const std::string& path, int flags, absl::Duration busy_timeout,
    const char* vfs) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, vfs);
  auto database =
      std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle, path));
  if (result != SQLITE_OK) return database->Error(result);
  sqlite3_extended_result_codes(handle, 1);
  database->SetBusyTimeout(busy_timeout);
  return database;
}

void SqliteDatabase::SetBusyTimeout(absl::Duration busy_timeout) {
  sqlite3_busy_timeout(
      handle_, static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::OpenImmutable(
    const std::string& path, const std::string& named) {
  const std::string uri = absl::StrCat(
      "file:",
      absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}),
      "?immutable=1");
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteDatabase> database,
      Open(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
           absl::ZeroDuration()));
  database->path_ = named.empty() ? path : named;
  return database;
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

SqliteStatement SqliteDatabase::Prepare(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int result = sqlite3_prepare_v3(
        handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return {this, nullptr, Error(result)};
  }
  return {this, statement, absl::OkStatus()};
}

absl::Status SqliteDatabase::InTransaction(
    absl::FunctionRef<absl::Status()> body) {
  ISOSHAPE_RETURN_IF_ERROR(Begin());
  absl::Status status = body();
  if (status.ok()) status = Commit();
  if (!status.ok()) RollBack();
  return status;
}

absl::Status SqliteDatabase::Begin() {
  return Prepare("BEGIN IMMEDIATE").Run();
}

absl::Status SqliteDatabase::Commit() { return Prepare("COMMIT").Run(); }

void SqliteDatabase::RollBack() {
  // SQLite has rolled back on its own after some errors.
  if (sqlite3_get_autocommit(handle_) == 0) {
    Prepare("ROLLBACK").Run().IgnoreError();
  }
}

absl::Status SqliteDatabase::BeginRead() {
  return Execute("BEGIN; SELECT count(*) FROM sqlite_schema");
}

absl::Status SqliteDatabase::Execute(const std::string& sql) {
  const int result =
      sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : Error(result);
}

absl::StatusOr<int64_t> SqliteDatabase::QueryInteger(const std::string& sql) {
  const absl::StatusOr<std::string> text = QueryText(sql);
  if (!text.ok()) return text.status();
  return std::strtoll(text->c_str(), nullptr, 10);
}

absl::StatusOr<std::string> SqliteDatabase::QueryText(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  int result =
      sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  if (result != SQLITE_OK) return Error(result);
  result = sqlite3_step(statement);
  std::string text;
  if (result == SQLITE_ROW) {
    const unsigned char* bytes = sqlite3_column_text(statement, 0);
    if (bytes != nullptr) text = reinterpret_cast<const char*>(bytes);
  }
  absl::Status error = Error(result);
  sqlite3_finalize(statement);
  if (result != SQLITE_ROW && result != SQLITE_DONE) return error;
  return text;
}

absl::Status SqliteDatabase::RewriteLog() {
  ISOSHAPE_RETURN_IF_ERROR(Begin());
  absl::Status rewritten = RewriteOpenLog();
  RollBack();
  return rewritten;
}

absl::Status SqliteDatabase::RewriteOpenLog() {
  ISOSHAPE_ASSIGN_OR_RETURN(sqlite3_file* const log,
                            FileOf(SQLITE_FCNTL_JOURNAL_POINTER));
  // Of a database that has another journal none is open.
  if (log == nullptr) return absl::OkStatus();
  const std::string path = absl::StrCat(path_, "-wal");
  ISOSHAPE_ASSIGN_OR_RETURN(int synced, RewriteFile(log, path));
  if (synced == SQLITE_IOERR_FSYNC) {
    // The first sync of a file tells of an error that nobody was told of, which
    // may be one of what was written before this. Another sync would say OK
    // whatever came of what is written now: the kernel takes it for written.
    // What is written once more it writes again.
    ISOSHAPE_ASSIGN_OR_RETURN(synced, RewriteFile(log, path));
  }
  if (synced == SQLITE_OK) return absl::OkStatus();
  return FileError(absl::StrCat("write ", path, " to disk"), synced);
}

absl::StatusOr<sqlite3_file*> SqliteDatabase::FileOf(int which) const {
  sqlite3_file* file = nullptr;
  const int result =
      sqlite3_file_control(handle_, "main", which, static_cast<void*>(&file));
  if (result != SQLITE_OK) return Error(result);
  return file == nullptr || file->pMethods == nullptr ? nullptr : file;
}

absl::Status SqliteDatabase::DiskError() const {
  if (handle_ == nullptr) return absl::OkStatus();
  int error = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
  if (!MeansDamageToSqlite(error)) {
    const absl::StatusOr<sqlite3_file*> log =
        FileOf(SQLITE_FCNTL_JOURNAL_POINTER);
    if (!log.ok() || *log == nullptr) return absl::OkStatus();
    (*log)->pMethods->xFileControl(*log, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  if (!MeansDamageToSqlite(error)) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("database ", path_, ": the disk failed (", strerror(error),
                   "); look after the disk, and try again"));
}

absl::Status SqliteDatabase::Error(int result) const {
  const std::string message = absl::StrCat(
      "database ", path_, ": ",
      handle_ == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(handle_),
      Remedy(result));
  switch (result) {
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return absl::FailedPreconditionError(message);
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::AlreadyExistsError(message);
    default:
      break;
  }
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      return absl::UnavailableError(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      ISOSHAPE_RETURN_IF_ERROR(DiskError());
      return absl::DataLossError(message);
    default:
      return absl::InternalError(message);
  }
}

}  // namespace isoshape
