#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_GATHERING_DISK_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_GATHERING_DISK_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/threads/clock.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/store.h"
#include "tests/coordinator/simulation/simulated_disk.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {

// A commit that only the tables can take.
inline std::vector<Mutation> TablesAlone(int64_t n) {
  return {DeleteCampaign{"campaigns/none"}, PutCounter{"n", n}};
}

// A store that gathers commits, on such a disk, which then dies in one way or
// the other.
class GatheringDisk : public testing::TestWithParam<SimulatedDisk::Death> {
 protected:
  using Death = SimulatedDisk::Death;

  void SetUp() override { Begin(); }
  // What it calls may not be there any more when the store is closed.
  void TearDown() override { disk_.OnSync(nullptr); }
  // A store of a new folder.
  void Begin() {
    store_.reset();
    folder_.emplace(SqliteFolder::Commits::kGathered);
    Open();
  }
  void Open() {
    auto opened = folder_->Open(
        &clock_, [this](const std::string& line) { lines_.push_back(line); });
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void DieAndOpen() {
    disk_.Die(GetParam());
    store_.reset();
    disk_.Recover();
    Open();
  }
  // It leaves SQLite's log behind, and all that the kernel had of it.
  void DieWithLog() {
    disk_.Die(Death::kProcess);
    store_.reset();
    disk_.Recover();
  }
  // At the next sync, before it is done.
  void OnFirstSync(std::function<void()> call) {
    syncs_ = 0;
    disk_.OnSync([this, call = std::move(call)] {
      if (++syncs_ == 1) call();
    });
  }
  // What a store that was closed left behind is found by the next one.
  void DieClosedAndOpen(Death death) {
    disk_.OnSync(nullptr);
    disk_.Die(death);
    disk_.Recover();
    Open();
  }
  absl::Status Count(int64_t n) { return store_->Commit({PutCounter{"n", n}}); }
  absl::Status Stage(std::vector<Mutation> mutations) {
    return store_->Stage(
        std::make_shared<const std::vector<Mutation>>(std::move(mutations)));
  }
  int64_t Counter(const char* name = "n") {
    return store_ == nullptr ? -1 : store_->GetCounter(name).value_or(-1);
  }

  std::mt19937_64 random_{11};
  SimulatedDisk disk_{&random_};
  FakeClock clock_;
  std::optional<SqliteFolder> folder_;
  std::vector<std::string> lines_;  // of warnings
  int syncs_ = 0;                   // since they are counted
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_GATHERING_DISK_H_
