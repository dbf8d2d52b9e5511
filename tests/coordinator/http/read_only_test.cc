// A coordinator of --read-only: which methods it refuses, over HTTP and gRPC.
#include <filesystem>
#include <memory>
#include <string>

#include "coordinator/http/rpc_bridge.h"
#include "messages/names/rpc_path.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

TEST_F(HttpTest, ReadOnlyRefusesWhatMayChange) {
  Create();
  RestartWith({}, /*read_only=*/true);
  EXPECT_EQ(StatusOf(Post("CampaignService/PauseCampaign",
                          R"({"name":"campaigns/c1"})")),
            403);
  EXPECT_EQ(StatusOf(Post("WorkerService/Heartbeat", "{}")), 403);
  EXPECT_EQ(StatusOf(Post("CampaignService/GetCampaign",
                          R"({"name":"campaigns/c1"})")),
            200);
  EXPECT_EQ(Json(Get("/v1/version"))["read_only"], true);
  EXPECT_EQ(GetCampaign().state(), v1::Campaign::RUNNING);
}

TEST_F(HttpTest, ReadOnlyRefusesWhatMayChangeOverGrpcAndChangesNothingItself) {
  Create();
  Register();
  const v1::Lease lease = LeaseOne();
  RestartWith({}, /*read_only=*/true);
  constexpr char kRefusal[] =
      "may change something, and this coordinator serves reading alone; start "
      "it without --read-only";
  v1::PauseCampaignRequest pause;
  pause.set_name("campaigns/c1");
  Refused(StatusCode::PERMISSION_DENIED,
          absl::StrCat("PauseCampaign ", kRefusal), *campaigns_,
          &v1::CampaignService::Stub::PauseCampaign, pause);
  v1::CreateCampaignRequest create;
  create.set_validate_only(true);
  Refused(StatusCode::PERMISSION_DENIED, kRefusal, *campaigns_,
          &v1::CampaignService::Stub::CreateCampaign, create);
  Refused(StatusCode::PERMISSION_DENIED, kRefusal, *workers_,
          &v1::WorkerService::Stub::RegisterWorker,
          v1::RegisterWorkerRequest());
  Refused(StatusCode::PERMISSION_DENIED, kRefusal, *workers_,
          &v1::WorkerService::Stub::LeaseTrials, LeaseRequest("a"));
  Refused(StatusCode::PERMISSION_DENIED, kRefusal, *workers_,
          &v1::WorkerService::Stub::Heartbeat,
          For<v1::HeartbeatRequest>(lease));
  // Whose worker cannot say that it lives does not lose its lease for that.
  Advance(10 * kLease);
  EXPECT_EQ(GetTrial(lease.trial().name()).state(), v1::Trial::LEASED);
  EXPECT_EQ(StatusOf(Get("/readyz")), 200);
  grpc::ClientContext watching;
  v1::WatchCampaignRequest watch;
  watch.set_name("campaigns/c1");
  const auto stream = campaigns_->WatchCampaign(&watching, watch);
  v1::CampaignEvent event;
  EXPECT_TRUE(stream->Read(&event));
  watching.TryCancel();
  // Where it serves again what it did, the lease has its full length.
  RestartWith({}, /*read_only=*/false);
  EXPECT_EQ(Call(*workers_, &v1::WorkerService::Stub::Heartbeat,
                 For<v1::HeartbeatRequest>(lease),
                 std::make_unique<v1::HeartbeatResponse>().get())
                .error_code(),
            StatusCode::OK);
}

TEST_F(HttpTest, ReadOnlyMakesNoDatabaseOfANameThatIsMistyped) {
  Server::Options options = OptionsAt("127.0.0.1:0");
  options.db += "-mistyped";
  options.read_only = true;
  const auto started = Server::Start(options);
  EXPECT_EQ(started.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(started.status().message()),
              testing::HasSubstr("there is no database " + options.db));
  EXPECT_FALSE(std::filesystem::exists(options.db));
}

TEST(MayChangeTest, MethodsThatReadAreKnownByTheirForm) {
  const auto changes = [](const char* path) {
    return MayChange(*MethodOfPath(path));
  };
  for (const char* method :
       {"CampaignService/CreateCampaign", "CampaignService/UpdateCampaign",
        "CampaignService/PauseCampaign", "CampaignService/DeleteCampaign",
        "CampaignService/ExcludeTrial", "WorkerService/Heartbeat",
        "WorkerService/CompleteTrial", "WorkerService/DrainWorker"}) {
    EXPECT_TRUE(changes(absl::StrCat("/isoshape.v1.", method).c_str()))
        << method;
  }
  for (const char* method :
       {"CampaignService/GetCampaign", "CampaignService/ListTrialTable",
        "CampaignService/ListCurves", "WorkerService/ListWorkers",
        "AnalysisService/FitLaw", "AnalysisService/PredictShape",
        "CampaignService/WatchCampaign", "CampaignService/WatchChanges"}) {
    EXPECT_FALSE(changes(absl::StrCat("/isoshape.v1.", method).c_str()))
        << method;
  }
}

}  // namespace
}  // namespace isoshape
