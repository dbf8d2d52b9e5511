#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/open_store.h"
#include "storage/store_tables.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kC1[] = "campaigns/c1";

// More rows of a table than are written, and read, at a time.
void Fill(Store& store) {
  std::vector<Mutation> rows = {
      PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
      PutCounter{"event_sequence", 1201}, PutWorker{WorkerNamed("workers/w1")}};
  for (int64_t i = 1; i <= 1201; ++i) {
    rows.push_back(MeasurementOf("campaigns/c1/trials/1", i));
    rows.push_back(EventOf(kC1, i));
  }
  PutRequest request;
  request.method = "/m";
  request.request_id = "r\xc3\xa9";
  request.fingerprint = std::string("\x00\xff", 2);
  rows.push_back(request);
  request.request_id = std::string("nul\0l", 5);
  rows.push_back(request);
  ASSERT_TRUE(store.Commit(rows).ok());
}

absl::StatusOr<std::vector<CopiedTable>> Copy(const std::string& from,
                                              const std::string& to) {
  auto source = OpenTables(from, {.must_exist = true});
  if (!source.ok()) return source.status();
  auto target = OpenTables(to);
  if (!target.ok()) return target.status();
  return CopyTables(**source, **target);
}

TEST(CopyTables, ThereAndBackIsTheSame) {
  const TempFolder folder;
  const std::string first = folder.File("first.db");
  const std::string second = folder.File("second.db");
  const std::string postgres = SharedPgServer().NewAddress();
  Fill(**OpenStore(first));
  const auto there = Copy(first, postgres);
  ASSERT_TRUE(there.ok()) << there.status();
  const auto back = Copy(postgres, absl::StrCat("sqlite:", second));
  ASSERT_TRUE(back.ok()) << back.status();
  std::vector<int64_t> counts;
  for (size_t i = 0; i < there->size(); ++i) {
    EXPECT_EQ((*there)[i].digest, (*back)[i].digest) << (*there)[i].name;
    counts.push_back((*back)[i].rows);
  }
  // campaigns, trials, measurements, events, workers, requests, counters
  EXPECT_THAT(counts, ElementsAre(1, 1, 1201, 1201, 1, 2, 1));
  for (const std::string& address : {postgres, second}) {
    const auto store = OpenStore(address);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ(Sequences((*store)->ListEvents(kC1, {.after = {}, .limit = 5000}))
                  .size(),
              1201u);
    EXPECT_EQ((*store)->GetRequest("/m", "r\xc3\xa9")->fingerprint,
              std::string("\x00\xff", 2));
    EXPECT_TRUE(
        (*store)->GetRequest("/m", absl::string_view("nul\0l", 5)).ok());
    EXPECT_EQ((*store)->GetCounter("event_sequence").value(), 1201);
    EXPECT_TRUE((*store)->Commit({EventOf(kC1, 1202)}).ok());
  }
}

TEST(CopyTables, ATargetThatIsNotEmptyIsLeftAsItIs) {
  const TempFolder folder;
  const std::string file = folder.File("a.db");
  const std::string postgres = SharedPgServer().NewAddress();
  Fill(**OpenStore(file));
  ASSERT_TRUE((*OpenStore(postgres))->Commit({PutCounter{"n", 3}}).ok());
  for (const auto& [from, to] :
       {std::pair(file, postgres), std::pair(postgres, file)}) {
    const absl::Status status = Copy(from, to).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("not empty"));
  }
  EXPECT_EQ((*OpenStore(postgres))->GetCounter("n").value(), 3);
  EXPECT_EQ((*OpenStore(postgres))->GetCampaign(kC1).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(CopyTables, ADatabaseThatACoordinatorHasIsRefused) {
  const TempFolder folder;
  const std::string file = folder.File("a.db");
  const std::string postgres = SharedPgServer().NewAddress();
  const auto held = OpenStore(file);
  ASSERT_TRUE(held.ok());
  EXPECT_EQ(Copy(file, postgres).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Copy(folder.File("none.db"), postgres).status().code(),
            absl::StatusCode::kNotFound);
  const auto led = OpenStore(postgres);
  ASSERT_TRUE(led.ok()) << led.status();
  EXPECT_EQ(Copy(postgres, folder.File("b.db")).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
