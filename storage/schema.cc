#include "storage/schema.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace isoshape {
namespace {

// Migration k (from 1) takes a file from version k - 1 to k. One that has been
// released is never changed.
constexpr const char* kMigrations[] = {
    // 1: the first schema. Messages are kept whole in `message`; a column
    // stands beside it only where a key, an order or a filter needs it.
    R"sql(
CREATE TABLE campaigns (
  name TEXT PRIMARY KEY,
  create_nanos INTEGER NOT NULL,
  message BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX campaigns_newest ON campaigns (create_nanos, name);
CREATE TABLE trials (
  campaign TEXT NOT NULL REFERENCES campaigns (name) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL,
  message BLOB NOT NULL,
  PRIMARY KEY (campaign, number)
) WITHOUT ROWID;
CREATE INDEX trials_by_state ON trials (campaign, state, number);
CREATE TABLE measurements (
  campaign TEXT NOT NULL,
  number INTEGER NOT NULL,
  step INTEGER NOT NULL,
  message BLOB NOT NULL,
  PRIMARY KEY (campaign, number, step),
  FOREIGN KEY (campaign, number) REFERENCES trials (campaign, number)
    ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  campaign TEXT NOT NULL REFERENCES campaigns (name) ON DELETE CASCADE,
  message BLOB NOT NULL
);
CREATE INDEX events_by_campaign ON events (campaign, sequence);
CREATE TABLE workers (
  name TEXT PRIMARY KEY,
  message BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE requests (
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  response BLOB NOT NULL,
  time_nanos INTEGER NOT NULL,
  PRIMARY KEY (method, request_id)
) WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (time_nanos);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
)sql",
};

}  // namespace

int64_t NewestSchemaVersion() { return std::ssize(kMigrations); }

absl::Status Migrate(SqliteDatabase& database) {
  ISOSHAPE_ASSIGN_OR_RETURN(int64_t version,
                            database.QueryInteger("PRAGMA user_version"));
  for (; version < NewestSchemaVersion(); ++version) {
    const absl::Status status = database.Execute(absl::StrCat(
        "BEGIN IMMEDIATE;", kMigrations[version], "PRAGMA application_id = ",
        kApplicationId, ";PRAGMA user_version = ", version + 1, ";COMMIT;"));
    if (!status.ok()) {
      database.Execute("ROLLBACK").IgnoreError();
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
