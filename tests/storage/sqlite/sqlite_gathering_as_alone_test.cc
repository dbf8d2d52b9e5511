// A store that gathers commits refuses what one refuses that does not, with the
// same codes, and holds the same in the end.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "storage/sqlite/sqlite_tables.h"
#include "storage/store_tables.h"
#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

// Changes of a few names, so that many refer to what is not there, or is no
// more.
class RandomChanges {
 public:
  explicit RandomChanges(uint64_t seed) : random_(seed) {}

  int64_t Below(int64_t end) {
    return static_cast<int64_t>(random_() % static_cast<uint64_t>(end));
  }
  std::vector<Mutation> Some() {
    std::vector<Mutation> mutations;
    for (int64_t i = 0; i <= Below(4); ++i) mutations.push_back(One());
    return mutations;
  }

 private:
  std::string Campaign() { return absl::StrCat("campaigns/c", Below(3)); }
  std::string Trial() { return MakeTrialName(Campaign(), 1 + Below(4)); }
  Mutation One() {
    switch (Below(16)) {
      case 0:
      case 1:
        return PutCampaign{CampaignAt(Campaign(), Below(5))};
      case 2:
        return Below(4) == 0 ? Mutation(DeleteCampaign{Campaign()})
                             : Mutation(PutCounter{"n", Below(9)});
      case 3:
      case 4:
      case 5:
        return Trial(Campaign(), 1 + Below(4));
      case 6:
      case 7:
        return MeasurementOf(Trial(), Below(5),
                             1.0 + static_cast<double>(Below(9)));
      case 8:
        return DropMeasurements{Below(9) == 0 ? "no trial" : Trial(), Below(5)};
      case 9:
        return PutWorker{WorkerNamed("workers/w", Below(5))};
      case 10:
        return DeleteWorker{"workers/w"};
      case 11:
        return PutRequest{"M", absl::StrCat(Below(5)), "print",
                          absl::StrCat(Below(99)),
                          absl::FromUnixSeconds(Below(50))};
      case 12:
        return Below(2) == 0
                   ? Mutation(PruneRequests{absl::FromUnixSeconds(Below(40)),
                                            static_cast<int>(1 + Below(3))})
                   : Mutation(PruneEvents{absl::FromUnixSeconds(Below(40)),
                                          static_cast<int>(1 + Below(9))});
      case 13:
        return TellChange{"workers/w drains", "operator"};
      default:
        return Event();
    }
  }
  PutTrial Trial(const std::string& campaign, int64_t number) {
    PutTrial put{TrialOf(campaign, number)};
    put.trial.set_state(Below(2) == 0 ? v1::Trial::PENDING : v1::Trial::LEASED);
    put.trial.set_fencing_token(Below(9));
    return put;
  }
  AppendEvent Event() {
    // Mostly behind the last.
    sequence_ += Below(3);
    AppendEvent append =
        EventOf(Campaign(), Below(8) == 0 ? Below(sequence_ + 1) : sequence_);
    if (Below(2) == 0) {
      append.event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
      append.event.set_trial(MakeTrialName(append.event.campaign(), 1));
      append.event.mutable_measurement()->set_step(Below(5));
    }
    *append.event.mutable_time() = ToProto(absl::FromUnixSeconds(Below(50)));
    return append;
  }

  std::mt19937_64 random_;
  int64_t sequence_ = 0;
};

// All rows of all tables but the number of the last commit of a log.
std::vector<std::string> RowsOf(const SqliteFolder& folder) {
  auto tables =
      SqliteTables::Open({.path = folder.Database(), .must_exist = true});
  EXPECT_TRUE(tables.ok()) << tables.status();
  std::vector<std::string> rows;
  const absl::Status read = (*tables)->InTransaction([&]() -> absl::Status {
    for (const StoredTable& table : StoredTables()) {
      const absl::Status status =
          (*tables)->Read(table, [&](const StoredRow& row) {
            if (row[0].bytes == "commit_log") return absl::OkStatus();
            std::string text = table.name;
            for (const StoredValue& value : row) {
              absl::StrAppend(&text, "|", value.bytes, "/", value.integer);
            }
            rows.push_back(std::move(text));
            return absl::OkStatus();
          });
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  return rows;
}

void ExpectSameRequest(const std::string& id, Store& first, Store& second) {
  const auto kept = first.GetRequest("M", id);
  const auto answer = second.GetRequest("M", id);
  ASSERT_EQ(answer.status().code(), kept.status().code());
  if (!kept.ok()) return;
  ASSERT_EQ(answer->response, kept->response);
  ASSERT_EQ(answer->fingerprint, kept->fingerprint);
  ASSERT_EQ(answer->time, kept->time);
}

TEST(SqliteGatheringAsAlone, RefusesTheSameAndHoldsTheSame) {
  int refused = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    SqliteFolder alone(SqliteFolder::Commits::kAlone);
    SqliteFolder gathered(seed % 3 == 0 ? SqliteFolder::Commits::kSettled
                                        : SqliteFolder::Commits::kGathered);
    auto first = alone.Open();
    auto second = gathered.Open();
    ASSERT_TRUE(first.ok()) << first.status();
    ASSERT_TRUE(second.ok()) << second.status();
    RandomChanges changes(seed);
    for (int i = 0; i < 100; ++i) {
      const std::vector<Mutation> mutations = changes.Some();
      const absl::Status expected = (*first)->Commit(mutations);
      const absl::Status status = (*second)->Commit(mutations);
      ASSERT_EQ(status.code(), expected.code()) << status << "\n" << expected;
      refused += expected.ok() ? 0 : 1;
      ASSERT_NO_FATAL_FAILURE(
          ExpectSameRequest(absl::StrCat(changes.Below(5)), **first, **second));
      switch (changes.Below(12)) {
        case 0:
          ASSERT_TRUE((*second)->Settle().ok());
          break;
        case 1:
          ASSERT_EQ((*first)->GetCounter("n").value(),
                    (*second)->GetCounter("n").value());
          break;
        case 2:
          second->reset();
          second = gathered.Open();
          ASSERT_TRUE(second.ok()) << second.status();
          break;
        case 3: {
          // As after a SIGKILL.
          if (seed % 3 == 0) break;  // a thread writes
          auto image = gathered.Contents();
          image.erase("results.db-shm");
          second->reset();
          for (const auto& entry :
               std::filesystem::directory_iterator(gathered.path())) {
            std::filesystem::remove(entry.path());
          }
          for (const auto& [name, bytes] : image) {
            SqliteFolder::WriteBytes(gathered.path() / name, bytes);
          }
          second = gathered.Open();
          ASSERT_TRUE(second.ok()) << second.status();
          break;
        }
        default:
          break;
      }
    }
    first->reset();
    second->reset();
    EXPECT_EQ(RowsOf(gathered), RowsOf(alone));
  }
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace isoshape
