#include "storage/postgres/pg_tables.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

constexpr int kFetched = 500;  // rows at a time

bool IsInteger(ColumnKind kind) {
  return kind == ColumnKind::kInteger || kind == ColumnKind::kChecksum;
}

absl::Status TakeRow(const StoredTable& table, const PgRows& rows, int at,
                     StoredRow& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    const int column = static_cast<int>(i);
    if (IsInteger(table.columns[i].kind)) {
      row[i].integer = rows.Integer(at, column);
    } else if (i + 1 < row.size() &&
               table.columns[i + 1].kind == ColumnKind::kChecksum) {
      ISOSHAPE_ASSIGN_OR_RETURN(const absl::string_view bytes,
                                rows.Checked(at, column));
      row[i].bytes = std::string(bytes);
    } else {
      row[i].bytes = std::string(rows.Bytes(at, column));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const char* PgTables::Kept(const std::string& sql) {
  return kept_.try_emplace(sql, sql).first->second.c_str();
}

absl::Status PgTables::InTransaction(absl::FunctionRef<absl::Status()> body) {
  return store_->InTransaction([&](PgConnection& connection) {
    connection_ = &connection;
    absl::Status status = body();
    connection_ = nullptr;
    return status;
  });
}

absl::Status PgTables::Read(const StoredTable& table, VisitRow visit) {
  const char* const declare = Kept(
      absl::StrCat("DECLARE rows BINARY CURSOR FOR SELECT ", ColumnNames(table),
                   " FROM ", table.name, " ORDER BY ", table.key));
  const char* const fetch =
      Kept(absl::StrCat("FETCH ", kFetched, " FROM rows"));
  ISOSHAPE_RETURN_IF_ERROR(connection_->Ask(PgQuery(declare)).status());
  StoredRow row(table.columns.size());
  absl::Status status;
  for (bool more = true; more && status.ok();) {
    ISOSHAPE_ASSIGN_OR_RETURN(const PgRows rows,
                              connection_->Ask(PgQuery(fetch)));
    for (int i = 0; status.ok() && i < rows.count(); ++i) {
      status = TakeRow(table, rows, i, row);
      if (status.ok()) status = visit(row);
    }
    more = rows.count() == kFetched;
  }
  if (!status.ok()) return status;
  return connection_->Ask(PgQuery("CLOSE rows")).status();
}

absl::Status PgTables::Write(const StoredTable& table,
                             absl::Span<const StoredRow> rows) {
  std::string places;
  for (size_t i = 1; i <= table.columns.size(); ++i) {
    absl::StrAppend(&places, i == 1 ? "$" : ", $", i);
  }
  const char* const insert =
      Kept(absl::StrCat("INSERT INTO ", table.name, " (", ColumnNames(table),
                        ") VALUES (", places, ")"));
  std::vector<PgQuery> queries;
  for (const StoredRow& row : rows) {
    PgQuery& query = queries.emplace_back(insert);
    for (size_t i = 0; i < row.size(); ++i) {
      const ColumnKind kind = table.columns[i].kind;
      if (IsInteger(kind)) {
        query.Integer(row[i].integer);
      } else if (kind == ColumnKind::kText) {
        query.Text(row[i].bytes);
      } else {
        query.Bytes(row[i].bytes);
      }
    }
  }
  return connection_->Run(queries).status;
}

}  // namespace isoshape
