#include "storage/postgres/pg_errors.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

std::string StateOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

absl::string_view Remedy(absl::string_view state) {
  if (absl::StartsWith(state, "53")) {
    return "; make room on the database's machine and try again";
  }
  if (state == "55P03") return "; something else holds it locked: try again";
  if (state == "42501") {
    return "; let an administrator grant it, as docs/deploy/postgresql.md says";
  }
  if (state == "57014") return "; the server took too long: try again";
  return "";
}

absl::StatusCode CodeOf(absl::string_view state) {
  const absl::string_view kind = state.substr(0, 2);
  if (state == "23505") return absl::StatusCode::kAlreadyExists;
  if (state == "23503" || state == "42501") {
    return absl::StatusCode::kFailedPrecondition;
  }
  if (state == "XX001" || state == "XX002") return absl::StatusCode::kDataLoss;
  // Without a code libpq itself lost the connection. 25006: the server became a
  // replica; 55P03: a lock; 58: a file of the server's.
  if (state.empty() || kind == "08" || kind == "40" || kind == "53" ||
      kind == "57" || kind == "58" || state == "25006" || state == "25P03" ||
      state == "55P03") {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

bool IsFenced(const PGresult* result) {
  return StateOf(result) == kFencedState;
}

absl::Status ServerError(const PGresult* result, absl::string_view shown) {
  const std::string state = StateOf(result);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string text =
      OneLine(primary == nullptr ? PQresultErrorMessage(result) : primary);
  return absl::Status(CodeOf(state), absl::StrCat("database ", shown, ": ",
                                                  text, Remedy(state)));
}

absl::Status ConnectError(const PGconn* connection, absl::string_view shown,
                          bool answers) {
  absl::string_view remedy =
      "; start PostgreSQL there, or name another database with --db";
  if (PQconnectionNeedsPassword(connection) != 0) {
    remedy =
        "; write the password into ~/.pgpass or the file that PGPASSFILE names "
        "(mode 600)";
  } else if (PQconnectionUsedPassword(connection) != 0) {
    remedy =
        "; check the user and the database, and the password in ~/.pgpass, the "
        "file that PGPASSFILE names, or PGPASSWORD";
  } else if (answers) {
    remedy =
        "; something answers there and refuses: mend what it says, or, if it "
        "is "
        "a pooler such as PgBouncer, give the address of PostgreSQL itself";
  }
  return absl::UnavailableError(absl::StrCat(
      "database ", shown, ": ", OneLine(PQerrorMessage(connection)), remedy));
}

}  // namespace isoshape
