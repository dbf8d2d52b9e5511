// TLS of the HTTP port.
#include "access/token_file.h"
#include "coordinator/http/tls_files.h"
#include "tests/coordinator/certificates.h"
#include "tests/coordinator/http/http_fixture.h"
#include "tests/coordinator/http/tls_client.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

class TlsTest : public HttpTest {
 protected:
  void SetUp() override {
    HttpTest::SetUp();
    server_.reset();
    security_ = MakeCertificate(folder_);
    trusting_ = {.ca = security_.tls_cert};
  }
  void StartWith(const TransportSecurity& security) {
    Server::Options options = OptionsAt("127.0.0.1:0");
    options.security = security;
    auto started = Server::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    ReadPort();
  }
  // The whole answer to one request; empty if there was no handshake.
  std::string AskTls(const std::string& text,
                     const TlsClient::Options& options) {
    TlsClient client(port_, options);
    client.Send(text);
    return client.ok() ? client.ReadUntil() : "";
  }
  std::string GetTls(absl::string_view target,
                     const TlsClient::Options& options) {
    return AskTls(HttpText("GET", target, "Connection: close\r\n"), options);
  }

  TransportSecurity security_;
  TlsClient::Options trusting_;
};

TEST_F(TlsTest, PagesAndMethodsAreThereForWhoTrustsTheCertificate) {
  StartWith(security_);
  EXPECT_TRUE(absl::StartsWith(server_->http_address(), "https://127.0.0.1:"));
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
  EXPECT_EQ(StatusOf(GetTls("/plain/", trusting_)), 200);
  const std::string listed = AskTls(
      HttpText("POST", "/isoshape.v1.CampaignService/ListCampaigns",
               "Content-Type: application/json\r\nConnection: close\r\n", "{}"),
      trusting_);
  EXPECT_EQ(StatusOf(listed), 200);
  EXPECT_TRUE(Json(listed).contains("campaigns"));
  EXPECT_EQ(GetTls("/healthz", {}), "");  // who does not
  // One connection answers several requests.
  TlsClient client(port_, trusting_);
  client.Send(HttpText("GET", "/healthz"));
  EXPECT_THAT(client.ReadUntil("live\n"), HasSubstr("200"));
  client.Send(HttpText("GET", "/readyz"));
  EXPECT_THAT(client.ReadUntil("ready\n"), HasSubstr("200"));
}

TEST_F(TlsTest, NamesOfTheCertificateAreNamesOfTheCoordinator) {
  const TransportSecurity named =
      MakeCertificate(folder_, "other.example", "named-",
                      ",DNS:*.pool.example,DNS:gpu1.example,IP:10.0.0.7");
  StartWith(named);
  const TlsClient::Options trusting = {.ca = named.tls_cert};
  const auto status = [&](const std::string& host) {
    return StatusOf(AskTls(absl::StrCat("GET /healthz HTTP/1.1\r\nHost: ", host,
                                        "\r\nConnection: close\r\n\r\n"),
                           trusting));
  };
  for (const char* host : {"gpu1.example:50580", "GPU1.example", "10.0.0.7:1",
                           "a.pool.example", "localhost"}) {
    EXPECT_EQ(status(host), 200) << host;
  }
  // The subject alone is no name of a certificate to a browser.
  for (const char* host : {"other.example", "gpu2.example", "pool.example",
                           "a.b.pool.example", "10.0.0.8"}) {
    EXPECT_EQ(status(host), 421) << host;
  }
  Server::Options options = OptionsAt("127.0.0.1:0");
  options.db = folder_.File("any.db");
  options.http = "0.0.0.0:0";
  options.security = named;
  options.security.insecure = true;
  const auto any = Server::Start(options);
  ASSERT_TRUE(any.ok()) << any.status();
  EXPECT_THAT((*any)->http_address(),
              testing::StartsWith("https://gpu1.example:"));
}

TEST_F(TlsTest, WhoComesWithoutTlsIsToldInOneLine) {
  StartWith(security_);
  const std::string answer = Get("/");
  EXPECT_EQ(StatusOf(answer), 400);
  EXPECT_THAT(BodyOf(answer), HasSubstr("https://"));
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
}

TEST_F(TlsTest, TheCookieOfATokenGoesUnderTlsAlone) {
  security_.tokens = folder_.File("tokens");
  const std::string token = *CreateToken(security_.tokens, "v", Role::kViewer,
                                         absl::InfiniteFuture());
  StartWith(security_);
  EXPECT_EQ(StatusOf(GetTls("/plain/", trusting_)), 401);
  const auto sign_in = [&](absl::string_view origin) {
    return AskTls(HttpText("POST", "/sign-in",
                           absl::StrCat("Content-Type: "
                                        "application/x-www-form-urlencoded\r\n"
                                        "Connection: close\r\nOrigin: ",
                                        origin, "\r\n"),
                           absl::StrCat("token=", token)),
                  trusting_);
  };
  EXPECT_THAT(sign_in("https://127.0.0.1"),
              HasSubstr(absl::StrCat("Set-Cookie: isoshape_token=", token,
                                     "; Path=/; HttpOnly; SameSite=Strict; "
                                     "Secure\r\n")));
  // Anybody on the way could have written such a page.
  EXPECT_EQ(StatusOf(sign_in("http://127.0.0.1")), 403);
}

TEST_F(TlsTest, ARenewedCertificateIsShownWithoutARestart) {
  StartWith(security_);
  EXPECT_EQ(TlsClient(port_, trusting_).ServerSubject(), "/CN=localhost");
  const std::string old = folder_.File("old.pem");
  std::filesystem::copy_file(security_.tls_cert, old);
  // Half of it: the key is not that of the certificate.
  const TransportSecurity next = MakeCertificate(folder_, "renewed", "next-");
  std::filesystem::rename(next.tls_key, security_.tls_key);
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE(TlsClient(port_, {.ca = old}).ok());
  std::filesystem::rename(next.tls_cert, security_.tls_cert);
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(TlsClient(port_, {.ca = old}).ok());
  EXPECT_EQ(TlsClient(port_, trusting_).ServerSubject(), "/CN=renewed");
}

TEST_F(TlsTest, MutualTlsAsksAllButProbesForACertificate) {
  const TransportSecurity mine = MakeCertificate(folder_, "alice", "alice-");
  const TransportSecurity other = MakeCertificate(folder_, "eve", "eve-");
  security_.tls_client_ca = mine.tls_cert;
  StartWith(security_);
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
  EXPECT_EQ(StatusOf(GetTls("/plain/", trusting_)), 403);
  EXPECT_EQ(StatusOf(GetTls("/metrics", trusting_)), 403);
  TlsClient::Options alice = trusting_;
  alice.cert = mine.tls_cert;
  alice.key = mine.tls_key;
  EXPECT_EQ(StatusOf(GetTls("/plain/", alice)), 200);
  TlsClient::Options eve = trusting_;
  eve.cert = other.tls_cert;
  eve.key = other.tls_key;
  EXPECT_EQ(GetTls("/healthz", eve), "");
}

TEST_F(TlsTest, HalfOpenHandshakesCountAndEnd) {
  http_limits_.connections = 2;
  StartWith(security_);
  RawClient silent(port_);
  RawClient slow(port_);
  slow.Send(absl::string_view("\x16\x03\x01", 3));
  // The one that has waited longest gives way.
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
  EXPECT_EQ(silent.ReadAll(), "");
}

TEST_F(TlsTest, AHandshakeThatTakesTooLongEnds) {
  http_limits_.handshake = absl::Milliseconds(100);
  StartWith(security_);
  RawClient silent(port_);
  RawClient slow(port_);
  slow.Send(absl::string_view("\x16\x03\x01", 3));
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(slow.ReadAll(), "");
}

TEST_F(TlsTest, ProbesOfThePortAreNotCountedAsUnfinished) {
  http_limits_.unfinished = 2;
  StartWith(security_);
  for (int i = 0; i < 20; ++i) {
    RawClient probe(port_);
    probe.EndSending();
    EXPECT_EQ(probe.ReadAll(), "");
  }
  EXPECT_EQ(StatusOf(GetTls("/healthz", trusting_)), 200);
}

TEST_F(TlsTest, AnOldVersionOfTlsIsRefused) {
  StartWith(security_);
  TlsClient::Options old = trusting_;
  old.newest = TLS1_1_VERSION;
  EXPECT_EQ(GetTls("/healthz", old), "");
  old.newest = TLS1_2_VERSION;
  EXPECT_EQ(StatusOf(GetTls("/healthz", old)), 200);
}

TEST_F(TlsTest, AClientThatSaysGoodByeHoldsNoStream) {
  http_limits_.streams = 1;
  StartWith(security_);
  {
    TlsClient client(port_, trusting_);
    client.Send(HttpText("GET", "/v1/events"));
    EXPECT_EQ(StatusOf(client.ReadUntil("data: ")), 200);
    client.Send(HttpText("GET", "/healthz"));  // bytes that nobody reads
    client.Close();
  }
  // Long before the next news of the stream, by which its end would show.
  const absl::Time end = absl::Now() + absl::Seconds(10);
  int status = 0;
  while (status != 200 && absl::Now() < end) {
    TlsClient client(port_, trusting_);
    client.Send(HttpText("GET", "/v1/events"));
    status = StatusOf(client.ReadUntil("\r\n\r\n"));
  }
  EXPECT_EQ(status, 200);
}

TEST_F(TlsTest, FilesThatCannotBeUsedAreNamed) {
  const auto refusal = [](const TlsFiles::Options& options) {
    const absl::Status status = TlsFiles::Make(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  const TransportSecurity other = MakeCertificate(folder_, "other", "other-");
  const std::string text = folder_.Write("text.pem", "no certificate\n");
  EXPECT_THAT(
      refusal({.cert = text, .key = security_.tls_key, .client_ca = ""}),
      HasSubstr(absl::StrCat("--tls-cert ", text, " holds no ")));
  EXPECT_THAT(
      refusal(
          {.cert = security_.tls_cert, .key = other.tls_key, .client_ca = ""}),
      HasSubstr(absl::StrCat("--tls-key ", other.tls_key, " holds no key")));
  EXPECT_THAT(refusal({.cert = security_.tls_cert,
                       .key = security_.tls_key,
                       .client_ca = text}),
              HasSubstr("--tls-client-ca"));
}

TEST_F(TlsTest, OthersAreServedWithTlsAndTokensAlone) {
  const auto start = [&](const TransportSecurity& security) {
    Server::Options options = OptionsAt("127.0.0.1:0");
    options.db = folder_.File("next.db");
    options.http = "0.0.0.0:0";
    options.security = security;
    return Server::Start(options).status();
  };
  const auto refusal = [&](const TransportSecurity& security) {
    const std::string message(start(security).message());
    EXPECT_TRUE(absl::StartsWith(message, "--http: ")) << message;
    EXPECT_THAT(message, HasSubstr("leave --http on 127.0.0.1 behind a proxy"));
    return message;
  };
  EXPECT_THAT(refusal({}), HasSubstr("--insecure"));
  EXPECT_THAT(refusal(security_), HasSubstr("--tokens"));
  TransportSecurity both = security_;
  both.tokens = folder_.File("tokens");
  ASSERT_TRUE(
      CreateToken(both.tokens, "v", Role::kViewer, absl::InfiniteFuture())
          .ok());
  EXPECT_THAT(refusal({.tokens = both.tokens}), HasSubstr("--tls-cert"));
  EXPECT_EQ(start({.tls_client_ca = security_.tls_cert}).code(),
            absl::StatusCode::kInvalidArgument);
  // Nothing was begun for who is refused.
  EXPECT_FALSE(std::filesystem::exists(folder_.File("next.db")));
  EXPECT_TRUE(start(both).ok());
  TransportSecurity mutual = security_;
  mutual.tls_client_ca = security_.tls_cert;
  EXPECT_TRUE(start(mutual).ok());
  EXPECT_TRUE(start({.insecure = true}).ok());
}

}  // namespace
}  // namespace isoshape
