#include "storage/store_tables.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/files/sha256.h"
#include "common/status/status_macros.h"
#include "common/text/counted.h"
#include "common/threads/cancellation.h"

namespace isoshape {
namespace {

// Rows that are written at a time.
constexpr size_t kBatch = 500;

using Kind = ColumnKind;

// Grows by one row: that of all rows is the last of them.
std::string Extend(const std::string& digest, const StoredRow& row) {
  std::string bytes = digest;
  for (const StoredValue& value : row) {
    absl::StrAppend(&bytes, value.integer, " ", value.bytes.size(), " ",
                    value.bytes);
  }
  return Sha256(bytes);
}

absl::StatusOr<CopiedTable> CopyTable(const StoredTable& table,
                                      StoreTables& source,
                                      StoreTables& target) {
  CopiedTable copied = {.name = table.name};
  std::vector<StoredRow> batch;
  ISOSHAPE_RETURN_IF_ERROR(
      source.Read(table, [&](const StoredRow& row) -> absl::Status {
        if (Cancelled()) return absl::CancelledError();
        ++copied.rows;
        copied.digest = Extend(copied.digest, row);
        batch.push_back(row);
        if (batch.size() < kBatch) return absl::OkStatus();
        ISOSHAPE_RETURN_IF_ERROR(target.Write(table, batch));
        batch.clear();
        return absl::OkStatus();
      }));
  if (!batch.empty()) ISOSHAPE_RETURN_IF_ERROR(target.Write(table, batch));
  return copied;
}

// What a table has: the same, if the rows are.
absl::StatusOr<CopiedTable> Sum(const StoredTable& table, StoreTables& tables) {
  CopiedTable sum = {.name = table.name};
  ISOSHAPE_RETURN_IF_ERROR(
      tables.Read(table, [&](const StoredRow& row) -> absl::Status {
        if (Cancelled()) return absl::CancelledError();
        ++sum.rows;
        sum.digest = Extend(sum.digest, row);
        return absl::OkStatus();
      }));
  return sum;
}

absl::Status CheckEmpty(StoreTables& target) {
  for (const StoredTable& table : StoredTables()) {
    const absl::Status status =
        target.Read(table, [&](const StoredRow&) -> absl::Status {
          return absl::FailedPreconditionError(
              absl::StrCat("the target is not empty: its table ", table.name,
                           " has rows; name a new database"));
        });
    ISOSHAPE_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

}  // namespace

const std::vector<StoredTable>& StoredTables() {
  static const std::vector<StoredTable>& tables =
      *new std::vector<StoredTable>{{"campaigns",
                                     {{"name", Kind::kText},
                                      {"create_nanos", Kind::kInteger},
                                      {"message", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "name"},
                                    {"trials",
                                     {{"campaign", Kind::kText},
                                      {"number", Kind::kInteger},
                                      {"state", Kind::kInteger},
                                      {"message", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "campaign, number"},
                                    {"measurements",
                                     {{"campaign", Kind::kText},
                                      {"number", Kind::kInteger},
                                      {"step", Kind::kInteger},
                                      {"message", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "campaign, number, step"},
                                    {"events",
                                     {{"sequence", Kind::kInteger},
                                      {"campaign", Kind::kText},
                                      {"message", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "sequence"},
                                    {"workers",
                                     {{"name", Kind::kText},
                                      {"message", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "name"},
                                    {"requests",
                                     {{"method", Kind::kText},
                                      {"request_id", Kind::kBytes},
                                      {"fingerprint", Kind::kBytes},
                                      {"fingerprint_checksum", Kind::kChecksum},
                                      {"response", Kind::kBytes},
                                      {"response_checksum", Kind::kChecksum},
                                      {"time_nanos", Kind::kInteger}},
                                     "method, request_id"},
                                    {"counters",
                                     {{"name", Kind::kText},
                                      {"value", Kind::kBytes},
                                      {"checksum", Kind::kChecksum}},
                                     "name"}};
  return tables;
}

std::string ColumnNames(const StoredTable& table) {
  return absl::StrJoin(table.columns, ", ",
                       [](std::string* text, const StoredColumn& column) {
                         text->append(column.name);
                       });
}

absl::StatusOr<std::vector<CopiedTable>> CopyTables(StoreTables& source,
                                                    StoreTables& target) {
  std::vector<CopiedTable> copied;
  ISOSHAPE_RETURN_IF_ERROR(source.InTransaction([&] {
    return target.InTransaction([&]() -> absl::Status {
      ISOSHAPE_RETURN_IF_ERROR(CheckEmpty(target));
      for (const StoredTable& table : StoredTables()) {
        ISOSHAPE_ASSIGN_OR_RETURN(CopiedTable one,
                                  CopyTable(table, source, target));
        ISOSHAPE_ASSIGN_OR_RETURN(const CopiedTable back, Sum(table, target));
        if (back.rows != one.rows || back.digest != one.digest) {
          return absl::DataLossError(
              absl::StrCat("the copy of the table ", table.name, " has ",
                           Counted(back.rows, "row"), " (SHA-256 ", back.digest,
                           "), and the source ", one.rows, " (", one.digest,
                           "); nothing was kept of it"));
        }
        copied.push_back(std::move(one));
      }
      return absl::OkStatus();
    });
  }));
  return copied;
}

}  // namespace isoshape
