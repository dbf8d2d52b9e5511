#ifndef ISOSHAPE_TESTS_STORAGE_SQLITE_FIRST_SCHEMA_H_
#define ISOSHAPE_TESTS_STORAGE_SQLITE_FIRST_SCHEMA_H_

#include <string>

#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"

namespace isoshape {

// Makes the database of first_schema.sql: its rows were written by the messages
// of the day on which the schema was made, and not by those of today.
inline void MakeDatabaseOfFirstSchema(const std::string& path) {
  const std::string sql = ReadFile(ISOSHAPE_FIRST_SCHEMA);
  ASSERT_NE(sql, "") << ISOSHAPE_FIRST_SCHEMA;
  OtherProgram(path).Run(sql);
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_SQLITE_FIRST_SCHEMA_H_
