// The whole fleet under one campaign: all that may be lost is lost once, and
// the answer is that of a campaign that lost nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "isoshape/v1/analysis_service.grpc.pb.h"
#include "tests/service/standby_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class FailoverTest : public StandbyTest {
 protected:
  static constexpr int kTrials = 24;
  const std::vector<std::string> kWorkers = {"one", "two", "three"};

  // Six trials of each of four seeds.
  void CreateItsCampaign() {
    CreateCampaign(/*max_lost_leases=*/3, /*share_trunks=*/false, /*seeds=*/4);
  }
  // Starts a worker that knows every coordinator; while it trains each run
  // waits for LetGo.
  void StartWorkerOfAll(const std::string& id,
                        const std::string& coordinators) {
    const std::string asked = address_;
    address_ = coordinators;
    StartWorker(id, "hold");
    address_ = asked;
  }
  bool Trains(const std::string& id) {
    for (const v1::Trial& trial : Trials()) {
      if (trial.state() == v1::Trial::LEASED &&
          trial.worker() == absl::StrCat("workers/", id)) {
        return true;
      }
    }
    return false;
  }
  // As engines preempt: SIGTERM in the middle of a trial, and another start.
  void Preempt(const std::string& id, const std::string& coordinators) {
    const absl::Duration end = Clock::Real()->Elapsed() + kPatience;
    while (!Trains(id)) {
      ASSERT_LT(Clock::Real()->Elapsed(), end) << id << " gets no trial";
      // It prints nothing: a moment's wait.
      Worker(id).ReadLine(absl::Milliseconds(20)).status().IgnoreError();
    }
    ASSERT_EQ(kill(Worker(id).pid(), SIGTERM), 0);
    EXPECT_THAT(EndingOf(id), HasSubstr("exit code 75"));
    ++preemptions_[id];
    StartWorkerOfAll(id, coordinators);
  }
  // The coordinator at `address` answers a client; how long after the time
  // `killed` of Clock::Elapsed() is told. That it has the lead in time is
  // asserted by NextLeader.
  void ExpectAnswer(const std::string& address, absl::Duration killed) {
    const grpc::Status status = GetCampaignAt(address);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::cout << "answered a client after " << Clock::Real()->Elapsed() - killed
              << "\n";
  }

  // What the campaign says of the best sizes, to the last digit.
  std::string Fit() const {
    v1::FitLawRequest request;
    request.set_campaign("campaigns/c1");
    request.set_wait_for_newest(true);
    grpc::ClientContext context;
    v1::FitLawResponse fit;
    const grpc::Status status =
        v1::AnalysisService::NewStub(MakeChannel(address_))
            ->FitLaw(&context, request, &fit);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(fit.basis().trials(), kTrials);
    fit.clear_basis();  // it says when
    return fit.DebugString();
  }
  // Of a campaign that nothing happens to, over a file.
  std::string UndisturbedFit() {
    workers_.clear();
    address_.clear();
    StartCoordinator();
    CreateItsCampaign();
    StartWorker("calm", "succeed");
    WatchUntilCompleted();
    return Fit();
  }

  std::map<std::string, int> preemptions_;
};

TEST_F(FailoverTest, ACampaignThatLostEverythingOnceEndsAsOneThatLostNothing) {
  StartReplicated();
  std::string first;
  std::string second;
  auto active = Standby("active", &first);
  ASSERT_NE(active, nullptr);
  ASSERT_TRUE((*active->ReadLine(kPatience)).has_value());
  auto standby = Standby("standby", &second);
  ASSERT_NE(standby, nullptr);
  const std::string both = absl::StrCat(first, ",", second);
  Use(first);
  CreateItsCampaign();
  for (const std::string& id : kWorkers) StartWorkerOfAll(id, both);

  // Every worker is preempted.
  for (const std::string& id : kWorkers) Preempt(id, both);
  LetGo(6);
  WatchUntilSucceeded(6);
  std::vector<std::string> acknowledged = Succeeded();
  EXPECT_EQ(acknowledged.size(), 6u);

  // The database's machine goes, with results on their way.
  LetGo(3);
  LosePrimary();
  LetGo(3);
  WatchUntilSucceeded(12);
  ExpectKept(acknowledged);

  // Every worker again; then the coordinator, with results on their way.
  for (const std::string& id : kWorkers) Preempt(id, both);
  acknowledged = Succeeded();
  EXPECT_EQ(acknowledged.size(), 12u);
  LetGo(3);
  const absl::Duration killed = Clock::Real()->Elapsed();
  Kill(*active);
  Use(NextLeader({{standby.get(), second}}, killed));
  ASSERT_EQ(address_, second);
  ExpectAnswer(second, killed);
  LetGo(kTrials);

  const std::vector<v1::CampaignEvent> events = WatchUntilCompleted();
  ExpectEachSucceededOnce(events, kTrials);
  ExpectKept(acknowledged);
  EXPECT_EQ(LostLeases(), 0);
  for (const std::string& id : kWorkers) EXPECT_EQ(preemptions_[id], 2) << id;
  const std::string fit = Fit();
  EXPECT_EQ(fit, UndisturbedFit());
}

}  // namespace
}  // namespace isoshape
