#ifndef ISOSHAPE_STORAGE_OPEN_STORE_H_
#define ISOSHAPE_STORAGE_OPEN_STORE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace isoshape {

// Opens the database that the address names: `sqlite:PATH`, or a PATH alone,
// which is a SQLite file too. INVALID_ARGUMENT if it begins with the name of
// another kind of database; errors of SqliteStore::Open. `tell` is told, in a
// few words, what it waits for.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const std::string& address,
    const std::function<void(const std::string& why)>& tell = nullptr);

// The file that such an address names. INVALID_ARGUMENT as above.
absl::StatusOr<std::string> SqlitePath(const std::string& address);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_OPEN_STORE_H_
