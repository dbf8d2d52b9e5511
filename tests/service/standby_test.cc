#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/net/channel.h"
#include "common/threads/clock.h"
#include "tests/service/service_fixture.h"
#include "tests/storage/postgres/pg_server.h"

// Coordinators over one database of PostgreSQL, of which one has the lead.

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class StandbyTest : public ServiceTest {
 protected:
  static constexpr absl::Duration kTakeover = absl::Seconds(15);

  // A coordinator as a standby; where it listens is told by its log.
  std::unique_ptr<ChildProcess> Standby(const std::string& name,
                                        std::string* address) const {
    auto started =
        Start({ISOSHAPE_COORDINATOR, "--standby", "--address", "127.0.0.1:0",
               "--http", "off", "--lease-duration", "30s", "--db", database_},
              name);
    EXPECT_TRUE(started.ok()) << started.status();
    if (!started.ok()) return nullptr;
    const absl::Duration end = Clock::Real()->Elapsed() + kPatience;
    const std::string before = "a standby on ";
    std::string log;
    while (!absl::StrContains(log, before) ||
           log.find(": calls", log.find(before)) == std::string::npos) {
      if (Clock::Real()->Elapsed() > end) {
        ADD_FAILURE() << "no standby: " << log;
        return nullptr;
      }
      // It prints its first line when it has the lead: a moment's wait here.
      (*started)->ReadLine(absl::Milliseconds(20)).status().IgnoreError();
      log = Log(name);
    }
    const size_t from = log.find(before) + before.size();
    *address = log.substr(from, log.find(": calls", from) - from);
    return *std::move(started);
  }

  void Use(const std::string& address) {
    address_ = address;
    stub_ = v1::CampaignService::NewStub(MakeChannel(address));
  }
  grpc::Status GetCampaignAt(const std::string& address) const {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    v1::GetCampaignRequest request;
    request.set_name("campaigns/c1");
    v1::Campaign campaign;
    return v1::CampaignService::NewStub(MakeChannel(address))
        ->GetCampaign(&context, request, &campaign);
  }
  // Those that have ended, as they were acknowledged.
  std::vector<std::string> Succeeded() {
    std::vector<std::string> ended;
    for (const v1::Trial& trial : Trials()) {
      if (trial.state() == v1::Trial::SUCCEEDED) {
        ended.push_back(trial.SerializeAsString());
      }
    }
    return ended;
  }
  std::vector<v1::CampaignEvent> WatchUntilSucceeded(int count) {
    int seen = 0;
    return WatchUntil([&](const v1::CampaignEvent& event) {
      seen += event.trial_state() == v1::Trial::SUCCEEDED ? 1 : 0;
      return seen == count;
    });
  }

  std::string database_ = SharedPgServer().NewAddress();
};

TEST_F(StandbyTest, TakesOverFromOneThatIsKilledUnderLoad) {
  std::string first;
  std::string second;
  std::string third;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  // The first of all has the lead at once.
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  auto standby = Standby("standby", &second);
  auto spare = Standby("spare", &third);
  ASSERT_TRUE(standby != nullptr && spare != nullptr);
  const grpc::Status refused = GetCampaignAt(second);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("is a standby"));

  Use(first);
  CreateCampaign(/*max_lost_leases=*/3, /*share_trunks=*/false, /*seeds=*/4);
  address_ = absl::StrCat(first, ",", second, ",", third);
  for (const char* worker : {"one", "two", "three"}) {
    StartWorker(worker, "hold");
  }
  Use(first);
  LetGo(24);
  WatchUntilSucceeded(6);
  const std::vector<std::string> acknowledged = Succeeded();
  const absl::Duration killed = Clock::Real()->Elapsed();
  Kill(*active);
  // Whichever of the two.
  std::string leader;
  while (leader.empty() && Clock::Real()->Elapsed() - killed < kPatience) {
    for (const auto& [process, address] :
         {std::pair(standby.get(), second), std::pair(spare.get(), third)}) {
      const auto line = process->ReadLine(absl::Milliseconds(50));
      if (line.ok() && line->has_value()) leader = address;
    }
  }
  const absl::Duration taken = Clock::Real()->Elapsed() - killed;
  ASSERT_FALSE(leader.empty());
  EXPECT_LT(taken, kTakeover);
  std::cout << "taken over after " << taken << "\n";
  Use(leader);
  const std::vector<v1::CampaignEvent> events = WatchUntilCompleted();
  ExpectEachSucceededOnce(events, 24);
  const std::vector<std::string> now = Succeeded();
  for (const std::string& trial : acknowledged) {
    EXPECT_NE(std::find(now.begin(), now.end(), trial), now.end());
  }
  // The other one is still none.
  EXPECT_EQ(GetCampaignAt(leader == second ? third : second).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(StandbyTest, OneThatWasStoppedPastItsLeaseEndsWithOneLine) {
  std::string first;
  std::string second;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  Use(first);
  CreateCampaign();
  ASSERT_EQ(kill(active->pid(), SIGSTOP), 0);
  auto standby = Standby("standby", &second);
  ASSERT_NE(standby, nullptr);
  ASSERT_TRUE((*standby->ReadLine(kPatience)).has_value());
  ASSERT_EQ(kill(active->pid(), SIGCONT), 0);
  EXPECT_TRUE(active->WaitForEnd(kPatience));
  EXPECT_EQ(active->Ending(), "exit code 1");
  EXPECT_THAT(Log("active"),
              HasSubstr("isoshape-coordinator: another coordinator has taken "
                        "the lead of postgres://"));
  EXPECT_TRUE(GetCampaignAt(second).ok());
}

// The database's machine is lost; its replica, which every commit waited for,
// takes its place.
TEST_F(StandbyTest, ADatabaseThatIsLostGoesOnAsItsReplica) {
  auto primary = std::make_unique<PgServer>();
  const PgServer replica(*primary, "replica");
  primary->Kill();
  primary->StartWith({"synchronous_standby_names=replica"});
  database_ =
      absl::StrCat("postgres://postgres@/postgres?host=", primary->folder(),
                   ",", replica.folder());
  std::string first;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  Use(first);
  CreateCampaign(/*max_lost_leases=*/3, /*share_trunks=*/false, /*seeds=*/4);
  StartWorker("one", "hold");
  StartWorker("two", "hold");
  LetGo(24);
  WatchUntilSucceeded(6);
  const std::vector<std::string> acknowledged = Succeeded();
  primary->Kill();
  replica.Promote();
  const std::vector<v1::CampaignEvent> events = WatchUntilCompleted();
  ExpectEachSucceededOnce(events, 24);
  const std::vector<std::string> now = Succeeded();
  for (const std::string& trial : acknowledged) {
    EXPECT_NE(std::find(now.begin(), now.end(), trial), now.end());
  }
}

// Not when it is to take over.
TEST_F(StandbyTest, AStandbyWhosePortForHttpIsTakenIsRefusedAtOnce) {
  std::string first;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  auto other = StartHeard({ISOSHAPE_COORDINATOR, "--standby", "--address",
                           "127.0.0.1:0", "--http", first, "--db", database_});
  ASSERT_NE(other, nullptr);
  EXPECT_THAT(Line(*other), HasSubstr("choose another port with --http"));
  EXPECT_TRUE(other->WaitForEnd(kPatience));
  EXPECT_EQ(other->Ending(), "exit code 1");
}

TEST_F(StandbyTest, ASecondOneThatIsNoStandbyIsRefused) {
  std::string first;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  auto other = StartHeard({ISOSHAPE_COORDINATOR, "--address", "127.0.0.1:0",
                           "--http", "off", "--db", database_});
  ASSERT_NE(other, nullptr);
  std::string line = Line(*other);
  if (absl::StrContains(line, "waits for the lease")) line = Line(*other);
  EXPECT_THAT(line, HasSubstr("is in use by another coordinator (process "));
  EXPECT_THAT(line, HasSubstr("start this one with --standby"));
  EXPECT_TRUE(other->WaitForEnd(kPatience));
  EXPECT_EQ(other->Ending(), "exit code 1");
}

}  // namespace
}  // namespace isoshape
