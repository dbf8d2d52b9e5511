#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_CONNECTION_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_CONNECTION_H_

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/postgres/pg_address.h"

namespace isoshape {

// One statement with its parameters ($1, $2 …), which are sent as bytes.
//
//   PgQuery("SELECT message FROM trials WHERE campaign = $1 AND number = $2")
//       .Text(campaign).Integer(number)
class PgQuery {
 public:
  // `sql` must live for ever: it is the key of the connection's prepared
  // statements.
  explicit PgQuery(const char* sql) : sql_(sql) {}

  PgQuery& Integer(int64_t value);            // bigint
  PgQuery& Text(absl::string_view value);     // text
  PgQuery& Bytes(absl::string_view value);    // bytea
  PgQuery& Checked(absl::string_view bytes);  // bytea, and its checksum

  const char* sql() const { return sql_; }
  const std::vector<Oid>& types() const { return types_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  PgQuery& Add(Oid type, std::string value);

  const char* sql_;
  std::vector<Oid> types_;
  std::vector<std::string> values_;
};

// The rows that a statement returned, in binary.
class PgRows {
 public:
  // `shown`: how errors call the database.
  PgRows(PGresult* result, std::shared_ptr<const std::string> shown)
      : result_(result, PQclear), shown_(std::move(shown)) {}

  int count() const { return PQntuples(result_.get()); }
  int64_t Integer(int row, int column) const;
  absl::string_view Bytes(int row, int column) const;
  // A column whose checksum is in the column after it. DATA_LOSS if the two do
  // not agree.
  absl::StatusOr<absl::string_view> Checked(int row, int column) const;

 private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
  std::shared_ptr<const std::string> shown_;
};

// What came of statements that were sent together.
struct PgOutcome {
  // OK: all of them are done. Else of the first that failed; none after it was
  // run.
  absl::Status status = absl::OkStatus();
  size_t failed = 0;  // its index
  // There is no answer to all of them: whether they were run is not known. The
  // connection is of no use any more.
  bool unanswered = false;
  // Another coordinator has the lead (begin_commit of pg_schema.cc).
  bool fenced = false;
  std::vector<PgRows> rows{};  // of each, if the status is OK
};

// A connection to the server that may be written to, of several that the
// address names. What it asks has a time limit of its own: libpq waits for ever
// for an answer that a network swallowed. Not thread-safe.
//
//   PgConnection::Open(address) … ->Run({PgQuery("SELECT 1")},
//   absl::Seconds(5))
class PgConnection {
 public:
  // How long a server may take to let us in.
  static constexpr absl::Duration kConnect = absl::Seconds(5);
  // How long it may take over one statement; Run is to wait for longer.
  static constexpr absl::Duration kStatement = absl::Seconds(25);
  static constexpr absl::Duration kAnswer = absl::Seconds(30);

  // UNAVAILABLE if there is no server, it refuses us, or it cannot be written
  // to; FAILED_PRECONDITION if it is too old, or if a pooler stands between
  // that does not keep what a session sets.
  static absl::StatusOr<std::unique_ptr<PgConnection>> Open(
      const PgAddress& address);
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Sends all statements at once, and returns when they are answered, or by
  // `limit` (pipeline mode). Outside of BEGIN and COMMIT they are one
  // transaction.
  PgOutcome Run(const std::vector<PgQuery>& queries,
                absl::Duration limit = kAnswer);
  // Of one statement.
  absl::StatusOr<PgRows> Ask(const PgQuery& query,
                             absl::Duration limit = kAnswer);
  // Runs several statements without parameters or rows, such as a schema.
  absl::Status Execute(const std::string& sql, absl::Duration limit = kAnswer);
  // Runs and drops what is left of a transaction that failed.
  void Rollback();

  bool usable() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  // Of the server, as text.
  std::string Parameter(const char* name) const;

 private:
  PgConnection(PGconn* connection, std::string shown);

  absl::Status CheckSession(const PgAddress& address);
  // Puts a statement into the pipeline, and its preparation if need be.
  bool Send(const PgQuery& query);
  // Waits for what comes, until `end`. False: nothing will.
  bool Wait(absl::Duration end);
  absl::Status ErrorOf(const PGresult* result) const;
  absl::Status Unanswered(absl::string_view why);
  // One of what Run sent: the statement it belongs to, and whether it prepares
  // it.
  struct Sent {
    size_t query;
    const char* prepares;  // its SQL, or null
  };
  void Take(PGresult* result, const Sent& sent, PgOutcome& outcome);

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  const std::shared_ptr<const std::string> shown_;
  std::map<const char*, std::string> prepared_;  // SQL to its name
  int64_t names_ = 0;                            // given out
  std::vector<Sent> sent_;
  // The server warned while it answered: of a commit, that it may not be on the
  // replica that it must be on.
  bool warned_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_CONNECTION_H_
