#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_ADDRESS_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// Where a database of PostgreSQL is, and in which of its schemas our tables
// are.
struct PgAddress {
  std::string uri;    // for libpq, without `schema`
  std::string shown;  // for messages and logs; has no password
  std::string schema = "isoshape";
  std::string options{};  // of the server, as the address or PGOPTIONS say
};

// Reads `postgres://[USER@][HOST][:PORT][,…]/DATABASE[?NAME=VALUE&…]`, as libpq
// has it, with one name more: `schema`, if it is not to be `isoshape`.
// INVALID_ARGUMENT, which names no password, if it is none, or if it holds a
// password, which lists of processes and logs would show.
absl::StatusOr<PgAddress> ParsePgAddress(const std::string& address);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_ADDRESS_H_
