#include "storage/sqlite/clean_stop.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCampaign[] = "campaigns/c1";

class CleanStop : public testing::Test {
 protected:
  CleanStop() {
    Fill();
    bytes_ = ReadFile(folder_.Database());
  }
  // Like a large one, which is checked beside its use.
  absl::StatusOr<std::unique_ptr<SqliteStore>> OpenLarge() {
    return SqliteStore::Open({.path = folder_.Database(),
                              .check_beside_from = 0,
                              // That of the test may be busy with another's.
                              .slow_disk = absl::InfiniteDuration()});
  }
  void Fill() {
    auto store = OpenLarge();
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<Mutation> rows = {PutCampaign{CampaignAt(kCampaign, 1)}};
    for (int64_t number = 1; number <= 200; ++number) {
      rows.emplace_back(
          PutTrial{TrialOf(kCampaign, number, v1::Trial::SUCCEEDED)});
    }
    ASSERT_TRUE((*store)->Commit(rows).ok());
  }
  std::string Note() { return ReadFile(folder_.Database() + ".lock"); }
  // What decays on its disk has the times that it had.
  void Decay(const std::string& bytes) {
    SqliteFolder::WriteBytes(folder_.Database(), bytes);
    const int file = open((folder_.Database() + ".lock").c_str(), O_RDWR);
    ASSERT_GE(file, 0);
    NoteCleanStop(file, folder_.Database());
    close(file);
  }
  // The last page lost all that it had.
  std::string WithoutAPage() {
    std::string damaged = bytes_;
    damaged.replace(damaged.size() - 4096, 4096, std::string(4096, '\xa5'));
    return damaged;
  }

  SqliteFolder folder_;
  std::string bytes_;
};

TEST_F(CleanStop, IsNotedWhileNobodyHasTheDatabase) {
  EXPECT_THAT(Note(), HasSubstr("isoshape closed"));
  {
    const auto store = OpenLarge();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_THAT(Note(), IsEmpty());
    (*store)->AwaitCheck();
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  }
  EXPECT_THAT(Note(), HasSubstr("isoshape closed"));
}

TEST_F(CleanStop, OfASmallDatabaseIsNotNoted) {
  {
    const auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
  }
  EXPECT_THAT(Note(), IsEmpty());
}

TEST_F(CleanStop, OfADatabaseThatWasWrittenOverInUseIsNotNoted) {
  {
    const auto store = OpenLarge();
    ASSERT_TRUE(store.ok()) << store.status();
    (*store)->AwaitCheck();
    SqliteFolder::WriteBytes(folder_.Database(), WithoutAPage());
    // The kernel's clock of files may not have gone on since.
    std::filesystem::last_write_time(
        folder_.Database(),
        std::filesystem::last_write_time(folder_.Database()) +
            std::chrono::seconds(1));
  }
  EXPECT_THAT(Note(), IsEmpty());
  EXPECT_EQ(OpenLarge().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CleanStop, OneThatIsLeftInItsLogsIsNotNotedAndNothingIsLost) {
  for (const bool gather : {false, true}) {
    SCOPED_TRACE(gather);
    {
      const auto store =
          SqliteStore::Open({.path = folder_.Database(),
                             .check_beside_from = 0,
                             .gather = gather,
                             // Whatever it takes.
                             .slow_disk = -absl::InfiniteDuration()});
      ASSERT_TRUE(store.ok()) << store.status();
      (*store)->AwaitCheck();
      ASSERT_TRUE((*store)->Commit({PutCounter{"n", gather ? 2 : 1}}).ok());
    }
    EXPECT_THAT(Note(), IsEmpty());
    EXPECT_TRUE(IsNotEmpty(folder_.Log()));
    EXPECT_EQ(IsNotEmpty(folder_.CommitLog()), gather);
    const auto store = OpenLarge();
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->GetCounter("n").value(), gather ? 2 : 1);
  }
  EXPECT_THAT(Note(), HasSubstr("isoshape closed"));
}

TEST_F(CleanStop, ADatabaseThatWasTouchedSinceIsCheckedBeforeItsUse) {
  SqliteFolder::WriteBytes(folder_.Database(), WithoutAPage());
  EXPECT_EQ(OpenLarge().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(ReadFile(folder_.Database()) == WithoutAPage());
  // The same bytes written anew are another file too, and a sound one.
  SqliteFolder::WriteBytes(folder_.Database(), bytes_);
  const auto store = OpenLarge();
  ASSERT_TRUE(store.ok()) << store.status();
}

TEST_F(CleanStop, DamageThatIsFoundBesideItsUseEndsAllWrites) {
  Decay(WithoutAPage());
  {
    const auto store = OpenLarge();
    ASSERT_TRUE(store.ok()) << store.status();
    (*store)->AwaitCheck();
    const absl::Status refused = (*store)->Commit({PutCounter{"n", 1}});
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("is damaged"));
    EXPECT_EQ((*store)->CheckWritable().code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE((*store)->GetCampaign(kCampaign).ok());
  }
  // Nothing vouches for it any more.
  EXPECT_THAT(Note(), IsEmpty());
  EXPECT_EQ(OpenLarge().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CleanStop, OneThatWasNotCheckedToItsEndIsNotNoted) {
  Decay(WithoutAPage());
  for (int start = 0; start < 2; ++start) {
    const auto store = OpenLarge();
    if (store.ok()) continue;  // closed at once; by then it may be checked
    EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss);
    return;
  }
  FAIL() << "a damaged database was vouched for";
}

}  // namespace
}  // namespace isoshape
