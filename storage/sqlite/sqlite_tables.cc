#include "storage/sqlite/sqlite_tables.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/status/status_macros.h"
#include "storage/sqlite/commit_log.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/database_path.h"

namespace isoshape {
namespace {

// What leaves out a row that goes with this file alone, and its log of commits.
std::string WithoutOwnRows(const StoredTable& table) {
  if (absl::string_view(table.name) != "counters") return "";
  return absl::StrCat(" WHERE name <> '", kCommitLogCounter, "'");
}

// A statement that is made for one table, and goes with it.
class TableStatement {
 public:
  TableStatement(SqliteDatabase& database, const std::string& sql)
      : database_(database) {
    result_ = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1,
                                 &statement_, nullptr);
  }
  ~TableStatement() { sqlite3_finalize(statement_); }
  TableStatement(const TableStatement&) = delete;
  TableStatement& operator=(const TableStatement&) = delete;

  SqliteStatement Use() {
    return {&database_, statement_,
            result_ == SQLITE_OK ? absl::OkStatus() : database_.Error(result_)};
  }

 private:
  SqliteDatabase& database_;
  sqlite3_stmt* statement_ = nullptr;
  int result_ = SQLITE_OK;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteTables>> SqliteTables::Open(
    SqliteStore::Options options) {
  ISOSHAPE_ASSIGN_OR_RETURN(options.path, DatabasePath(options.path));
  const std::string file = options.path;
  options.gather = false;
  // Nobody waits for a copy to stop, and the syncs of what it writes, through
  // another connection, are not those that the store measures.
  options.slow_disk = absl::InfiniteDuration();
  const absl::Duration busy_timeout = options.busy_timeout;
  ISOSHAPE_ASSIGN_OR_RETURN(std::unique_ptr<SqliteStore> store,
                            SqliteStore::Open(std::move(options)));
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::unique_ptr<SqliteDatabase> database,
      SqliteDatabase::Open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                           busy_timeout));
  ISOSHAPE_RETURN_IF_ERROR(
      database->Execute("PRAGMA synchronous = FULL;PRAGMA foreign_keys = ON;"));
  return std::unique_ptr<SqliteTables>(
      new SqliteTables(std::move(store), std::move(database)));
}

absl::Status SqliteTables::InTransaction(
    absl::FunctionRef<absl::Status()> body) {
  return database_->InTransaction(body);
}

absl::Status SqliteTables::Read(const StoredTable& table, VisitRow visit) {
  TableStatement made(
      *database_,
      absl::StrCat("SELECT ", ColumnNames(table), " FROM ", table.name,
                   WithoutOwnRows(table), " ORDER BY ", table.key));
  SqliteStatement statement = made.Use();
  StoredRow row(table.columns.size());
  while (true) {
    ISOSHAPE_ASSIGN_OR_RETURN(const bool there, statement.Step());
    if (!there) return absl::OkStatus();
    for (size_t i = 0; i < row.size(); ++i) {
      const int column = static_cast<int>(i);
      const ColumnKind kind = table.columns[i].kind;
      if (kind == ColumnKind::kInteger || kind == ColumnKind::kChecksum) {
        row[i].integer = statement.Integer(column);
      } else if (i + 1 < row.size() &&
                 table.columns[i + 1].kind == ColumnKind::kChecksum) {
        ISOSHAPE_ASSIGN_OR_RETURN(row[i].bytes, statement.Checked(column));
      } else {
        row[i].bytes = statement.Text(column);
      }
    }
    ISOSHAPE_RETURN_IF_ERROR(visit(row));
  }
}

absl::Status SqliteTables::Write(const StoredTable& table,
                                 absl::Span<const StoredRow> rows) {
  std::string places;
  for (size_t i = 1; i <= table.columns.size(); ++i) {
    absl::StrAppend(&places, i == 1 ? "?" : ", ?", i);
  }
  TableStatement made(
      *database_, absl::StrCat("INSERT INTO ", table.name, " (",
                               ColumnNames(table), ") VALUES (", places, ")"));
  for (const StoredRow& row : rows) {
    SqliteStatement statement = made.Use();
    for (size_t i = 0; i < row.size(); ++i) {
      const int place = static_cast<int>(i) + 1;
      switch (table.columns[i].kind) {
        case ColumnKind::kInteger:
          statement.Bind(place, row[i].integer);
          break;
        case ColumnKind::kBytes:
          // A request_id is text here.
          if (i + 1 < row.size() &&
              table.columns[i + 1].kind == ColumnKind::kChecksum) {
            statement.BindChecked(place, row[i].bytes);
            break;
          }
          [[fallthrough]];
        case ColumnKind::kText:
          statement.Bind(place, row[i].bytes);
          break;
        case ColumnKind::kChecksum:  // bound with the column before it
          break;
      }
    }
    ISOSHAPE_RETURN_IF_ERROR(statement.Run());
  }
  return absl::OkStatus();
}

absl::Status SqliteTables::Close() {
  // SQLite tells nobody of an error of the move that it makes when the last
  // connection is closed.
  const absl::StatusOr<int64_t> busy =
      database_->QueryInteger("PRAGMA wal_checkpoint(TRUNCATE)");
  if (busy.ok() && *busy == 0) return absl::OkStatus();
  const std::string& path = database_->path();
  return absl::UnavailableError(absl::StrCat(
      busy.ok() ? absl::StrCat("another program reads database ", path)
                : busy.status().message(),
      "; all rows are there, but some may be in ", path,
      "-wal alone: keep it beside the database, or start a coordinator with "
      "it, which moves them"));
}

}  // namespace isoshape
