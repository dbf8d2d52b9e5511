// Tokens and TLS of the gRPC port.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "access/token_file.h"
#include "common/net/connection_problem.h"
#include "common/process/process_use.h"
#include "tests/coordinator/certificates.h"
#include "tests/coordinator/server_fixture.h"
#include "tests/error_of.h"
#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ExposureTest, SaysWhatStrangersCouldDo) {
  const ListenAddress here = {.host = "127.0.0.1", .port = 1};
  const ListenAddress all = {.host = "0.0.0.0", .port = 1};
  const TransportSecurity tls = {.tls_cert = "c", .tls_key = "k"};
  EXPECT_EQ(Exposure({.insecure = true}, here), "");
  EXPECT_EQ(Exposure({.tokens = "t"}, {.unix_path = "/s"}), "");
  EXPECT_EQ(Exposure({.insecure = true}, all),
            "anyone who reaches 0.0.0.0:1 could use it");
  EXPECT_EQ(Exposure(tls, all), "anyone who reaches 0.0.0.0:1 could use it");
  EXPECT_EQ(Exposure({.tokens = "t", .insecure = true}, all),
            "tokens would travel to 0.0.0.0:1 for all to read");
  TransportSecurity checked = tls;
  checked.tokens = "t";
  checked.insecure = true;
  EXPECT_EQ(Exposure(checked, all), "");
}

class ServerSecurityTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    server_.reset();
    tokens_ = folder_.File("tokens");
    for (const Role role :
         {Role::kViewer, Role::kWorker, Role::kOperator, Role::kAdmin}) {
      made_[role] =
          *CreateToken(tokens_, RoleName(role), role, absl::InfiniteFuture());
    }
  }
  void StartWith(const TransportSecurity& security,
                 const std::string& address = "127.0.0.1:0") {
    Server::Options options = OptionsAt(address);
    options.security = security;
    auto started = Server::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  std::string Refusal(const TransportSecurity& security,
                      const std::string& address) {
    Server::Options options = OptionsAt(address);
    options.security = security;
    return ErrorOf(Server::Start(options));
  }
  // As a program of its own connects.
  grpc::Status ListWith(const std::string& token) {
    const ScopedVariable variable("ISOSHAPE_TOKEN", token);
    v1::ListCampaignsResponse response;
    const auto stub =
        v1::CampaignService::NewStub(MakeChannel(server_->address()));
    return Call(*stub, &v1::CampaignService::Stub::ListCampaigns,
                v1::ListCampaignsRequest(), &response);
  }
  grpc::Status DeleteWith(const std::string& token) {
    const ScopedVariable variable("ISOSHAPE_TOKEN", token);
    v1::DeleteCampaignRequest request;
    request.set_name("campaigns/none");
    google::protobuf::Empty response;
    const auto stub =
        v1::CampaignService::NewStub(MakeChannel(server_->address()));
    return Call(*stub, &v1::CampaignService::Stub::DeleteCampaign, request,
                &response);
  }
  std::string tokens_;
  std::map<Role, std::string> made_;
};

TEST_F(ServerSecurityTest, CallsShowATokenOfTheRoleThatTheyTake) {
  StartWith({.tokens = tokens_});
  const grpc::Status none = ListWith("");
  EXPECT_EQ(none.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(none.error_message(), HasSubstr("ISOSHAPE_TOKEN_FILE"));
  EXPECT_EQ(ListWith("iso_wrong").error_code(), StatusCode::UNAUTHENTICATED);
  for (const auto& [role, token] : made_) {
    EXPECT_TRUE(ListWith(token).ok()) << RoleName(role);
  }
  const grpc::Status refused = DeleteWith(made_[Role::kOperator]);
  EXPECT_EQ(refused.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(refused.error_message(),
            "the token operator has the role operator, and DeleteCampaign "
            "takes admin");
  EXPECT_EQ(DeleteWith(made_[Role::kAdmin]).error_code(),
            StatusCode::NOT_FOUND);
}

TEST_F(ServerSecurityTest, AStreamTellsNothingOnceItsTokenIsOver) {
  const std::string passing = *CreateToken(tokens_, "passing", Role::kViewer,
                                           clock_.Now() + absl::Hours(1));
  StartWith({.tokens = tokens_});
  const auto viewer =
      v1::CampaignService::NewStub(MakeChannel(server_->address()));
  const ScopedVariable variable("ISOSHAPE_TOKEN", made_[Role::kAdmin]);
  campaigns_ = v1::CampaignService::NewStub(MakeChannel(server_->address()));
  Create();
  grpc::ClientContext watching, changing;
  for (grpc::ClientContext* context : {&watching, &changing}) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", passing));
    context->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  }
  v1::WatchCampaignRequest watch;
  watch.set_name("campaigns/c1");
  v1::CampaignEvent event;
  v1::ChangeBatch batch;
  const auto events = viewer->WatchCampaign(&watching, watch);
  ASSERT_TRUE(events->Read(&event));
  const auto changes =
      viewer->WatchChanges(&changing, v1::WatchChangesRequest());
  ASSERT_TRUE(changes->Read(&batch));
  clock_.Advance(absl::Hours(2));
  v1::PauseCampaignRequest pause;
  pause.set_name("campaigns/c1");
  Campaigns(&v1::CampaignService::Stub::PauseCampaign, pause);
  // What was on its way may still come.
  while (events->Read(&event)) {
    EXPECT_NE(event.campaign_state(), v1::Campaign::PAUSED);
  }
  while (changes->Read(&batch)) EXPECT_TRUE(batch.changes().empty());
  for (const grpc::Status& end : {events->Finish(), changes->Finish()}) {
    EXPECT_EQ(end.error_code(), StatusCode::UNAUTHENTICATED);
    EXPECT_THAT(end.error_message(), HasSubstr("the token passing expired"));
  }
}

TEST_F(ServerSecurityTest, ATokenOfAFileIsReadAgain) {
  StartWith({.tokens = tokens_});
  const std::string path = folder_.File("mine");
  std::ofstream(path) << made_[Role::kViewer] << "\n";
  const ScopedVariable variable("ISOSHAPE_TOKEN_FILE", path);
  EXPECT_TRUE(ListWith("").ok());
}

TEST_F(ServerSecurityTest, UnixSocketsTakeTokensToo) {
  StartWith({.tokens = tokens_}, absl::StrCat("unix:", folder_.File("socket")));
  EXPECT_EQ(ListWith("").error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(ListWith(made_[Role::kViewer]).ok());
}

TEST_F(ServerSecurityTest, TlsIsForWhoTrustsTheCertificate) {
  TransportSecurity security = MakeCertificate(folder_);
  security.tokens = tokens_;
  StartWith(security);
  EXPECT_EQ(ListWith(made_[Role::kViewer]).error_code(),
            StatusCode::UNAVAILABLE);
  const ScopedVariable roots("ISOSHAPE_TLS_CA", security.tls_cert);
  EXPECT_TRUE(ListWith(made_[Role::kViewer]).ok());
  EXPECT_EQ(ListWith("").error_code(), StatusCode::UNAUTHENTICATED);
}

// gRPC says UNAVAILABLE of all of them.
TEST_F(ServerSecurityTest, WhatIsWrongWithTheTlsOfAClientIsSaid) {
  http_ = "127.0.0.1:0";
  const TransportSecurity own = MakeCertificate(folder_);
  const TransportSecurity other = MakeCertificate(folder_, "other", "other-");
  StartWith({});
  const std::string plain = server_->address();
  EXPECT_EQ(ConnectionProblem(plain), "");
  EXPECT_EQ(ConnectionProblem("127.0.0.1:1"), "");
  EXPECT_EQ(ConnectionProblem("127.0.0.1:1,127.0.0.1:2"), "");
  EXPECT_THAT(ConnectionProblem(server_->http_host_port()),
              HasSubstr("answers HTTP there and no gRPC"));
  {
    const ScopedVariable roots("ISOSHAPE_TLS_CA", own.tls_cert);
    EXPECT_THAT(ConnectionProblem(plain),
                AllOf(HasSubstr(plain), HasSubstr("speaks no TLS")));
    EXPECT_EQ(ConnectionProblem("127.0.0.1:1"), "");
  }
  server_.reset();
  StartWith(own);
  const std::string secure = server_->address();
  EXPECT_THAT(ConnectionProblem(secure),
              HasSubstr("speaks TLS, and this program does not"));
  {
    const ScopedVariable roots("ISOSHAPE_TLS_CA", other.tls_cert);
    EXPECT_THAT(ConnectionProblem(secure), HasSubstr("does not vouch for"));
  }
  const ScopedVariable roots("ISOSHAPE_TLS_CA", own.tls_cert);
  EXPECT_EQ(ConnectionProblem(secure), "");
  EXPECT_THAT(ConnectionProblem(server_->http_host_port()),
              HasSubstr("answers HTTP there and no gRPC"));
  // Leads here too, and is no name of the certificate.
  EXPECT_THAT(ConnectionProblem(absl::StrCat("127.1:", server_->port())),
              HasSubstr("is not for 127.1"));
  server_.reset();
  TransportSecurity mutual = own;
  mutual.tls_client_ca = own.tls_cert;
  StartWith(mutual);
  const std::string asks = server_->address();
  EXPECT_THAT(ConnectionProblem(asks),
              HasSubstr("asks clients for a certificate"));
  {
    const ScopedVariable cert("ISOSHAPE_TLS_CERT", other.tls_cert);
    const ScopedVariable key("ISOSHAPE_TLS_KEY", other.tls_key);
    EXPECT_THAT(ConnectionProblem(asks),
                HasSubstr("does not take the certificate"));
  }
  const ScopedVariable cert("ISOSHAPE_TLS_CERT", own.tls_cert);
  const ScopedVariable key("ISOSHAPE_TLS_KEY", own.tls_key);
  EXPECT_EQ(ConnectionProblem(asks), "");
}

// gRPC would connect and show none, and the server alone would say so.
TEST_F(ServerSecurityTest, AClientsKeyMustBeThatOfItsCertificate) {
  const TransportSecurity own = MakeCertificate(folder_);
  const TransportSecurity other = MakeCertificate(folder_, "other", "other-");
  const ScopedVariable roots("ISOSHAPE_TLS_CA", own.tls_cert);
  const ScopedVariable cert("ISOSHAPE_TLS_CERT", own.tls_cert);
  const auto said = [](const std::string& key) {
    const ScopedVariable variable("ISOSHAPE_TLS_KEY", key);
    const absl::Status status = CheckServerAddress("--server", "127.0.0.1:1");
    EXPECT_EQ(status.ok() ? absl::StatusCode::kInvalidArgument : status.code(),
              absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_EQ(said(own.tls_key), "");
  EXPECT_THAT(said(other.tls_key),
              AllOf(HasSubstr("the key in ISOSHAPE_TLS_KEY (" + other.tls_key +
                              ") is not that of the certificate"),
                    HasSubstr(own.tls_cert)));
  EXPECT_THAT(said(own.tls_cert), HasSubstr("holds no private key in PEM"));
  const ScopedVariable swapped("ISOSHAPE_TLS_CERT", own.tls_key);
  EXPECT_THAT(said(own.tls_key), HasSubstr("holds no certificate in PEM"));
}

TEST_F(ServerSecurityTest, MutualTlsAsksForACertificateOfTheClient) {
  TransportSecurity security = MakeCertificate(folder_);
  security.tls_client_ca = security.tls_cert;
  StartWith(security);
  const ScopedVariable roots("ISOSHAPE_TLS_CA", security.tls_cert);
  EXPECT_EQ(ListWith("").error_code(), StatusCode::UNAVAILABLE);
  const ScopedVariable cert("ISOSHAPE_TLS_CERT", security.tls_cert);
  const ScopedVariable key("ISOSHAPE_TLS_KEY", security.tls_key);
  EXPECT_TRUE(ListWith("").ok());
}

// gRPC itself would read whatever is there.
TEST_F(ServerSecurityTest, ARenewedCertificateIsTakenAndNoFileThatIsNone) {
  const TransportSecurity security = MakeCertificate(folder_);
  StartWith(security);
  const std::string old = folder_.File("old.pem");
  std::filesystem::copy_file(security.tls_cert, old);
  const auto trusts = [this](const std::string& certificate) {
    const ScopedVariable roots("ISOSHAPE_TLS_CA", certificate);
    return ListWith("").ok();
  };
  const auto put = [&](const std::string& path, const std::string& at) {
    std::filesystem::rename(path, at);
    clock_.Advance(absl::Seconds(2));
  };
  EXPECT_TRUE(trusts(old));
  // A file of 2 GB, of which none is on disk, and one without an end.
  std::ofstream(folder_.File("large")) << "-----BEGIN CERTIFICATE-----\n";
  std::filesystem::resize_file(folder_.File("large"), uintmax_t{2} << 30);
  std::filesystem::create_symlink("/dev/zero", folder_.File("endless"));
  const int64_t before = UseOf(getpid())->resident_bytes;
  for (const char* const bad : {"large", "endless"}) {
    put(folder_.File(bad), security.tls_cert);
    // As long as gRPC may take to look.
    const absl::Time end = absl::Now() + absl::Seconds(3);
    while (absl::Now() < end) EXPECT_TRUE(trusts(old)) << bad;
  }
  // A quarter of the large one; AddressSanitizer keeps a while what was freed.
  EXPECT_LT(UseOf(getpid())->resident_bytes - before, 512 << 20);
  const TransportSecurity next = MakeCertificate(folder_, "renewed", "next-");
  const std::string renewed = folder_.File("renewed.pem");
  std::filesystem::copy_file(next.tls_cert, renewed);
  put(next.tls_key, security.tls_key);
  put(next.tls_cert, security.tls_cert);
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (!trusts(renewed) && absl::Now() < end) {
  }
  EXPECT_TRUE(trusts(renewed));
  EXPECT_FALSE(trusts(old));
}

TEST_F(ServerSecurityTest, NothingButThisMachineIsServedWithoutBoth) {
  EXPECT_THAT(Refusal({}, "0.0.0.0:0"), HasSubstr("--insecure"));
  EXPECT_THAT(Refusal({.tokens = tokens_}, "0.0.0.0:0"),
              HasSubstr("for all to read"));
  EXPECT_THAT(Refusal(MakeCertificate(folder_), "0.0.0.0:0"),
              HasSubstr("--tokens"));
  EXPECT_THAT(Refusal({.tls_cert = "a"}, "127.0.0.1:0"),
              HasSubstr("one is missing"));
  EXPECT_THAT(Refusal({.tls_cert = "/none", .tls_key = "/none"}, "127.0.0.1:0"),
              HasSubstr("--tls-cert /none cannot be read"));
  StartWith({.insecure = true}, "0.0.0.0:0");
}

}  // namespace
}  // namespace isoshape
