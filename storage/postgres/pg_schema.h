#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_SCHEMA_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_SCHEMA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/postgres/pg_address.h"
#include "storage/postgres/pg_connection.h"

namespace isoshape {

// The number of the newest migration.
int64_t NewestPgSchemaVersion();

// Looks at the schema without changing anything: its version, 0 if it has no
// table yet. FAILED_PRECONDITION, with the remedy, if what is in it is not ours
// or is of a newer isoshape.
absl::StatusOr<int64_t> InspectPgSchema(PgConnection& connection,
                                        const PgAddress& address);

// Makes the schema if it is not there, at version 1, which has the table of the
// lead: who takes that brings it to the newest version. One that is there is
// inspected only. For any number of coordinators at once.
absl::Status EnsurePgSchema(PgConnection& connection, const PgAddress& address);

// Brings a schema that is there to the newest version, each migration in a
// transaction of its own. For who has the lead, as another may still use the
// old one.
absl::Status MigratePgSchema(PgConnection& connection,
                             const PgAddress& address);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_SCHEMA_H_
