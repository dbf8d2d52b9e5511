#include <gtest/gtest.h>

#include "tests/storage/sqlite_folder.h"
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

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values([] {
                           return std::make_unique<SqliteHome>();
                         }));

}  // namespace
}  // namespace isoshape
