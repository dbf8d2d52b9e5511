#ifndef ISOSHAPE_TESTS_STORAGE_STORE_CONTRACT_H_
#define ISOSHAPE_TESTS_STORAGE_STORE_CONTRACT_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "storage/store.h"

namespace isoshape {

// One place in which a backend keeps its data, empty at first.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  // Opens the store over the data that is there. At most one is open at a time.
  virtual absl::StatusOr<std::unique_ptr<Store>> Open() = 0;
};

struct StoreBackend {
  std::string name;  // letters, for the names of the tests
  std::function<std::unique_ptr<StoreHome>()> make_home;

  friend void PrintTo(const StoreBackend& backend, std::ostream* out) {
    *out << backend.name;
  }
};

// What storage/store.h promises; every backend must pass it. A backend's test
// links store_contract.cc, store_contract_pages.cc and
// store_contract_threads.cc and says
//   INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
//                            testing::Values(StoreBackend{"Sqlite", …}));
class StoreContract : public testing::TestWithParam<StoreBackend> {
 protected:
  void SetUp() override;
  // Closes the store and opens it again.
  void Reopen();
  // Commits and expects OK.
  void Put(const std::vector<Mutation>& mutations);

  std::unique_ptr<StoreHome> home_;
  std::unique_ptr<Store> store_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_STORE_CONTRACT_H_
