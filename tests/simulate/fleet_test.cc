// A simulated fleet at a real coordinator.
#include "simulate/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/net/channel.h"
#include "coordinator/scheduler/worker_version.h"
#include "coordinator/server.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/trial/worker_data.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class FleetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Server::Start({.address = "127.0.0.1:0",
                                  .db = folder_.File("campaigns.db"),
                                  .lease_duration = absl::Seconds(10)});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    campaigns_ = v1::CampaignService::NewStub(MakeChannel(server_->address()));
  }

  void Create(const std::string& data, int trials) {
    v1::CreateCampaignRequest request;
    request.set_campaign_id("c");
    v1::Campaign& campaign = *request.mutable_campaign();
    campaign.add_budgets(1e14);
    campaign.set_dataset(data);
    campaign.mutable_algorithm()->mutable_sobol()->set_trials_per_budget(
        trials);
    grpc::ClientContext context;
    v1::Campaign created;
    const grpc::Status status =
        campaigns_->CreateCampaign(&context, request, &created);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  v1::Campaign Get() {
    grpc::ClientContext context;
    v1::GetCampaignRequest request;
    request.set_name("campaigns/c");
    v1::Campaign campaign;
    EXPECT_TRUE(campaigns_->GetCampaign(&context, request, &campaign).ok());
    return campaign;
  }
  int PointsOf(int trial) {
    grpc::ClientContext context;
    v1::ListMeasurementsRequest request;
    request.set_parent(absl::StrCat("campaigns/c/trials/", trial));
    v1::ListMeasurementsResponse response;
    EXPECT_TRUE(
        campaigns_->ListMeasurements(&context, request, &response).ok());
    return response.measurements_size();
  }
  FleetOptions Options() const {
    return {.server = server_->address(),
            .workers = 20,
            .connections = 2,
            .trial_time = absl::Milliseconds(20),
            .reports = 3,
            .away = absl::Milliseconds(50),
            .lease_wait = absl::Milliseconds(200),
            .ramp = absl::ZeroDuration(),
            .max_time = absl::Seconds(60)};
  }

  const TempFolder folder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::CampaignService::Stub> campaigns_;
};

TEST_F(FleetTest, TrainsAllTrialsOfACampaignOnce) {
  Create(kSimulatedData, 60);
  auto report = RunFleet(Options());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->completed, 60);
  EXPECT_TRUE(report->nothing_left);
  EXPECT_GT(report->last_completed, absl::ZeroDuration());
  EXPECT_LE(report->last_completed, report->time);
  EXPECT_EQ(report->lost, 0);
  EXPECT_EQ(report->refused, 0) << report->refusal;
  EXPECT_EQ(report->calls.at("CompleteTrial").seconds.size(), 60U);
  // Points go together, at most once a second, the last with the result.
  EXPECT_LE(report->calls["ReportMeasurements"].seconds.size(), 60U);
  EXPECT_EQ(PointsOf(1), 3);
  EXPECT_EQ(PointsOf(60), 3);
  EXPECT_DOUBLE_EQ(report->trained_flops, 60 * 1e14);
  const v1::Campaign campaign = Get();
  EXPECT_EQ(campaign.trial_counts().succeeded(), 60);
  EXPECT_EQ(campaign.state(), v1::Campaign::COMPLETED);
}

// As `isoshape-worker` does, so that nobody takes them for another release's.
TEST_F(FleetTest, ItsWorkersSayWhichVersionTheyAre) {
  Create(kSimulatedData, 1);
  const auto report = RunFleet(Options());
  ASSERT_TRUE(report.ok()) << report.status();
  const auto workers =
      v1::WorkerService::NewStub(MakeChannel(server_->address()));
  grpc::ClientContext context;
  v1::ListWorkersResponse response;
  ASSERT_TRUE(workers->ListWorkers(&context, {}, &response).ok());
  ASSERT_THAT(response.workers(), SizeIs(20));
  for (const v1::Worker& worker : response.workers()) {
    EXPECT_EQ(worker.version(), "isoshape-fleet " + OwnVersion());
  }
}

TEST_F(FleetTest, LosesNoTrialToFaultsOfWorkers) {
  Create(kSimulatedData, 40);
  FleetOptions options = Options();
  options.fault_share = 0.3;
  const auto report = RunFleet(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->faults, 0);
  EXPECT_EQ(report->completed, 40);
  EXPECT_EQ(Get().trial_counts().succeeded(), 40);
}

TEST_F(FleetTest, GivesBackWhatItHoldsWhenItsTimeIsOver) {
  Create(kSimulatedData, 40);
  FleetOptions options = Options();
  options.trial_time = absl::Minutes(10);
  options.interrupted = [this] { return Get().trial_counts().leased() == 20; };
  const auto report = RunFleet(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->nothing_left);
  EXPECT_EQ(report->completed, 0);
  const v1::Campaign campaign = Get();
  EXPECT_EQ(campaign.trial_counts().leased(), 0);
  EXPECT_EQ(campaign.trial_counts().pending(), 40);
  EXPECT_EQ(campaign.trial_counts().failed(), 0);
}

TEST_F(FleetTest, LeavesCampaignsOfRealDataAlone) {
  Create("text", 10);
  FleetOptions options = Options();
  options.max_time = absl::Milliseconds(500);
  const auto report = RunFleet(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->completed, 0);
  EXPECT_EQ(Get().trial_counts().pending(), 10);
}

// More would wait for each other, since a coordinator takes 256 calls of a
// connection at a time.
TEST(FleetWithoutCoordinatorTest, TooFewConnectionsAreRefusedWithHowMany) {
  const auto report =
      RunFleet({.server = "127.0.0.1:1", .workers = 10'000, .connections = 10});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      report.status().message(),
      AllOf(HasSubstr("--connections: 10 connections for 10000 workers"),
            HasSubstr("give at least 50")));
}

class FullCoordinator : public v1::WorkerService::Service {
  grpc::Status RegisterWorker(grpc::ServerContext* /*context*/,
                              const v1::RegisterWorkerRequest* /*request*/,
                              v1::RegisterWorkerResponse* /*answer*/) override {
    return {grpc::StatusCode::UNAVAILABLE, "its disk is full"};
  }
};

TEST(FleetWithoutCoordinatorTest, OneThatAnswersIsNotSaidToBeMissing) {
  FullCoordinator service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto report = RunFleet({.server = absl::StrCat("127.0.0.1:", port),
                                .workers = 2,
                                .ramp = absl::ZeroDuration(),
                                .max_time = absl::Seconds(60)});
  EXPECT_EQ(report.status(), absl::UnavailableError("its disk is full"));
}

TEST(FleetWithoutCoordinatorTest, SaysThatNobodyAnswers) {
  const auto report = RunFleet({.server = "127.0.0.1:1",
                                .workers = 2,
                                .ramp = absl::ZeroDuration(),
                                .max_time = absl::Milliseconds(300)});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(report.status().message(),
              HasSubstr("no coordinator answers at 127.0.0.1:1"));
}

}  // namespace
}  // namespace isoshape
