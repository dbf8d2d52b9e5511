#ifndef ISOSHAPE_STORAGE_SQLITE_SQLITE_DATABASE_H_
#define ISOSHAPE_STORAGE_SQLITE_SQLITE_DATABASE_H_

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace isoshape {

class SqliteDatabase;

// One execution of a prepared statement: bind, step, read; reset at the end of
// its life so that the cached statement can be used again.
//
//   SqliteStatement statement = database.Prepare("SELECT … WHERE name = ?1");
//   statement.Bind(1, name);
//   ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
class SqliteStatement {
 public:
  SqliteStatement(SqliteDatabase* database, sqlite3_stmt* statement,
                  absl::Status status)
      : database_(database),
        statement_(statement),
        status_(std::move(status)) {}
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  SqliteStatement& Bind(int index, int64_t value);
  SqliteStatement& Bind(int index, absl::string_view text);
  // Binds `bytes` at `index` and their checksum at `index` + 1: SQLite notices
  // damage to its pages' structure, not to what rows hold.
  SqliteStatement& BindChecked(int index, absl::string_view bytes);

  // True: a row is there. False: the end.
  absl::StatusOr<bool> Step();
  // Runs a statement that returns no rows.
  absl::Status Run();

  int64_t Integer(int column) const;
  std::string Text(int column) const;
  // What BindChecked stored, with its checksum in the column after it.
  // DATA_LOSS if the two do not agree.
  absl::StatusOr<std::string> Checked(int column) const;

 private:
  void Note(int result);

  SqliteDatabase* database_;
  sqlite3_stmt* statement_;
  absl::Status status_;  // of preparing and binding
};

// A connection with its prepared statements. Not thread-safe.
class SqliteDatabase {
 public:
  // `flags` and `vfs` as of sqlite3_open_v2.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(
      const std::string& path, int flags, absl::Duration busy_timeout,
      const char* vfs = nullptr);
  // How long a call waits for another program's lock from now on.
  void SetBusyTimeout(absl::Duration busy_timeout);
  // Reads the file as it lies there: no lock, no log, no file beside it is
  // made. Only for a file that nobody has open. Errors name it `named`, if that
  // is not empty: a copy that is removed as what it was copied from.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> OpenImmutable(
      const std::string& path, const std::string& named = "");
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // `sql` must live for ever (a literal): it is the key of the cache.
  SqliteStatement Prepare(const char* sql);
  // Runs `body` in a transaction and commits it; if either fails nothing has
  // changed.
  absl::Status InTransaction(absl::FunctionRef<absl::Status()> body);
  // Begins a transaction that may write, for whoever takes it back in any case.
  absl::Status Begin();
  // Begins a transaction that sees one commit until RollBack, by a read: before
  // the first one it sees none.
  absl::Status BeginRead();
  // Does nothing if none is open.
  void RollBack();
  // Runs statements without parameters or results, such as a schema.
  absl::Status Execute(const std::string& sql);
  // First column of the first row of a statement without parameters.
  absl::StatusOr<int64_t> QueryInteger(const std::string& sql);
  absl::StatusOr<std::string> QueryText(const std::string& sql);

  // Writes SQLite's log anew in its place, the same bytes, and syncs it, while
  // nobody else can write. What a process that died could not sync is read
  // from the kernel's memory as if it were on disk, and no sync brings it
  // there, as the kernel takes it for written: only when it is written again.
  // Moving it into the database would not do, as a loss of power in the middle
  // leaves half of a commit there and no log of it. OK if there is no log.
  // After an error nothing may be built on what it holds: UNAVAILABLE if it
  // cannot be read or written; CANCELLED if Cancelled() becomes true, at most
  // one sync of 16 MB later; DATA_LOSS, as of Begin, if the database is
  // damaged.
  absl::Status RewriteLog();
  // The file that SQLite has open: SQLITE_FCNTL_FILE_POINTER for the database,
  // SQLITE_FCNTL_JOURNAL_POINTER for its log, inside a transaction. Null if
  // none is.
  absl::StatusOr<sqlite3_file*> FileOf(int which) const;

  // UNAVAILABLE if the disk has failed to read or write one of the files since
  // they were opened. What was found damaged then need not be.
  absl::Status DiskError() const;
  // Maps a result code: UNAVAILABLE (busy, full, input or output),
  // DATA_LOSS (damaged, not a database, unless DiskError says why),
  // ALREADY_EXISTS (unique), FAILED_PRECONDITION (foreign key), else INTERNAL.
  absl::Status Error(int result) const;

  sqlite3* handle() { return handle_; }
  const std::string& path() const { return path_; }

 private:
  SqliteDatabase(sqlite3* handle, std::string path)
      : handle_(handle), path_(std::move(path)) {}
  // After an error the transaction is open or was taken back by SQLite.
  absl::Status Commit();
  // RewriteLog in a transaction, without which the log need not be open.
  absl::Status RewriteOpenLog();

  sqlite3* handle_;
  std::string path_;
  std::map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_SQLITE_DATABASE_H_
