#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_MUTATIONS_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_MUTATIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/postgres/pg_connection.h"
#include "storage/store.h"

namespace isoshape {

// The statements of a list of changes, which are sent together.
struct PgChanges {
  std::vector<PgQuery> queries;
  std::vector<size_t> mutations;  // which of the list each statement is of
  std::optional<int64_t> pruned;  // the last event that PruneEvents looked at
};

// 0 if the counter was never put.
absl::StatusOr<int64_t> ReadPgCounter(PgConnection& connection,
                                      absl::string_view name);

// Codes as of Store::Commit. PruneEvents reads the events over the connection:
// `pruned` is the last that was looked at before, if that is known.
absl::StatusOr<PgChanges> ChangesOf(const std::vector<Mutation>& mutations,
                                    std::optional<int64_t> pruned,
                                    PgConnection& connection);

// What the failure of a change's statement means.
absl::Status ChangeError(const Mutation& mutation, const absl::Status& status);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_MUTATIONS_H_
