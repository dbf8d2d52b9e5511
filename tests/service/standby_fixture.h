#ifndef ISOSHAPE_TESTS_SERVICE_STANDBY_FIXTURE_H_
#define ISOSHAPE_TESTS_SERVICE_STANDBY_FIXTURE_H_

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/net/channel.h"
#include "common/threads/clock.h"
#include "tests/service/service_fixture.h"
#include "tests/storage/postgres/pg_server.h"

namespace isoshape {

// Coordinators over one database of PostgreSQL, of which one has the lead.
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
  // What was acknowledged is there, to the last bit.
  void ExpectKept(const std::vector<std::string>& acknowledged) {
    const std::vector<std::string> now = Succeeded();
    for (const std::string& trial : acknowledged) {
      EXPECT_NE(std::find(now.begin(), now.end(), trial), now.end());
    }
  }
  // The one of these that takes the lead, within kTakeover of the time `killed`
  // of Clock::Elapsed() at which the last one went; empty if none does.
  using Waiting = std::pair<ChildProcess*, std::string>;  // and its address
  static std::string NextLeader(const std::vector<Waiting>& standbys,
                                absl::Duration killed) {
    std::string leader;
    while (leader.empty() && Clock::Real()->Elapsed() - killed < kPatience) {
      for (const auto& [process, address] : standbys) {
        const auto line = process->ReadLine(absl::Milliseconds(50));
        if (line.ok() && line->has_value()) leader = address;
      }
    }
    const absl::Duration taken = Clock::Real()->Elapsed() - killed;
    EXPECT_LT(taken, kTakeover);
    std::cout << "taken over after " << taken << "\n";
    return leader;
  }
  std::vector<v1::CampaignEvent> WatchUntilSucceeded(int count) {
    int seen = 0;
    return WatchUntil([&](const v1::CampaignEvent& event) {
      seen += event.trial_state() == v1::Trial::SUCCEEDED ? 1 : 0;
      return seen == count;
    });
  }

  // A PostgreSQL and a replica of it that every commit waits for, and the
  // address of both.
  void StartReplicated() {
    primary_ = std::make_unique<PgServer>();
    replica_ = std::make_unique<PgServer>(*primary_, "replica");
    primary_->Kill();
    primary_->StartWith({"synchronous_standby_names=replica"});
    database_ =
        absl::StrCat("postgres://postgres@/postgres?host=", primary_->folder(),
                     ",", replica_->folder());
  }
  // The database's machine is lost; its replica takes its place.
  void LosePrimary() {
    primary_->Kill();
    replica_->Promote();
  }

  std::unique_ptr<PgServer> primary_;
  std::unique_ptr<PgServer> replica_;
  std::string database_ = SharedPgServer().NewAddress();
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SERVICE_STANDBY_FIXTURE_H_
