#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_ERRORS_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_ERRORS_H_

#include <libpq-fe.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// The SQLSTATE of begin_commit (pg_schema.cc): the epoch is not the leader's.
inline constexpr char kFencedState[] = "IS001";
bool IsFenced(const PGresult* result);

// Maps the SQLSTATE of an answer: UNAVAILABLE (no connection, shutting down,
// out of disk, connections or memory, waited for a lock too long), DATA_LOSS
// (damaged), ALREADY_EXISTS (unique), FAILED_PRECONDITION (foreign key; no
// right to), else INTERNAL.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
absl::Status ServerError(const PGresult* result, absl::string_view shown);

// Why there is no connection: UNAVAILABLE, with what to look at. `answers`: a
// server is there, and it is what it says that has to be mended.
absl::Status ConnectError(const PGconn* connection, absl::string_view shown,
                          bool answers);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_ERRORS_H_
