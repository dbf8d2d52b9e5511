// Who caused a change, as events and the log say it.
#include <variant>

#include "access/caller.h"
#include "access/token_file.h"
#include "coordinator/services/callers.h"
#include "tests/coordinator/certificates.h"
#include "tests/coordinator/http/http_fixture.h"
#include "tests/coordinator/http/tls_client.h"
#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CallerNameTest, SaysOfWhichKindItIs) {
  EXPECT_EQ(CallerName({.token = "alice", .subject = "CN=b", .address = "::1"}),
            "token:alice");
  EXPECT_EQ(CallerName({.subject = "CN=b,O=lab", .address = "10.0.0.5"}),
            "certificate:CN=b,O=lab");
  EXPECT_EQ(CallerName({.address = "10.0.0.5"}), "address:10.0.0.5");
  EXPECT_EQ(CallerName({.address = "127.0.0.1"}), "local");
  EXPECT_EQ(CallerName({.address = "::1"}), "local");
  EXPECT_EQ(CallerName({}), "local");
  // What a stranger wrote into a certificate is one short line.
  const std::string hostile =
      CallerName({.subject = "CN=a\nb\x1b[2J" + std::string(10'000, 'x')});
  EXPECT_LE(hostile.size(), 200u);
  EXPECT_EQ(hostile.find_first_of("\n\x1b"), std::string::npos);
  // Two that differ behind the cut are two.
  const std::string longer(250, 'x');
  EXPECT_NE(CallerName({.subject = longer + "1"}),
            CallerName({.subject = longer + "2"}));
  EXPECT_LE(CallerName({.subject = longer + "1"}).size(), 200u);
}

TEST(CallerNameTest, PeersAreReadAsGrpcWritesThem) {
  EXPECT_EQ(HostOfPeer("ipv4:10.0.0.5:4711"), "10.0.0.5");
  EXPECT_EQ(HostOfPeer("ipv6:%5B2001:db8::7%5D:4711"), "2001:db8::7");
  EXPECT_EQ(HostOfPeer("ipv6:[::1]:4711"), "::1");
  EXPECT_EQ(HostOfPeer("unix:"), "");
  EXPECT_EQ(HostOfPeer("unknown"), "");
}

class AuditTest : public HttpTest {
 protected:
  void SetUp() override {
    HttpTest::SetUp();
    server_.reset();
    const std::string tokens = folder_.File("tokens");
    alice_ =
        *CreateToken(tokens, "alice", Role::kAdmin, absl::InfiniteFuture());
    bob_ = *CreateToken(tokens, "bob", Role::kOperator, absl::InfiniteFuture());
    StartWith({.tokens = tokens});
  }
  void StartWith(const TransportSecurity& security,
                 const std::string& address = "127.0.0.1:0") {
    server_.reset();
    Server::Options options = OptionsAt(address);
    options.security = security;
    options.on_commit = [this](const std::vector<Mutation>& mutations) {
      for (const Mutation& mutation : mutations) {
        if (const auto* const tell = std::get_if<TellChange>(&mutation)) {
          told_.push_back(absl::StrCat(tell->text, ", by ", tell->actor));
        }
      }
    };
    auto started = Server::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    ReadPort();
    channel_ = MakeChannel(server_->address());
    campaigns_ = v1::CampaignService::NewStub(channel_);
    workers_ = v1::WorkerService::NewStub(channel_);
  }

  // A call of gRPC with a token, and one more header.
  template <typename Service, typename Request, typename Response>
  Response As(const std::string& token, Service& stub,
              grpc::Status (Service::*method)(grpc::ClientContext*,
                                              const Request&, Response*),
              const Request& request, const std::string& claimed = "") {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    if (!token.empty()) {
      context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    }
    if (!claimed.empty()) context.AddMetadata(kCallerHeader, claimed);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  void CreateAs(const std::string& token) {
    v1::CreateCampaignRequest request;
    *request.mutable_campaign() = SmallCampaign();
    request.set_campaign_id("c1");
    As(token, *campaigns_, &v1::CampaignService::Stub::CreateCampaign, request);
  }
  void PauseAs(const std::string& token, const std::string& request_id = "",
               const std::string& claimed = "") {
    v1::PauseCampaignRequest request;
    request.set_name("campaigns/c1");
    request.set_request_id(request_id);
    As(token, *campaigns_, &v1::CampaignService::Stub::PauseCampaign, request,
       claimed);
  }
  void ResumeByHttp(const std::string& token) {
    EXPECT_EQ(
        StatusOf(Post(
            "CampaignService/ResumeCampaign", R"({"name": "campaigns/c1"})",
            absl::StrCat("Content-Type: application/json\r\n",
                         token.empty() ? "" : "Authorization: Bearer ", token,
                         token.empty() ? "" : "\r\n"))),
        200);
  }
  // `MESSAGE by ACTOR` of the campaign's events so far.
  std::vector<std::string> Events(const std::string& token) {
    v1::ListTrialTableRequest table;
    table.set_parent("campaigns/c1");
    const int64_t last = As(token, *campaigns_,
                            &v1::CampaignService::Stub::ListTrialTable, table)
                             .sequence();
    v1::WatchCampaignRequest request;
    request.set_name("campaigns/c1");
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    if (!token.empty()) {
      context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    }
    const auto reader = campaigns_->WatchCampaign(&context, request);
    std::vector<std::string> events;
    for (v1::CampaignEvent event;
         event.sequence() < last && reader->Read(&event);) {
      if (event.kind() != v1::CampaignEvent::CAMPAIGN_CHANGED) {
        EXPECT_THAT(event.actor(), IsEmpty()) << event.message();
        continue;
      }
      events.push_back(
          absl::StrCat(event.message().substr(0, event.message().find(' ')),
                       " by ", event.actor()));
    }
    context.TryCancel();
    return events;
  }

  std::string alice_;
  std::string bob_;
  std::vector<std::string> told_;
};

TEST_F(AuditTest, EventsNameTheTokenOfTheCall) {
  CreateAs(alice_);
  PauseAs(bob_, "pause-1");
  ResumeByHttp(alice_);
  // Sent again, by whomever: it was bob's, and happened once.
  PauseAs(alice_, "pause-1");
  PauseAs(alice_, "pause-2");
  EXPECT_THAT(Events(bob_),
              ElementsAre("created by token:alice", "paused by token:bob",
                          "resumed by token:alice", "paused by token:alice"));
  for (const std::string& event : Events(bob_)) {
    EXPECT_EQ(event.find("iso_"), std::string::npos) << event;
  }
}

TEST_F(AuditTest, WhatACallerSaysOfItselfIsNotBelieved) {
  CreateAs(alice_);
  PauseAs(bob_, "", "token:alice");
  EXPECT_THAT(Events(bob_),
              ElementsAre("created by token:alice", "paused by token:bob"));
}

TEST_F(AuditTest, NoTransportIsBelievedWhatOnlyHttpMaySay) {
  StartWith({});
  CreateAs("");
  PauseAs("", "", "token:eve");
  StartWith({}, absl::StrCat("unix:", folder_.File("socket")));
  PauseAs("", "", "token:eve");  // it is paused: nothing is told
  ResumeByHttp("");
  PauseAs("", "", "token:eve");
  const TransportSecurity security = MakeCertificate(folder_);
  const ScopedVariable roots("ISOSHAPE_TLS_CA", security.tls_cert);
  StartWith(security);
  v1::ResumeCampaignRequest resume;
  resume.set_name("campaigns/c1");
  As("", *campaigns_, &v1::CampaignService::Stub::ResumeCampaign, resume,
     "token:eve");
  PauseAs("", "", absl::StrCat(std::string(32, '0'), "token:eve"));
  EXPECT_THAT(Events(""), ElementsAre("created by local", "paused by local",
                                      "resumed by local", "paused by local",
                                      "resumed by local", "paused by local"));
}

TEST(CallersTest, TheNameOfACallIsBelievedOfWhoKnowsTheSecretAlone) {
  // In the process too: that is no proof.
  class Service final : public v1::CampaignService::CallbackService {
   public:
    explicit Service(Callers callers) : callers_(std::move(callers)) {}
    grpc::ServerUnaryReactor* PauseCampaign(
        grpc::CallbackServerContext* context, const v1::PauseCampaignRequest*,
        v1::Campaign* response) override {
      response->set_name(callers_.Name(*context));
      auto* const reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }

   private:
    const Callers callers_;
  };
  const auto name = [](const std::string& secret, const std::string& header) {
    Service service(Callers(nullptr, secret));
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    const auto stub = v1::CampaignService::NewStub(
        server->InProcessChannel(grpc::ChannelArguments()));
    grpc::ClientContext context;
    context.AddMetadata(kCallerHeader, header);
    v1::Campaign response;
    EXPECT_TRUE(stub->PauseCampaign(&context, {}, &response).ok());
    return response.name();
  };
  EXPECT_EQ(name("secret", "secrettoken:alice"), "token:alice");
  EXPECT_EQ(name("secret", "token:alice"), "local");
  EXPECT_EQ(name("secret", "secre"), "local");
  EXPECT_EQ(name("", "token:alice"), "local");
}

TEST_F(AuditTest, TheLogNamesWhoDeletedAndDrained) {
  CreateAs(alice_);
  v1::RegisterWorkerRequest registered;
  registered.mutable_worker()->set_name("workers/w1");
  registered.mutable_worker()->set_slots(1);
  registered.mutable_worker()->add_datasets("text");
  As(bob_, *workers_, &v1::WorkerService::Stub::RegisterWorker, registered);
  v1::DrainWorkerRequest drain;
  drain.set_name("workers/w1");
  As(bob_, *workers_, &v1::WorkerService::Stub::DrainWorker, drain);
  v1::DeleteCampaignRequest remove;
  remove.set_name("campaigns/c1");
  remove.set_force(true);
  As(alice_, *campaigns_, &v1::CampaignService::Stub::DeleteCampaign, remove);
  server_.reset();
  // Workers register again and again: that is told, and not by whom.
  EXPECT_THAT(told_,
              ElementsAre("workers/w1 registered: , slots 1, data text, by ",
                          "workers/w1 drains, by token:bob",
                          "campaigns/c1 is deleted with 3 trials, by "
                          "token:alice"));
}

TEST_F(AuditTest, WithoutTokensItIsThisMachineOrACertificate) {
  StartWith({});
  CreateAs("");
  ResumeByHttp("");  // nothing changes, nothing is told
  PauseAs("");
  ResumeByHttp("");
  EXPECT_THAT(Events(""), ElementsAre("created by local", "paused by local",
                                      "resumed by local"));
}

TEST_F(AuditTest, ThisMachineIsLocalOnAListenerOfBothFamiliesToo) {
  server_.reset();
  Server::Options options = OptionsAt("127.0.0.1:0");
  options.http = "[::]:0";
  options.security.insecure = true;
  auto started = Server::Start(options);
  if (absl::IsUnavailable(started.status())) GTEST_SKIP() << started.status();
  ASSERT_TRUE(started.ok()) << started.status();
  server_ = *std::move(started);
  ReadPort();
  channel_ = MakeChannel(server_->address());
  campaigns_ = v1::CampaignService::NewStub(channel_);
  CreateAs("");
  PauseAs("");
  ResumeByHttp("");  // from ::ffff:127.0.0.1, as the socket says it
  EXPECT_THAT(Events(""), ElementsAre("created by local", "paused by local",
                                      "resumed by local"));
}

TEST_F(AuditTest, ACertificateIsNamedByItsSubject) {
  TransportSecurity security = MakeCertificate(folder_, "ops,a/O=lab");
  security.tls_client_ca = security.tls_cert;
  const ScopedVariable roots("ISOSHAPE_TLS_CA", security.tls_cert);
  const ScopedVariable cert("ISOSHAPE_TLS_CERT", security.tls_cert);
  const ScopedVariable key("ISOSHAPE_TLS_KEY", security.tls_key);
  StartWith(security);
  CreateAs("");
  // By HTTP in the same words.
  TlsClient client(port_, {.ca = security.tls_cert,
                           .cert = security.tls_cert,
                           .key = security.tls_key});
  client.Send(HttpText("POST", "/isoshape.v1.CampaignService/PauseCampaign",
                       "Content-Type: application/json\r\n"
                       "Connection: close\r\n",
                       R"({"name": "campaigns/c1"})"));
  EXPECT_EQ(StatusOf(client.ReadUntil()), 200);
  EXPECT_THAT(Events(""),
              ElementsAre(R"(created by certificate:O=lab,CN=ops\,a)",
                          R"(paused by certificate:O=lab,CN=ops\,a)"));
}

}  // namespace
}  // namespace isoshape
