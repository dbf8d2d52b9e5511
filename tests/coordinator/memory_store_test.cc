#include "tests/coordinator/memory_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/coordinator/staging_store.h"
#include "tests/storage/store_contract.h"

namespace isoshape {
namespace {

template <typename OneStore>
class MemoryHome : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override {
    return std::make_unique<OneStore>(data_);
  }

 private:
  const std::shared_ptr<MemoryStore::Data> data_ =
      std::make_shared<MemoryStore::Data>();
};

template <typename OneStore>
StoreBackend BackendOf(const std::string& name) {
  return {name, [] { return std::make_unique<MemoryHome<OneStore>>(); }};
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(BackendOf<MemoryStore>("Memory"),
                                         BackendOf<StagingStore>("Staging")),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace isoshape
