#ifndef ISOSHAPE_STORAGE_SQLITE_MUTATION_BYTES_H_
#define ISOSHAPE_STORAGE_SQLITE_MUTATION_BYTES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/store.h"

namespace isoshape {

// The changes of a commit as bytes, for a log that is read after a crash, by
// this version or a later one. What the tables do not keep is left out. Before
// them are as many zeros as `room` says.
std::string EncodeMutations(const std::vector<Mutation>& mutations,
                            size_t room = 0);

// DATA_LOSS if the bytes are no such changes.
absl::StatusOr<std::vector<Mutation>> DecodeMutations(absl::string_view bytes);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_SQLITE_MUTATION_BYTES_H_
