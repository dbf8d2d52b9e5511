#include <gtest/gtest.h>

#include "storage/open_store.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/storage/store_contract.h"

namespace isoshape {
namespace {

class PgHome : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return OpenStore(address_);
  }

 private:
  const std::string address_ = SharedPgServer().NewAddress();
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(StoreBackend{
                             "Postgres",
                             [] { return std::make_unique<PgHome>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
