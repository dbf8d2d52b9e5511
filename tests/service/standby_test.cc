#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "tests/service/standby_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

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
  const std::string leader =
      NextLeader({{standby.get(), second}, {spare.get(), third}}, killed);
  ASSERT_FALSE(leader.empty());
  Use(leader);
  const std::vector<v1::CampaignEvent> events = WatchUntilCompleted();
  ExpectEachSucceededOnce(events, 24);
  ExpectKept(acknowledged);
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

TEST_F(StandbyTest, ADatabaseThatIsLostGoesOnAsItsReplica) {
  StartReplicated();
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
  LosePrimary();
  const std::vector<v1::CampaignEvent> events = WatchUntilCompleted();
  ExpectEachSucceededOnce(events, 24);
  ExpectKept(acknowledged);
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

TEST_F(StandbyTest, ADatabaseOfANewerVersionIsRefusedWithOneLine) {
  std::string first;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  active->Stop(kPatience);
  ASSERT_TRUE(PgServer::Connect(database_)
                  ->Execute("UPDATE about SET version = 99")
                  .ok());
  auto other = StartHeard({ISOSHAPE_COORDINATOR, "--address", "127.0.0.1:0",
                           "--http", "off", "--db", database_});
  ASSERT_NE(other, nullptr);
  EXPECT_THAT(Line(*other), HasSubstr("was written by a newer isoshape"));
  EXPECT_EQ(Line(*other), "");
  EXPECT_EQ(other->Ending(), "exit code 1");
}

// A file is one machine's, and has nobody to take over from.
TEST_F(StandbyTest, AStandbyOverAFileIsRefused) {
  auto other =
      StartHeard({ISOSHAPE_COORDINATOR, "--standby", "--address", "127.0.0.1:0",
                  "--http", "off", "--db", (folder_ / "isoshape.db").string()});
  ASSERT_NE(other, nullptr);
  EXPECT_THAT(Line(*other), HasSubstr("is a file; give --db postgres://"));
  EXPECT_EQ(Line(*other), "");
  EXPECT_EQ(other->Ending(), "exit code 2");
}

}  // namespace
}  // namespace isoshape
