#include "storage/postgres/pg_lead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/threads/cancellation.h"
#include "storage/postgres/pg_store.h"
#include "tests/storage/postgres/pg_server.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLease = absl::Seconds(1);
constexpr absl::Duration kPatience = absl::Seconds(30);

class PgLeadTest : public testing::Test {
 protected:
  PgLead::Options Options(bool standby = false) const {
    return {.address = *ParsePgAddress(address_),
            .standby = standby,
            .lease = kLease};
  }
  // What another coordinator does that takes the lead: the holder's lease is
  // over, which it does not know.
  void TakeAway(const std::string& expires) const {
    const auto connection = PgServer::Connect(address_);
    ASSERT_NE(connection, nullptr);
    ASSERT_TRUE(
        connection
            ->Execute(absl::StrCat("UPDATE leader SET epoch = epoch + 1, "
                                   "holder = 'far process 7 x', expires = ",
                                   expires))
            .ok());
  }
  int64_t Counter() const {
    const auto connection = PgServer::Connect(address_);
    const auto rows = connection->Ask(
        PgQuery("SELECT value, checksum FROM counters WHERE name = 'n'"));
    if (!rows.ok() || rows->count() == 0) return 0;
    return std::stoll(std::string(rows->Bytes(0, 0)));
  }

  const std::string address_ = SharedPgServer().NewAddress();
};

TEST_F(PgLeadTest, ASecondOneIsRefusedAsLongAsTheFirstRenews) {
  const auto first = PgStore::Open(Options());
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = PgStore::Open(Options()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition) << second;
  EXPECT_THAT(std::string(second.message()),
              HasSubstr("in use by another coordinator (process "));
  EXPECT_THAT(std::string(second.message()), HasSubstr("--standby"));
  EXPECT_TRUE((*first)->Commit({PutCounter{"n", 1}}).ok());
}

TEST_F(PgLeadTest, OneThatEndsLeavesTheLeadAtOnce) {
  for (int i = 1; i <= 3; ++i) {
    const auto store = PgStore::Open(
        {.address = *ParsePgAddress(address_), .lease = absl::Hours(1)});
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->GetCounter("n").value(), i - 1);
    EXPECT_TRUE((*store)->Commit({PutCounter{"n", i}}).ok());
  }
}

TEST_F(PgLeadTest, ALeaseThatNobodyRenewsIsWaitedFor) {
  ASSERT_TRUE(PgStore::Open(Options()).ok());
  TakeAway("clock_timestamp() + interval '1 second'");
  const auto store = PgStore::Open(Options());
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
}

TEST_F(PgLeadTest, WhoLostTheLeadCanWriteNothingAndIsToldOnce) {
  std::vector<std::string> told;
  absl::Notification lost;
  PgLead::Options options = Options();
  options.lease = absl::Hours(1);  // it renews nothing meanwhile
  options.on_lost = [&](const std::string& why) {
    told.push_back(why);
    lost.Notify();
  };
  const auto store = PgStore::Open(options);
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Commit({PutCounter{"n", 1}}).ok());
  TakeAway("clock_timestamp()");
  const auto other = PgStore::Open(Options());
  ASSERT_TRUE(other.ok()) << other.status();
  for (int i = 0; i < 2; ++i) {
    const absl::Status late = (*store)->Commit({PutCounter{"n", 7}});
    EXPECT_EQ(late.code(), absl::StatusCode::kUnavailable) << late;
    EXPECT_THAT(std::string(late.message()),
                HasSubstr("another coordinator has taken the lead"));
  }
  EXPECT_TRUE(lost.HasBeenNotified());
  EXPECT_EQ(told.size(), 1u);
  EXPECT_EQ((*store)->CheckWritable().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Counter(), 1);
  EXPECT_TRUE((*other)->Commit({PutCounter{"n", 2}}).ok());
  EXPECT_EQ(Counter(), 2);
}

TEST_F(PgLeadTest, RenewingNoticesTheLossToo) {
  absl::Notification lost;
  PgLead::Options options = Options();
  options.on_lost = [&](const std::string&) { lost.Notify(); };
  const auto store = PgStore::Open(options);
  ASSERT_TRUE(store.ok()) << store.status();
  TakeAway("clock_timestamp() + interval '1 hour'");
  EXPECT_TRUE(lost.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(PgLeadTest, OfTwoStandbysOneTakesOverAndTheOtherGoesOnWaiting) {
  auto active = PgStore::Open(Options());
  ASSERT_TRUE(active.ok()) << active.status();
  ASSERT_TRUE((*active)->Commit({PutCounter{"n", 5}}).ok());
  Cancellation cancellation;
  absl::Mutex mutex;
  std::vector<std::unique_ptr<PgStore>> leaders;
  absl::Status other;
  std::atomic<int> waiting = 0;
  std::vector<std::thread> standbys;
  for (int i = 0; i < 2; ++i) {
    standbys.emplace_back([&] {
      const Cancellation::Scope scope(&cancellation);
      PgLead::Options options = Options(/*standby=*/true);
      options.tell = [&](const std::string&) { ++waiting; };
      auto store = PgStore::Open(options);
      absl::MutexLock lock(&mutex);
      if (store.ok()) {
        leaders.push_back(*std::move(store));
      } else {
        other = store.status();
      }
    });
  }
  while (waiting < 2) std::this_thread::yield();
  active->reset();
  const auto taken = [&] { return !leaders.empty(); };
  {
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&taken), kPatience));
    ASSERT_EQ(leaders.size(), 1u);
    EXPECT_EQ(leaders[0]->GetCounter("n").value(), 5);
    EXPECT_TRUE(leaders[0]->Commit({PutCounter{"n", 6}}).ok());
  }
  cancellation.Cancel();
  for (std::thread& standby : standbys) standby.join();
  EXPECT_EQ(leaders.size(), 1u);
  EXPECT_EQ(other.code(), absl::StatusCode::kCancelled) << other;
}

}  // namespace
}  // namespace isoshape
