#include <gtest/gtest.h>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_contract.h"

namespace isoshape {
namespace {

class SqliteHome : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return folder_.Open();
  }

 private:
  SqliteFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(StoreBackend{
                             "Sqlite",
                             [] { return std::make_unique<SqliteHome>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
