#ifndef ISOSHAPE_STORAGE_STORE_TABLES_H_
#define ISOSHAPE_STORAGE_STORE_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace isoshape {

// The tables that every backend has, with the same rows: what a copy of a
// database goes through. docs/storage.md draws them.

enum class ColumnKind {
  kText,
  kInteger,
  kBytes,
  kChecksum,  // an integer, of the column before it
};
struct StoredColumn {
  const char* name;
  ColumnKind kind;
};
struct StoredTable {
  const char* name;
  std::vector<StoredColumn> columns;
  const char* key;  // by which its rows are read: columns, with commas
};
// In an order in which no row refers to one that comes later.
const std::vector<StoredTable>& StoredTables();

// The columns of a table, with commas.
std::string ColumnNames(const StoredTable& table);

// A column of a row; a text or bytes, or an integer.
struct StoredValue {
  std::string bytes{};
  int64_t integer = 0;
};
using StoredRow = std::vector<StoredValue>;
using VisitRow = absl::FunctionRef<absl::Status(const StoredRow&)>;

// A database of either kind that no coordinator uses, and that none can begin
// to use while this is held.
class StoreTables {
 public:
  virtual ~StoreTables() = default;
  // Calls `body` in one transaction, all of which is as of one moment; what it
  // wrote is committed if it returns OK.
  virtual absl::Status InTransaction(
      absl::FunctionRef<absl::Status()> body) = 0;
  // In InTransaction alone. Rows in the order of their keys. DATA_LOSS if one
  // does not agree with its checksum.
  virtual absl::Status Read(const StoredTable& table, VisitRow visit) = 0;
  virtual absl::Status Write(const StoredTable& table,
                             absl::Span<const StoredRow> rows) = 0;
  // After the last transaction: leaves all that was committed where a copy of
  // the database has it. UNAVAILABLE, with the remedy, if it cannot; nothing is
  // lost then.
  virtual absl::Status Close() { return absl::OkStatus(); }
};

// What a copy has.
struct CopiedTable {
  std::string name;
  int64_t rows = 0;
  // SHA-256 of all rows, 32 bytes.
  std::string digest{};
};

// Copies all rows of all tables. FAILED_PRECONDITION, with nothing written, if
// the target has any; DATA_LOSS if what is read back from it is not what the
// source has. CANCELLED if Cancelled() becomes true.
absl::StatusOr<std::vector<CopiedTable>> CopyTables(StoreTables& source,
                                                    StoreTables& target);

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_STORE_TABLES_H_
