#include "tests/coordinator/memory_store.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/storage/store_contract.h"

namespace isoshape {
namespace {

class MemoryHome : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return std::make_unique<MemoryStore>(data_);
  }

 private:
  const std::shared_ptr<MemoryStore::Data> data_ =
      std::make_shared<MemoryStore::Data>();
};

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(StoreBackend{
                             "Memory",
                             [] { return std::make_unique<MemoryHome>(); }}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
