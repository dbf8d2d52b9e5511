#ifndef ISOSHAPE_TESTS_COORDINATOR_SERVER_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_SERVER_FIXTURE_H_

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/net/channel.h"
#include "common/threads/clock.h"
#include "coordinator/server.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "isoshape/v1/worker_service.grpc.pb.h"
#include "messages/json/proto_time.h"
#include "messages/trial/lease_request.h"
#include "storage/open_store.h"
#include "tests/coordinator/small_campaign.h"
#include "tests/temp_folder.h"

namespace isoshape {

using grpc::StatusCode;

// A coordinator on a port of its own, over a file in a folder of its own, with
// a clock that the test moves.
class ServerTest : public testing::Test {
 protected:
  static constexpr absl::Duration kLease = absl::Seconds(30);

  void SetUp() override { Start(); }
  void TearDown() override { server_.reset(); }

  Server::Options OptionsAt(const std::string& address) {
    return {.address = address,
            .db = folder_.File("campaigns.db"),
            .lease_duration = kLease,
            .clock = &clock_,
            .http = http_,
            .read_only = read_only_,
            .http_limits = http_limits_,
            .watch_places = watch_places_};
  }
  // Starts it; again: on the same file, after stopping the one that runs.
  void Start() {
    server_.reset();
    auto started = Server::Start(OptionsAt("127.0.0.1:0"));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    channel_ = MakeChannel(server_->address());
    campaigns_ = v1::CampaignService::NewStub(channel_);
    workers_ = v1::WorkerService::NewStub(channel_);
  }
  // Moves the clock, and has the coordinator look at it.
  void Advance(absl::Duration duration) {
    clock_.Advance(duration);
    server_->Poke();
  }

  template <typename Service, typename Request, typename Response>
  static grpc::Status Call(Service& stub,
                           grpc::Status (Service::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                           const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    return (stub.*method)(&context, request, response);
  }
  // Sends bytes as a request to a path, be there such a method or not.
  grpc::Status SendTo(const std::string& path, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, path, {}, &request, &response,
                   [&](const grpc::Status& status) { done.set_value(status); });
    return done.get_future().get();
  }
  // A call that must succeed.
  template <typename Request, typename Response>
  Response Campaigns(grpc::Status (v1::CampaignService::Stub::*method)(
                         grpc::ClientContext*, const Request&, Response*),
                     const Request& request) {
    Response response;
    const grpc::Status status = Call(*campaigns_, method, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  template <typename Request, typename Response>
  Response Workers(grpc::Status (v1::WorkerService::Stub::*method)(
                       grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
    Response response;
    const grpc::Status status = Call(*workers_, method, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // A call that must fail so, with one line.
  template <typename Service, typename Request, typename Response>
  static void Refused(StatusCode code, const std::string& part, Service& stub,
                      grpc::Status (Service::*method)(grpc::ClientContext*,
                                                      const Request&,
                                                      Response*),
                      const Request& request) {
    Response response;
    const grpc::Status status = Call(stub, method, request, &response);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), testing::HasSubstr(part));
    EXPECT_EQ(status.error_message().find('\n'), std::string::npos);
  }

  v1::Campaign Create(const std::string& id = "c1",
                      const std::string& request_id = "") {
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = SmallCampaign();
    request.set_campaign_id(id);
    request.set_request_id(request_id);
    return Campaigns(&v1::CampaignService::Stub::CreateCampaign, request);
  }
  // Has `c1` have so many trials, and those that it had not have failed with
  // errors of so many bytes; starts anew.
  void StoreErrors(size_t trials, size_t bytes) {
    server_.reset();
    {
      auto store = OpenStore(folder_.File("campaigns.db"));
      ASSERT_TRUE(store.ok()) << store.status();
      std::vector<Mutation> rows;
      v1::Trial trial = *(*store)->GetTrial("campaigns/c1/trials/1");
      const size_t before =
          (*store)->ListTrials("campaigns/c1", std::nullopt, {})->size();
      trial.set_state(v1::Trial::FAILED);
      trial.set_error(std::string(bytes, 'e'));
      for (size_t i = before + 1; i <= trials; ++i) {
        trial.set_name(absl::StrCat("campaigns/c1/trials/", i));
        rows.push_back(PutTrial{trial});
      }
      ASSERT_TRUE((*store)->Commit(rows).ok());
    }
    Start();
  }
  v1::Campaign GetCampaign(const std::string& id = "c1") {
    v1::GetCampaignRequest request;
    request.set_name("campaigns/" + id);
    return Campaigns(&v1::CampaignService::Stub::GetCampaign, request);
  }
  v1::Trial GetTrial(const std::string& name) {
    v1::GetTrialRequest request;
    request.set_name(name);
    return Campaigns(&v1::CampaignService::Stub::GetTrial, request);
  }
  void Register(const std::string& id = "a") {
    v1::RegisterWorkerRequest request;
    request.mutable_worker()->set_name("workers/" + id);
    request.mutable_worker()->set_slots(64);
    request.mutable_worker()->add_datasets("text");
    const auto response =
        Workers(&v1::WorkerService::Stub::RegisterWorker, request);
    EXPECT_EQ(FromProto(response.lease_duration()), kLease);
    EXPECT_LE(FromProto(response.heartbeat_interval()), kLease / 3);
  }
  static v1::LeaseTrialsRequest LeaseRequest(
      const std::string& id, absl::Duration wait = absl::ZeroDuration(),
      int max_trials = 1) {
    v1::LeaseTrialsRequest request;
    request.set_worker("workers/" + id);
    request.set_max_trials(max_trials);
    *request.mutable_wait() = ToProto(wait);
    return request;
  }
  std::vector<v1::Lease> Lease(const v1::LeaseTrialsRequest& request) {
    const auto response =
        Workers(&v1::WorkerService::Stub::LeaseTrials, request);
    return {response.leases().begin(), response.leases().end()};
  }
  v1::Lease LeaseOne(const std::string& id = "a") {
    const std::vector<v1::Lease> leases = Lease(LeaseRequest(id));
    EXPECT_EQ(leases.size(), 1u);
    return leases.empty() ? v1::Lease() : leases[0];
  }
  static v1::CompleteTrialRequest Success(const v1::Lease& lease) {
    auto request = For<v1::CompleteTrialRequest>(lease);
    request.set_state(v1::Trial::SUCCEEDED);
    request.mutable_shape_card()->set_validation_loss(LossOf(lease.trial()));
    return request;
  }

  std::string http_;  // no HTTP unless a test wants it
  bool read_only_ = false;
  HttpLimits http_limits_{};
  size_t watch_places_ = WatchPlaces::kPlaces;
  const TempFolder folder_;
  FakeClock clock_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::CampaignService::Stub> campaigns_;
  std::unique_ptr<v1::WorkerService::Stub> workers_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SERVER_FIXTURE_H_
