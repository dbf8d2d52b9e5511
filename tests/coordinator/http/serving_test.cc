// JSON over HTTP, and connections as good clients use them.
#include <deque>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

constexpr char kProto[] = "Content-Type: application/proto\r\n";

TEST_F(HttpTest, MethodsAnswerJson) {
  const v1::Campaign created = Create();
  const std::string answer =
      Post("CampaignService/GetCampaign", R"({"name":"campaigns/c1"})");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  const nlohmann::json campaign = Json(answer);
  EXPECT_EQ(campaign["name"], "campaigns/c1");
  EXPECT_EQ(campaign["state"], "running");
  EXPECT_EQ(campaign["trial_counts"]["pending"], 3);
  EXPECT_EQ(campaign["trial_counts"]["failed"], 0);
  EXPECT_EQ(campaign["budgets"], nlohmann::json({2.5e11, 7.5e11}));
}

TEST_F(HttpTest, MethodsTakeBytesToo) {
  Create();
  v1::GetCampaignRequest request;
  request.set_name("campaigns/c1");
  const std::string answer =
      Post("CampaignService/GetCampaign", request.SerializeAsString(), kProto);
  EXPECT_EQ(StatusOf(answer), 200);
  v1::Campaign campaign;
  ASSERT_TRUE(campaign.ParseFromString(BodyOf(answer)));
  EXPECT_EQ(campaign.name(), "campaigns/c1");
  EXPECT_EQ(
      StatusOf(Post("CampaignService/GetCampaign", "\xff\xff\xff", kProto)),
      400);
}

TEST_F(HttpTest, ErrorsHaveTheirCodeAndStatus) {
  const auto code = [&](const char* method, const char* body, int status) {
    const std::string answer = Post(method, body);
    EXPECT_EQ(StatusOf(answer), status) << answer;
    return Json(answer)["code"].get<std::string>();
  };
  EXPECT_EQ(
      code("CampaignService/GetCampaign", R"({"name":"campaigns/no"})", 404),
      "not_found");
  EXPECT_EQ(code("CampaignService/GetCampaign", "", 400), "invalid_argument");
  EXPECT_EQ(code("CampaignService/NoSuch", "{}", 404), "not_found");
  EXPECT_EQ(code("NoService/Get", "{}", 404), "not_found");
  EXPECT_EQ(code("CampaignService/WatchCampaign", "{}", 404), "not_found");
  Create();
  EXPECT_EQ(
      code("CampaignService/DeleteCampaign", R"({"name":"campaigns/c1"})", 400),
      "failed_precondition");
  EXPECT_EQ(
      code("CampaignService/CreateCampaign",
           R"({"campaign_id":"c1","campaign":{"budgets":[2.5e11]}})", 409),
      "already_exists");
  EXPECT_EQ(StatusOf(Ask(HttpText("GET",
                                  "/isoshape.v1.CampaignService/"
                                  "ListCampaigns"))),
            405);
}

TEST_F(HttpTest, ChangesOfOneRequestIdAreMadeOnce) {
  const char* body =
      R"({"request_id":"r1","campaign":{"budgets":[2.5e11],"space":
         {"max_depth":8,"max_width":256},"algorithm":{"grid":{"sizes":3}}}})";
  const std::string first = Post("CampaignService/CreateCampaign", body);
  ASSERT_EQ(StatusOf(first), 200) << first;
  EXPECT_EQ(BodyOf(Post("CampaignService/CreateCampaign", body)),
            BodyOf(first));
}

TEST_F(HttpTest, WhoLeasesWaitsWithoutHoldingUpOthers) {
  Register();
  RawClient waiting(port_);
  waiting.Send(HttpText("POST", "/isoshape.v1.WorkerService/LeaseTrials",
                        "Content-Type: application/json\r\n",
                        R"({"worker":"workers/a","max_trials":1,"wait":60})"));
  EXPECT_EQ(StatusOf(Get("/healthz")), 200);
  Create();
  const std::string answer = waiting.ReadResponse();
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(Json(answer)["leases"].size(), 1u);
}

// A client that is gone must not be given a trial. The client's end of a call
// is told of the cancellation before the service is, so that a campaign that
// comes just then may still be leased: one of many must not be.
TEST_F(HttpTest, WhoGoesWhileWaitingGetsNoLease) {
  Register();
  for (int i = 0; i < 20; ++i) {
    RawClient gone(port_);
    gone.Send(HttpText("POST", "/isoshape.v1.WorkerService/LeaseTrials",
                       "Content-Type: application/json\r\n",
                       R"({"worker":"workers/a","max_trials":1,"wait":60})"));
    gone.EndSending();
    // Half closed: ended by the server, after a while.
    EXPECT_EQ(StatusOf(gone.ReadAll()), 499);
    Create();
    if (GetCampaign().trial_counts().leased() == 0) return;
    v1::DeleteCampaignRequest remove;
    remove.set_name("campaigns/c1");
    remove.set_force(true);
    Campaigns(&v1::CampaignService::Stub::DeleteCampaign, remove);
  }
  FAIL() << "every trial went to a client that was gone";
}

TEST_F(HttpTest, HalfClosedClientsAreAnswered) {
  RawClient client(port_);
  client.Send(HttpText("GET", "/v1/version"));
  client.EndSending();
  const std::string answer = client.ReadAll();
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(Json(answer)["read_only"], false);
}

TEST_F(HttpTest, PipelinedRequestsAreAnsweredInOrder) {
  Create();
  RawClient client(port_);
  std::string many;
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&many,
                    HttpText("POST", "/isoshape.v1.CampaignService/GetTrial",
                             "Content-Type: application/json\r\n",
                             absl::StrCat(R"({"name":"campaigns/c1/trials/)",
                                          i % 3 + 1, "\"}")),
                    HttpText("GET", "/healthz"));
  }
  client.Send(many);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Json(client.ReadResponse())["name"],
              absl::StrCat("campaigns/c1/trials/", i % 3 + 1));
    EXPECT_EQ(BodyOf(client.ReadResponse()), "live\n");
  }
}

TEST_F(HttpTest, HeadHasTheHeadersOfGetWithoutABody) {
  const std::string get = Get("/healthz");
  RawClient client(port_);
  client.Send(HttpText("HEAD", "/healthz") + HttpText("GET", "/healthz"));
  EXPECT_EQ(client.ReadResponse(/*head=*/true), get.substr(0, get.size() - 5));
  EXPECT_EQ(client.ReadResponse(), get);
}

TEST_F(HttpTest, LiveAndReady) {
  EXPECT_EQ(BodyOf(Get("/healthz")), "live\n");
  EXPECT_EQ(BodyOf(Get("/readyz")), "ready\n");
  EXPECT_FALSE(Json(Get("/v1/version"))["version"].empty());
  EXPECT_EQ(Json(Get("/v1/version"))["grpc_port"], server_->port());
}

TEST_F(HttpTest, SlowClientsAreClosed) {
  HttpLimits limits;
  limits.idle = absl::Milliseconds(100);
  RestartWith(limits);
  const absl::Time begin = absl::Now();
  RawClient silent(port_);
  RawClient head(port_);
  head.Send("GET / HTTP/1.1\r\nHost: loc");
  RawClient body(port_);
  body.Send(absl::StrCat(
      "POST /isoshape.v1.CampaignService/ListCampaigns HTTP/1.1\r\n"
      "Host: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{"));
  RawClient idle(port_);
  idle.Send(HttpText("GET", "/healthz"));
  EXPECT_EQ(StatusOf(idle.ReadResponse()), 200);
  for (RawClient* client : {&silent, &head, &body, &idle}) {
    EXPECT_EQ(client->ReadAll(), "");
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(25));
}

TEST_F(HttpTest, MoreConnectionsThanThereAreMakeTheLongestIdleGiveWay) {
  // Of 1,000 the test keeps what a process may have open.
  std::deque<RawClient> clients;
  for (int i = 0; i < 1000; ++i) {
    RawClient& client = clients.emplace_back(port_);
    ASSERT_TRUE(client.Send(HttpText("GET", "/healthz")));
    EXPECT_EQ(StatusOf(client.ReadResponse()), 200) << i;
    if (clients.size() > 500) clients.pop_front();
  }
  EXPECT_EQ(clients.front().ReadAll(), "");  // closed
  clients.back().Send(HttpText("GET", "/healthz"));
  EXPECT_EQ(StatusOf(clients.back().ReadResponse()), 200);
}

class OneConnectionTest : public HttpTest {
 protected:
  void SetUp() override {
    HttpTest::SetUp();
    HttpLimits limits;
    limits.connections = 1;
    RestartWith(limits);
  }
  // Busy from its answer's first line until it is destroyed: one of which
  // nothing has been read would give way.
  std::unique_ptr<RawClient> TakeTheOnlyConnection() {
    auto busy = std::make_unique<RawClient>(port_);
    busy->Send(HttpText("GET", "/v1/events"));
    EXPECT_EQ(StatusOf(busy->ReadUntil("\r\n\r\n")), 200);
    return busy;
  }
};

TEST_F(OneConnectionTest, IfItIsBusyTheNextIsToldSo) {
  const auto busy = TakeTheOnlyConnection();
  EXPECT_EQ(StatusOf(Get("/healthz")), 503);
}

// A flood of them would have room for a body each before the first was over.
TEST_F(OneConnectionTest, OfThoseThatFindNoRoomFewAreToldSo) {
  const auto busy = TakeTheOnlyConnection();
  std::deque<RawClient> clients;
  for (int i = 0; i < 120; ++i) clients.emplace_back(port_);
  // One that ended its sending would make room for another.
  int told = 0, closed = 0;
  for (const RawClient& client : clients) {
    ++(client.IsClosed() ? closed : told);
  }
  EXPECT_GT(told, 10);
  EXPECT_GT(closed, 20);
}

TEST_F(HttpTest, StoppingEndsWhatWaits) {
  Register();
  RawClient idle(port_);
  idle.Send(HttpText("GET", "/healthz"));
  EXPECT_EQ(StatusOf(idle.ReadResponse()), 200);
  RawClient waiting(port_);
  waiting.Send(HttpText("POST", "/isoshape.v1.WorkerService/LeaseTrials",
                        "Content-Type: application/json\r\n",
                        R"({"worker":"workers/a","max_trials":1,"wait":60})") +
               HttpText("GET", "/healthz"));
  const absl::Time begin = absl::Now();
  server_->Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_THAT(StatusOf(waiting.ReadResponse()), testing::AnyOf(0, 503));
}

TEST_F(HttpTest, TakenPortIsRefusedWithTheFlag) {
  auto options = OptionsAt("127.0.0.1:0");
  options.db = folder_.File("other.db");
  options.http = absl::StrCat("127.0.0.1:", port_);
  const auto second = Server::Start(options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("choose another port with --http"));
  options.http_any_port = true;
  const auto other = Server::Start(options);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE((*other)->http_address(), server_->http_address());
  EXPECT_EQ(server_->MovedHttp(), "");
  EXPECT_THAT((*other)->MovedHttp(),
              AllOf(HasSubstr(absl::StrCat("127.0.0.1:", port_, " is taken")),
                    HasSubstr(absl::StrCat("ISOSHAPE_HTTP=",
                                           (*other)->http_host_port()))));
}

}  // namespace
}  // namespace isoshape
