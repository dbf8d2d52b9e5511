#include "storage/postgres/pg_connection.h"

#include <endian.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "common/threads/clock.h"
#include "storage/postgres/pg_errors.h"
#include "storage/stored_rows.h"

namespace isoshape {
namespace {

// Of catalog/pg_type.dat, which never change.
constexpr Oid kBytea = 17;
constexpr Oid kBigint = 20;
constexpr Oid kText = 25;

// A setting that nobody else makes: who has it, has got all that we ask for.
constexpr char kOurs[] = "isoshape.session";

// What the server is asked of each session of ours. Its own waits end before
// ours, so that there is an answer; what a client that vanished has locked is
// free again within seconds.
std::string SessionOptions(const PgAddress& address) {
  const int64_t statement = absl::ToInt64Milliseconds(PgConnection::kStatement);
  return absl::StrCat(
      address.options, address.options.empty() ? "" : " ",
      "-c search_path=", address.schema, " -c ", kOurs, "=", kOurs,
      " -c statement_timeout=", statement,
      " -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s"
      " -c synchronous_commit=on"
      " -c default_transaction_isolation=read\\ committed"
      " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2"
      " -c tcp_keepalives_count=3 -c tcp_user_timeout=15s");
}

// Whether a server is there, after a try to connect that took `took`: one that
// says no did so at once, and one whose machine is gone is not waited for
// again.
bool Answers(const std::vector<const char*>& names,
             const std::vector<const char*>& values, absl::Duration took) {
  return took < absl::Seconds(1) &&
         PQpingParams(names.data(), values.data(), 1) == PQPING_OK;
}

void NoteWarning(void* warned, const PGresult* notice) {
  const char* severity =
      PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && absl::string_view(severity) == "WARNING") {
    *static_cast<bool*>(warned) = true;
  }
}

}  // namespace

PgQuery& PgQuery::Add(Oid type, std::string value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

PgQuery& PgQuery::Integer(int64_t value) {
  const uint64_t bytes = htobe64(static_cast<uint64_t>(value));
  return Add(kBigint,
             std::string(reinterpret_cast<const char*>(&bytes), sizeof(bytes)));
}

PgQuery& PgQuery::Text(absl::string_view value) {
  return Add(kText, std::string(value));
}

PgQuery& PgQuery::Bytes(absl::string_view value) {
  return Add(kBytea, std::string(value));
}

PgQuery& PgQuery::Checked(absl::string_view bytes) {
  return Bytes(bytes).Integer(RowChecksum(bytes));
}

int64_t PgRows::Integer(int row, int column) const {
  uint64_t bytes = 0;
  if (PQgetlength(result_.get(), row, column) != sizeof(bytes)) return 0;
  std::memcpy(&bytes, PQgetvalue(result_.get(), row, column), sizeof(bytes));
  return static_cast<int64_t>(be64toh(bytes));
}

absl::string_view PgRows::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

absl::StatusOr<absl::string_view> PgRows::Checked(int row, int column) const {
  const absl::string_view bytes = Bytes(row, column);
  if (RowChecksum(bytes) == Integer(row, column + 1)) return bytes;
  return absl::DataLossError(absl::StrCat(
      "database ", *shown_, ": a row does not agree with its checksum"));
}

PgConnection::PgConnection(PGconn* connection, std::string shown)
    : connection_(connection, PQfinish),
      shown_(std::make_shared<const std::string>(std::move(shown))) {}

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Open(
    const PgAddress& address) {
  const std::string seconds = absl::StrCat(absl::ToInt64Seconds(kConnect));
  const std::string options = SessionOptions(address);
  // What comes before the address may be said otherwise by it.
  const std::vector<std::pair<const char*, const char*>> settings = {
      {"connect_timeout", seconds.c_str()},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"},
      {"fallback_application_name", "isoshape"},
      {"dbname", address.uri.c_str()},
      // Of several servers the one that is no replica.
      {"target_session_attrs", "primary"},
      {"client_encoding", "UTF8"},
      {"options", options.c_str()}};
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : settings) {
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  const absl::Duration began = Clock::Real()->Elapsed();
  std::unique_ptr<PgConnection> opened(new PgConnection(
      PQconnectdbParams(names.data(), values.data(), 1), address.shown));
  PGconn* const handle = opened->connection_.get();
  if (!opened->usable()) {
    const absl::Duration took = Clock::Real()->Elapsed() - began;
    return ConnectError(handle, address.shown, Answers(names, values, took));
  }
  PQsetNoticeReceiver(handle, NoteWarning, &opened->warned_);
  if (PQsetnonblocking(handle, 1) != 0 || PQenterPipelineMode(handle) != 1) {
    return absl::InternalError(absl::StrCat("database ", address.shown,
                                            ": libpq has no pipeline mode"));
  }
  ISOSHAPE_RETURN_IF_ERROR(opened->CheckSession(address));
  return opened;
}

absl::Status PgConnection::CheckSession(const PgAddress& address) {
  if (const int version = PQserverVersion(connection_.get());
      version < 120000) {
    return absl::FailedPreconditionError(
        absl::StrCat("database ", *shown_, ": PostgreSQL ", version / 10000,
                     " is too old; use 12 or newer"));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const PgRows rows,
                            Ask(PgQuery("SELECT current_setting($1, true), "
                                        "current_setting('search_path')")
                                    .Text(kOurs)));
  if (rows.count() == 1 && rows.Bytes(0, 0) == kOurs &&
      rows.Bytes(0, 1) == address.schema) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "database ", *shown_,
      ": what a session asks for does not reach the server: a pooler such as "
      "PgBouncer is between; give the address of PostgreSQL itself"));
}

std::string PgConnection::Parameter(const char* name) const {
  const char* value = PQparameterStatus(connection_.get(), name);
  return value == nullptr ? "" : value;
}

bool PgConnection::Send(const PgQuery& query) {
  PGconn* const handle = connection_.get();
  std::string& name = prepared_[query.sql()];
  const size_t index = sent_.empty() ? 0 : sent_.back().query + 1;
  if (name.empty()) {
    name = absl::StrCat("s", ++names_);
    if (PQsendPrepare(handle, name.c_str(), query.sql(),
                      static_cast<int>(query.types().size()),
                      query.types().data()) != 1) {
      return false;
    }
    sent_.push_back({index, query.sql()});
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(query.values().size(), 1);
  for (const std::string& value : query.values()) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  if (PQsendQueryPrepared(handle, name.c_str(), static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(),
                          1) != 1) {
    return false;
  }
  sent_.push_back({index, nullptr});
  return true;
}

bool PgConnection::Wait(absl::Duration end) {
  PGconn* const handle = connection_.get();
  const int more = PQflush(handle);
  if (more < 0) return false;
  const absl::Duration left = end - Clock::Real()->Elapsed();
  if (left <= absl::ZeroDuration()) return false;
  pollfd socket = {PQsocket(handle),
                   static_cast<short>(more == 1 ? POLLIN | POLLOUT : POLLIN),
                   0};
  const int ready =
      poll(&socket, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  if (ready < 0) return errno == EINTR;
  if (ready == 0) return true;  // asks the clock again
  return (socket.revents & ~POLLOUT) == 0 || PQconsumeInput(handle) == 1;
}

absl::Status PgConnection::ErrorOf(const PGresult* result) const {
  return ServerError(result, *shown_);
}

absl::Status PgConnection::Unanswered(absl::string_view why) {
  std::string text = OneLine(PQerrorMessage(connection_.get()));
  if (text.empty()) text = std::string(why);
  // Nothing that still comes may be taken for an answer to something else.
  connection_.reset();
  return absl::UnavailableError(
      absl::StrCat("database ", *shown_, ": no answer: ", text));
}

void PgConnection::Take(PGresult* result, const Sent& sent,
                        PgOutcome& outcome) {
  PgRows rows(result, shown_);
  const ExecStatusType code = PQresultStatus(result);
  if (code == PGRES_COMMAND_OK || code == PGRES_TUPLES_OK) {
    if (sent.prepares == nullptr) outcome.rows.push_back(std::move(rows));
    return;
  }
  if (sent.prepares != nullptr) prepared_.erase(sent.prepares);
  if (code == PGRES_PIPELINE_ABORTED || !outcome.status.ok()) return;
  outcome.failed = sent.query;
  outcome.status = ErrorOf(result);
  outcome.fenced = IsFenced(result);
}

PgOutcome PgConnection::Run(const std::vector<PgQuery>& queries,
                            absl::Duration limit) {
  PgOutcome outcome;
  const absl::Duration end = Clock::Real()->Elapsed() + limit;
  sent_.clear();
  warned_ = false;
  bool good = usable();
  for (size_t i = 0; good && i < queries.size(); ++i) good = Send(queries[i]);
  good = good && PQpipelineSync(connection_.get()) == 1;
  size_t next = 0;  // of sent_
  while (good) {
    while (PQisBusy(connection_.get()) == 0) {
      PGresult* const result = PQgetResult(connection_.get());
      if (result == nullptr) {
        ++next;
        if (next > sent_.size()) break;
        continue;
      }
      if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        outcome.unanswered = warned_ && outcome.status.ok();
        if (outcome.unanswered) {
          outcome.status =
              Unanswered("it warned that a replica may not have the commit");
        }
        return outcome;
      }
      Take(result, next < sent_.size() ? sent_[next] : Sent{queries.size(), ""},
           outcome);
    }
    good = usable() && Wait(end);
  }
  outcome.unanswered = true;
  // What the server said last tells more than that the connection is gone.
  const absl::Status gone =
      Unanswered(absl::StrCat("within ", absl::FormatDuration(limit)));
  if (outcome.status.ok()) outcome.status = gone;
  return outcome;
}

absl::StatusOr<PgRows> PgConnection::Ask(const PgQuery& query,
                                         absl::Duration limit) {
  PgOutcome outcome = Run({query}, limit);
  if (!outcome.status.ok()) return outcome.status;
  return std::move(outcome.rows.front());
}

absl::Status PgConnection::Execute(const std::string& sql,
                                   absl::Duration limit) {
  std::vector<std::string> statements;
  // A function's body holds semicolons: statements end with a line of `;`.
  for (size_t from = 0; from < sql.size();) {
    const size_t to = std::min(sql.find("\n;", from), sql.size());
    statements.push_back(sql.substr(from, to - from));
    from = to + 2;
  }
  for (const std::string& statement : statements) {
    if (statement.find_first_not_of(" \n") == std::string::npos) continue;
    const PgOutcome outcome = Run({PgQuery(statement.c_str())}, limit);
    prepared_.erase(statement.c_str());
    ISOSHAPE_RETURN_IF_ERROR(outcome.status);
  }
  return absl::OkStatus();
}

void PgConnection::Rollback() {
  if (usable()) Run({PgQuery("ROLLBACK")}, absl::Seconds(5));
}

}  // namespace isoshape
