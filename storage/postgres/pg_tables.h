#ifndef ISOSHAPE_STORAGE_POSTGRES_PG_TABLES_H_
#define ISOSHAPE_STORAGE_POSTGRES_PG_TABLES_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "storage/postgres/pg_connection.h"
#include "storage/postgres/pg_store.h"
#include "storage/store_tables.h"

namespace isoshape {

// The tables of a database of PostgreSQL, of which this has the lead.
class PgTables : public StoreTables {
 public:
  explicit PgTables(std::unique_ptr<PgStore> store)
      : store_(std::move(store)) {}

  absl::Status InTransaction(absl::FunctionRef<absl::Status()> body) override;
  absl::Status Read(const StoredTable& table, VisitRow visit) override;
  absl::Status Write(const StoredTable& table,
                     absl::Span<const StoredRow> rows) override;

 private:
  // Text that lives as long as the connection keeps it by its address.
  const char* Kept(const std::string& sql);

  const std::unique_ptr<PgStore> store_;
  PgConnection* connection_ = nullptr;  // in InTransaction
  std::map<std::string, std::string> kept_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_STORAGE_POSTGRES_PG_TABLES_H_
