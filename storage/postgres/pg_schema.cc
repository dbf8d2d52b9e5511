#include "storage/postgres/pg_schema.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

// Migration k (from 1) takes the schema from version k - 1 to k. One that has
// been released is never changed. A statement ends with a line of `;`.
constexpr const char* kMigrations[] = {
    // 1: the tables of sqlite/schema.cc, row by row the same. Names are
    // compared by their bytes, as there; a request_id is any text, so it is
    // bytes.
    //
    // `leader` has one row: who may write. Its key is the epoch, so that
    // raising it waits for the commits that hold it (FOR KEY SHARE), and
    // renewing the lease does not. `last_commit` says which commit was the
    // last, for whoever got no answer to one.
    R"sql(
CREATE TABLE about (
  product text PRIMARY KEY,
  version bigint NOT NULL
)
;
CREATE TABLE leader (
  epoch bigint PRIMARY KEY,
  holder text NOT NULL,
  expires timestamptz NOT NULL
)
;
INSERT INTO leader (epoch, holder, expires) VALUES (0, '', '-infinity')
;
CREATE TABLE last_commit (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  number bigint NOT NULL
)
;
INSERT INTO last_commit (number) VALUES (0)
;
CREATE FUNCTION begin_commit(mine bigint, this bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM leader WHERE epoch = mine FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another coordinator has the lead'
      USING ERRCODE = 'IS001';
  END IF;
  UPDATE last_commit SET number = this;
END $$
;
CREATE TABLE campaigns (
  name text COLLATE "C" PRIMARY KEY,
  create_nanos bigint NOT NULL,
  message bytea NOT NULL,
  checksum bigint NOT NULL
)
;
CREATE INDEX campaigns_newest ON campaigns (create_nanos, name)
;
CREATE TABLE trials (
  campaign text COLLATE "C" NOT NULL
    REFERENCES campaigns (name) ON DELETE CASCADE,
  number bigint NOT NULL,
  state bigint NOT NULL,
  message bytea NOT NULL,
  checksum bigint NOT NULL,
  PRIMARY KEY (campaign, number)
)
;
CREATE INDEX trials_by_state ON trials (campaign, state, number)
;
CREATE TABLE measurements (
  campaign text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  step bigint NOT NULL,
  message bytea NOT NULL,
  checksum bigint NOT NULL,
  PRIMARY KEY (campaign, number, step),
  FOREIGN KEY (campaign, number) REFERENCES trials (campaign, number)
    ON DELETE CASCADE
)
;
CREATE TABLE events (
  sequence bigint PRIMARY KEY,
  campaign text COLLATE "C" NOT NULL
    REFERENCES campaigns (name) ON DELETE CASCADE,
  message bytea NOT NULL,
  checksum bigint NOT NULL
)
;
CREATE INDEX events_by_campaign ON events (campaign, sequence)
;
CREATE TABLE workers (
  name text COLLATE "C" PRIMARY KEY,
  message bytea NOT NULL,
  checksum bigint NOT NULL
)
;
CREATE TABLE requests (
  method text COLLATE "C" NOT NULL,
  request_id bytea NOT NULL,
  fingerprint bytea NOT NULL,
  fingerprint_checksum bigint NOT NULL,
  response bytea NOT NULL,
  response_checksum bigint NOT NULL,
  time_nanos bigint NOT NULL,
  PRIMARY KEY (method, request_id)
)
;
CREATE INDEX requests_by_time ON requests (time_nanos)
;
CREATE TABLE counters (
  name text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL,
  checksum bigint NOT NULL
)
;
INSERT INTO about (product, version) VALUES ('isoshape', 1)
)sql",
};

// Of two that make the schema at once one waits; "isos", as in the file of
// SQLite.
constexpr int64_t kSchemaLock = 0x69736f73;

}  // namespace

int64_t NewestPgSchemaVersion() { return std::ssize(kMigrations); }

absl::StatusOr<int64_t> InspectPgSchema(PgConnection& connection,
                                        const PgAddress& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(
      const PgRows found,
      connection.Ask(
          PgQuery("SELECT count(*), count(*) FILTER (WHERE relname = 'about') "
                  "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = "
                  "relnamespace WHERE nspname = $1")
              .Text(address.schema)));
  if (found.Integer(0, 0) == 0) return 0;
  int64_t version = 0;
  if (found.Integer(0, 1) == 1) {
    const auto about = connection.Ask(
        PgQuery("SELECT version FROM about WHERE product = 'isoshape'"));
    if (absl::IsUnavailable(about.status())) return about.status();
    if (about.ok() && about->count() == 1) version = about->Integer(0, 0);
  }
  if (version < 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", address.shown, ": the schema ", address.schema,
        " holds tables of something else; name another with ?schema=NAME in "
        "the address"));
  }
  if (version > NewestPgSchemaVersion()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "database ", address.shown, " was written by a newer isoshape (schema ",
        version, ", this one knows ", NewestPgSchemaVersion(),
        "); use that version"));
  }
  return version;
}

absl::Status EnsurePgSchema(PgConnection& connection,
                            const PgAddress& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(int64_t version,
                            InspectPgSchema(connection, address));
  if (version > 0) return absl::OkStatus();
  absl::Status made = connection.Execute(
      absl::StrCat("BEGIN\n;SELECT pg_advisory_xact_lock(", kSchemaLock, ")"));
  if (made.ok()) {
    // Another may have made it while this one waited.
    absl::StatusOr<int64_t> now = InspectPgSchema(connection, address);
    made = now.status();
    version = now.value_or(0);
  }
  if (made.ok() && version == 0) {
    // An administrator may have made the schema alone, if we may not.
    const auto there = connection.Ask(
        PgQuery("SELECT 1::bigint FROM pg_namespace WHERE nspname = $1")
            .Text(address.schema));
    made = there.status();
    if (there.ok() && there->count() == 0) {
      made = connection.Execute(absl::StrCat("CREATE SCHEMA ", address.schema));
    }
  }
  // Version 1 alone: MigratePgSchema does the rest, and counts it.
  if (made.ok() && version == 0) made = connection.Execute(kMigrations[0]);
  if (made.ok()) made = connection.Execute("COMMIT");
  if (!made.ok()) connection.Rollback();
  return made;
}

absl::Status MigratePgSchema(PgConnection& connection,
                             const PgAddress& address) {
  ISOSHAPE_ASSIGN_OR_RETURN(int64_t version,
                            InspectPgSchema(connection, address));
  for (; version < NewestPgSchemaVersion(); ++version) {
    absl::Status status = connection.Execute("BEGIN");
    if (status.ok()) status = connection.Execute(kMigrations[version]);
    if (status.ok()) {
      status = connection.Execute(
          absl::StrCat("UPDATE about SET version = ", version + 1));
    }
    if (status.ok()) status = connection.Execute("COMMIT");
    if (!status.ok()) {
      connection.Rollback();
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace isoshape
