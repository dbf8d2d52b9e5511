#include <gtest/gtest.h>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_contract.h"

namespace isoshape {
namespace {

class SqliteHome : public StoreHome {
 public:
  explicit SqliteHome(SqliteFolder::Commits commits) : folder_(commits) {}
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return folder_.Open();
  }

 private:
  SqliteFolder folder_;
};

StoreBackend BackendOf(SqliteFolder::Commits commits) {
  return {absl::StrCat("Sqlite", NameOf(commits)),
          [commits] { return std::make_unique<SqliteHome>(commits); }};
}

INSTANTIATE_TEST_SUITE_P(
    Backends, StoreContract,
    testing::Values(BackendOf(SqliteFolder::Commits::kAlone),
                    BackendOf(SqliteFolder::Commits::kGathered),
                    BackendOf(SqliteFolder::Commits::kSettled)),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
