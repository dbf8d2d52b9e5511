#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/read_file.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCampaign[] = "campaigns/c1";
constexpr int kTrials = 120;

// All rows of a store as one text.
absl::StatusOr<std::string> Everything(Store& store) {
  std::string text;
  ISOSHAPE_ASSIGN_OR_RETURN(const auto campaigns, store.ListCampaigns({}));
  for (const auto& row : campaigns) text += row.ShortDebugString() + "\n";
  ISOSHAPE_ASSIGN_OR_RETURN(const auto trials,
                            store.ListTrials(kCampaign, std::nullopt, {}));
  for (const auto& row : trials) {
    text += row.ShortDebugString() + "\n";
    ISOSHAPE_ASSIGN_OR_RETURN(const auto curve,
                              store.ListMeasurements(row.name(), {}));
    for (const auto& point : curve) text += point.ShortDebugString() + "\n";
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      const auto pending, store.ListTrials(kCampaign, v1::Trial::PENDING, {}));
  absl::StrAppend(&text, pending.size(), " pending\n");
  ISOSHAPE_ASSIGN_OR_RETURN(const auto events, store.ListEvents(kCampaign, {}));
  for (const auto& row : events) text += row.ShortDebugString() + "\n";
  ISOSHAPE_ASSIGN_OR_RETURN(const auto workers, store.ListWorkers({}));
  for (const auto& row : workers) text += row.ShortDebugString() + "\n";
  ISOSHAPE_ASSIGN_OR_RETURN(const auto request, store.GetRequest("m", "r"));
  ISOSHAPE_ASSIGN_OR_RETURN(const int64_t counter, store.GetCounter("n"));
  absl::StrAppend(&text, request.fingerprint, request.response,
                  absl::ToUnixNanos(request.time), " ", counter);
  return text;
}

// A database of several pages of every kind, closed in order.
class SqliteDamage : public testing::Test {
 protected:
  void SetUp() override {
    auto store = folder_.Open();
    ASSERT_TRUE(store.ok()) << store.status();
    std::vector<Mutation> rows = {PutCampaign{CampaignAt(kCampaign, 1)},
                                  PutWorker{WorkerNamed("workers/w1")},
                                  PutCounter{"n", 12345}};
    rows.emplace_back(
        PutRequest{"m", "r", "print", "answer", absl::FromUnixSeconds(77)});
    for (int64_t number = 1; number <= kTrials; ++number) {
      v1::Trial trial =
          TrialOf(kCampaign, number,
                  number % 2 == 0 ? v1::Trial::PENDING : v1::Trial::SUCCEEDED);
      trial.set_reason(std::string(100, 'r'));
      // One row that needs pages of its own.
      if (number == 7) trial.set_error(std::string(9000, 'e'));
      rows.emplace_back(PutTrial{trial});
      rows.emplace_back(MeasurementOf(trial.name(), number));
      rows.emplace_back(EventOf(kCampaign, number));
    }
    ASSERT_TRUE((*store)->Commit(rows).ok());
    const auto everything = Everything(**store);
    ASSERT_TRUE(everything.ok()) << everything.status();
    everything_ = *everything;
    store->reset();
    bytes_ = ReadFile(folder_.Database());
    ASSERT_GT(bytes_.size(), 20 * 4096u);
  }

  SqliteFolder folder_;
  std::string everything_;
  std::string bytes_;
};

TEST_F(SqliteDamage, ATruncatedFileIsRefusedAndLeftUntouched) {
  for (const size_t size :
       {bytes_.size() - 1, bytes_.size() - 4096, bytes_.size() / 2,
        size_t{4096}, size_t{3000}, size_t{100}}) {
    SCOPED_TRACE(size);
    SqliteFolder::WriteBytes(folder_.Database(), bytes_.substr(0, size));
    const auto before = folder_.Contents();
    const absl::Status status = folder_.Open().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(folder_.Database()), HasSubstr("is damaged"),
                      HasSubstr("--db"), Not(HasSubstr("\n"))));
    EXPECT_TRUE(folder_.Contents() == before);
  }
}

TEST_F(SqliteDamage, AnOverwrittenPageIsRefusedWhicheverItIs) {
  for (size_t page = 1; page < bytes_.size() / 4096; ++page) {
    SCOPED_TRACE(page);
    std::string damaged = bytes_;
    damaged.replace(page * 4096, 4096, std::string(4096, '\xa5'));
    SqliteFolder::WriteBytes(folder_.Database(), damaged);
    const absl::Status status = folder_.Open().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_TRUE(ReadFile(folder_.Database()) == damaged);
  }
}

TEST_F(SqliteDamage, AFlippedBitIsRefusedOrChangesNothingThatIsRead) {
  std::vector<size_t> places;
  for (size_t at = 0; at < 100; ++at) places.push_back(at);
  for (size_t at = 100; at < bytes_.size(); at += 61) places.push_back(at);
  int refused = 0;
  for (const size_t at : places) {
    SCOPED_TRACE(at);
    std::string damaged = bytes_;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    SqliteFolder::WriteBytes(folder_.Database(), damaged);
    const auto store = folder_.Open();
    if (store.ok()) {
      EXPECT_THAT(Everything(**store).value_or("cannot be read"),
                  testing::StrEq(everything_));
      continue;
    }
    ++refused;
    EXPECT_TRUE(ReadFile(folder_.Database()) == damaged);
  }
  // Most of the file is in use; the rest is free space of its pages.
  EXPECT_GT(refused, static_cast<int>(places.size() / 4));
}

TEST_F(SqliteDamage, ARowDamagedWhileTheStoreIsOpenIsDataLossAndNoOtherIs) {
  auto store = folder_.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  OtherProgram(folder_.Database())
      .Run(
          "UPDATE trials SET message = zeroblob(3) WHERE number = 5;"
          "UPDATE counters SET value = '99999'");
  EXPECT_EQ((*store)->GetTrial("campaigns/c1/trials/5").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ((*store)->GetCounter("n").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE((*store)->GetTrial("campaigns/c1/trials/6").ok());
}

// It is acknowledged before the tables have it, and so must not fail there.
TEST_F(SqliteDamage, ADamagedEventIsKeptWhenOthersAreForgotten) {
  const SqliteFolder folder(SqliteFolder::Commits::kGathered);
  auto store = folder.Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const std::string trial = MakeTrialName(kCampaign, 1);
  ASSERT_TRUE((*store)
                  ->Commit({PutCampaign{CampaignAt(kCampaign, 1)},
                            PutTrial{TrialOf(kCampaign, 1)}})
                  .ok());
  for (int64_t n = 1; n <= 3; ++n) {
    AppendEvent append = EventOf(kCampaign, n);
    append.event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
    append.event.set_trial(trial);
    append.event.mutable_measurement()->set_step(n);
    ASSERT_TRUE((*store)->Commit({MeasurementOf(trial, n), append}).ok());
  }
  ASSERT_TRUE((*store)->Settle().ok());
  OtherProgram other(folder.Database());
  other.Run("UPDATE events SET message = zeroblob(3) WHERE sequence = 2");
  ASSERT_TRUE((*store)->Commit({PruneEvents{absl::InfiniteFuture()}}).ok());
  EXPECT_TRUE((*store)->Settle().ok());
  EXPECT_EQ(other.Text("SELECT group_concat(sequence) FROM events"), "2");
  EXPECT_EQ((*store)->ListEvents(kCampaign, {}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  EXPECT_EQ((*store)->GetCounter("n").value(), 1);
}

TEST_F(SqliteDamage, ARowWithoutTheRowItBelongsToIsRefused) {
  // Foreign keys are off in a connection that does not ask for them.
  OtherProgram(folder_.Database()).Run("DELETE FROM trials WHERE number = 5");
  const absl::Status status = folder_.Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("a row of measurements refers to a missing row"));
}

}  // namespace
}  // namespace isoshape
