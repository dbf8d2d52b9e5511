#include "storage/sqlite/schema.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// Migration k (from 1) takes a file from version k - 1 to k. One that has been
// released is never changed.
constexpr const char* kMigrations[] = {
    // 1: the first schema. Messages are kept whole in `message`; a column
    // stands beside it only if a key, an order or a filter needs it. A
    // checksum is CRC-32 of the column before it. Counters are decimal text.
    R"sql(
CREATE TABLE campaigns (
  name TEXT PRIMARY KEY,
  create_nanos INTEGER NOT NULL,
  message BLOB NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX campaigns_newest ON campaigns (create_nanos, name);
CREATE TABLE trials (
  campaign TEXT NOT NULL REFERENCES campaigns (name) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,
  message BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (campaign, number)
) WITHOUT ROWID;
CREATE INDEX trials_by_state ON trials (campaign, state, number);
CREATE TABLE measurements (
  campaign TEXT NOT NULL,
  number INTEGER NOT NULL,
  step INTEGER NOT NULL,
  message BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (campaign, number, step),
  FOREIGN KEY (campaign, number) REFERENCES trials (campaign, number)
    ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  campaign TEXT NOT NULL REFERENCES campaigns (name) ON DELETE CASCADE,
  message BLOB NOT NULL,
  checksum INTEGER NOT NULL
);
CREATE INDEX events_by_campaign ON events (campaign, sequence);
CREATE TABLE workers (
  name TEXT PRIMARY KEY,
  message BLOB NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE requests (
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  fingerprint_checksum INTEGER NOT NULL,
  response BLOB NOT NULL,
  response_checksum INTEGER NOT NULL,
  time_nanos INTEGER NOT NULL,
  PRIMARY KEY (method, request_id)
) WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (time_nanos);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL,
  checksum INTEGER NOT NULL
) WITHOUT ROWID;
)sql",
    // 2: what was committed last may be in a log of its own (CommitLog), which
    // earlier versions do not read.
    "",
};

// Everything that is stored with a checksum in the column after it.
constexpr const char* kChecked[] = {
    "SELECT message, checksum FROM campaigns",
    "SELECT message, checksum FROM trials",
    "SELECT message, checksum FROM measurements",
    "SELECT message, checksum FROM events",
    "SELECT message, checksum FROM workers",
    "SELECT fingerprint, fingerprint_checksum FROM requests",
    "SELECT response, response_checksum FROM requests",
    "SELECT value, checksum FROM counters",
};

}  // namespace

int64_t NewestSchemaVersion() { return std::ssize(kMigrations); }

absl::Status Migrate(SqliteDatabase& database) {
  ISOSHAPE_ASSIGN_OR_RETURN(int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  for (; version < NewestSchemaVersion(); ++version) {
    ISOSHAPE_RETURN_IF_ERROR(database.InTransaction([&] {
      return database.Execute(absl::StrCat(
          kMigrations[version], "PRAGMA application_id = ", kApplicationId,
          ";PRAGMA user_version = ", version + 1));
    }));
  }
  return absl::OkStatus();
}

absl::Status CheckRows(SqliteDatabase& database) {
  for (const char* sql : kChecked) {
    SqliteStatement statement = database.Prepare(sql);
    while (true) {
      ISOSHAPE_ASSIGN_OR_RETURN(const bool row, statement.Step());
      if (!row) break;
      ISOSHAPE_RETURN_IF_ERROR(statement.Checked(0).status());
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
