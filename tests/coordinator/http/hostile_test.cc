// What a page of somebody else's and a broken client must not get past.
#include <string>
#include <vector>

#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kList[] = "CampaignService/ListCampaigns";
constexpr char kJson[] = "Content-Type: application/json\r\n";

TEST_F(HttpTest, ForeignHostsAreMisdirectedAndTheFlagIsNamed) {
  for (const char* host :
       {"evil.example", "evil.example:50580", "127.0.0.1.evil.example",
        "localhost.evil.example", "[2001:db8::1]:1", "10.0.0.1", "127.0.0.1:x",
        "127.0.0.1@evil.example", "[::1", "a b"}) {
    const std::string answer =
        Get("/healthz", absl::StrCat("Host: ", host, "\r\n"));
    EXPECT_EQ(StatusOf(answer), 421) << host;
    EXPECT_THAT(answer, HasSubstr("--allow-host")) << host;
    EXPECT_EQ(StatusOf(Post(kList, "{}",
                            absl::StrCat("Host: ", host, "\r\n", kJson))),
              421)
        << host;
  }
}

TEST_F(HttpTest, NamesOfThisMachinePassWithAnyPort) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:1", "localhost", "LOCALHOST",
                           "localhost:50580", "[::1]:80", "127.0.1.1"}) {
    EXPECT_EQ(StatusOf(Get("/healthz", absl::StrCat("Host: ", host, "\r\n"))),
              200)
        << host;
  }
}

TEST_F(HttpTest, HostMustBeThereOnce) {
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.1\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(Ask("GET /healthz HTTP/1.0\r\n\r\n")), 400);
  EXPECT_EQ(StatusOf(Get("/healthz", "Host: localhost\r\nHost: localhost\r\n")),
            400);
  for (const char* host :
       {"Host:\r\n", "Host: \r\n", "Host: \t\r\n",
        "Host:\r\nHost: localhost\r\n", "Host: localhost\r\nHost:\r\n"}) {
    EXPECT_EQ(StatusOf(Get("/healthz", host)), 400) << host;
  }
  EXPECT_EQ(StatusOf(Get("/healthz", "Host: :80\r\n")), 421);
}

TEST_F(HttpTest, AllowedHostsPass) {
  auto options = OptionsAt("127.0.0.1:0");
  options.allow_hosts = {"GPU1.example"};
  server_.reset();
  auto started = Server::Start(options);
  ASSERT_TRUE(started.ok()) << started.status();
  server_ = *std::move(started);
  ReadPort();
  EXPECT_EQ(StatusOf(Get("/healthz", "Host: gpu1.example:50580\r\n")), 200);
  EXPECT_EQ(StatusOf(Get("/healthz", "Host: gpu2.example\r\n")), 421);
  // Behind a proxy that says another Host than the browser.
  EXPECT_EQ(
      StatusOf(Post(kList, "{}",
                    absl::StrCat("Origin: https://gpu1.example\r\n", kJson))),
      200);
}

// A thousand times one column of a hundred thousand trials is a gigabyte.
TEST_F(HttpTest, AColumnIsGivenOnce) {
  Create();
  const std::string answer =
      Get("/v1/campaigns/c1/table?columns=seed,number,seed");
  EXPECT_EQ(StatusOf(answer), 400);
  EXPECT_THAT(answer, HasSubstr("columns names 'seed' twice; name it once"));
  EXPECT_EQ(StatusOf(Get("/v1/events?columns=seed,seed")), 400);
  v1::ListTrialTableRequest request;
  request.set_parent("campaigns/c1");
  for (int i = 0; i < 2; ++i) request.add_columns("width");
  Refused(StatusCode::INVALID_ARGUMENT, "columns names 'width' twice",
          *campaigns_, &v1::CampaignService::Stub::ListTrialTable, request);
}

TEST_F(HttpTest, AllowHostTakesNamesOnly) {
  auto options = OptionsAt("127.0.0.1:0");
  options.db = folder_.File("other.db");
  options.allow_hosts = {"http://a.example/"};
  const auto started = Server::Start(options);
  EXPECT_EQ(started.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(started.status().message()),
              HasSubstr("--allow-host 'http://a.example/'"));
}

TEST_F(HttpTest, ForeignOriginsMayNotPost) {
  for (const char* origin :
       {"http://evil.example", "https://127.0.0.1.evil.example", "null",
        "http://127.0.0.1:8888", "http://localhost", "127.0.0.1", "file://"}) {
    const std::string answer =
        Post(kList, "{}", absl::StrCat("Origin: ", origin, "\r\n", kJson));
    EXPECT_EQ(StatusOf(answer), 403) << origin;
    EXPECT_THAT(answer, HasSubstr("--allow-host")) << origin;
  }
  EXPECT_EQ(StatusOf(Post(kList, "{}",
                          absl::StrCat("Origin: http://127.0.0.1\r\n", kJson))),
            200);
}

TEST_F(HttpTest, OtherSitesMayNotPost) {
  for (const char* site : {"cross-site", "same-site", "none", "x"}) {
    const std::string headers =
        absl::StrCat("Sec-Fetch-Site: ", site, "\r\n", kJson);
    EXPECT_EQ(StatusOf(Post(kList, "{}", headers)), 403) << site;
    // But a GET that a link leads to changes nothing.
    EXPECT_EQ(StatusOf(Get("/healthz", headers)), 200) << site;
  }
  EXPECT_EQ(
      StatusOf(Post(kList, "{}",
                    absl::StrCat("Sec-Fetch-Site: same-origin\r\n", kJson))),
      200);
}

TEST_F(HttpTest, FormsMayNotPost) {
  for (const char* type :
       {"application/x-www-form-urlencoded", "multipart/form-data; boundary=a",
        "text/plain", "text/plain; application/json", "application/jsonp",
        "application/json-seq"}) {
    EXPECT_EQ(StatusOf(Post(kList, "{}",
                            absl::StrCat("Content-Type: ", type, "\r\n"))),
              415)
        << type;
  }
  EXPECT_EQ(StatusOf(Post(kList, "{}", "")), 415);
  EXPECT_EQ(
      StatusOf(Post(kList, "{}",
                    "Content-Type: Application/JSON ; charset=utf-8\r\n")),
      200);
}

// The checks come before routing, for whatever method.
TEST_F(HttpTest, EveryMethodIsChecked) {
  for (const char* method :
       {"DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"}) {
    const auto ask = [&](const char* headers) {
      return Ask(HttpText(method, "/v1/campaigns/c1", headers));
    };
    EXPECT_EQ(StatusOf(ask("Host: evil.example\r\n")), 421) << method;
    EXPECT_EQ(StatusOf(ask("Origin: http://evil.example\r\n")), 403) << method;
    EXPECT_EQ(StatusOf(ask("")), 415) << method;
    const std::string answer = ask(kJson);
    EXPECT_EQ(StatusOf(answer), 405) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
    EXPECT_THAT(answer, Not(HasSubstr("Access-Control"))) << method;
  }
}

TEST_F(HttpTest, SecurityHeadersAreOnEveryAnswer) {
  for (const std::string& answer :
       {Get("/healthz"), Get("/none"), Get("/", "Host: evil.example\r\n"),
        Post(kList, "{}"), Ask("nonsense\r\n\r\n")}) {
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer,
                HasSubstr("Cross-Origin-Resource-Policy: same-origin\r\n"));
    EXPECT_THAT(answer,
                HasSubstr("Content-Security-Policy: default-src 'self'"));
    EXPECT_THAT(answer, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(answer, Not(HasSubstr("unsafe-inline")));
    EXPECT_THAT(answer, Not(HasSubstr("Access-Control")));
  }
}

TEST_F(HttpTest, NothingThatAClientSendsIsInAHeaderOrAMarkup) {
  const std::string own = "q\"'><script>zz</script>";
  std::vector<std::string> answers = {
      Get("/", absl::StrCat("Host: ", own, "\r\n")),
      Get("/plain/campaigns/%3Cscript%3Ezz%3C/script%3E"),
      Get("/v1/campaigns/%3Cscript%3Ezz%3C/script%3E/table"),
      Get("/v1/campaigns/c1/figures/%3Cscript%3Ezz.svg"),
      Get("/sign-in?%3Cscript%3Ezz%3C/script%3E"),
      Post(kList, "{}", absl::StrCat("Content-Type: ", own, "\r\n")),
      Post("%3Cscript%3Ezz%3C/script%3E", "{}"),
      Post(kList, R"({"<script>zz</script>": 1})"),
  };
  for (const char* name :
       {"Origin", "Sec-Fetch-Site", "Cookie", "If-None-Match", "Authorization",
        "Last-Event-ID", "Accept-Encoding", "X-Other"}) {
    const std::string header = absl::StrCat(name, ": ", own, "\r\n");
    answers.push_back(Get("/", header));
    answers.push_back(
        Post(kList, "{}",
             absl::StrCat("Content-Type: application/json\r\n", header)));
  }
  for (const std::string& answer : answers) {
    ASSERT_NE(StatusOf(answer), 0);
    const size_t end = answer.find("\r\n\r\n");
    EXPECT_THAT(answer.substr(0, end), Not(HasSubstr("zz"))) << answer;
    // Of a message it is a part, as text.
    if (!absl::StrContains(answer, "Content-Type: application/json")) {
      EXPECT_THAT(answer, Not(HasSubstr("<script>zz"))) << answer;
    }
  }
}

TEST_F(HttpTest, HeadersOfMoreThan16KiBAreRefused) {
  const std::string most =
      Get("/healthz", absl::StrCat("X: ", std::string(15'000, 'x'), "\r\n"));
  EXPECT_EQ(StatusOf(most), 200);
  for (const size_t size : {17'000, 200'000}) {
    const std::string answer =
        Get("/healthz", absl::StrCat("X: ", std::string(size, 'x'), "\r\n"));
    EXPECT_EQ(StatusOf(answer), 431) << size;
  }
  EXPECT_EQ(StatusOf(Get(absl::StrCat("/", std::string(20'000, 'x')))), 431);
}

TEST_F(HttpTest, BodiesOfMoreThanOneMiBAreRefused) {
  const std::string spaces(1024 * 1024 - 2, ' ');
  EXPECT_EQ(StatusOf(Post(kList, absl::StrCat("{}", spaces))), 200);
  EXPECT_EQ(StatusOf(Post(kList, absl::StrCat("{} ", spaces))), 413);
  // Said, and never sent.
  EXPECT_EQ(StatusOf(Ask(absl::StrCat("POST /isoshape.v1.", kList,
                                      " HTTP/1.1\r\nHost: localhost\r\n", kJson,
                                      "Content-Length: 99999999999\r\n\r\n"))),
            413);
  // In pieces.
  std::string chunked = absl::StrCat("POST /isoshape.v1.", kList,
                                     " HTTP/1.1\r\nHost: localhost\r\n", kJson,
                                     "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&chunked, "10000\r\n", std::string(0x10000, ' '), "\r\n");
  }
  EXPECT_EQ(StatusOf(Ask(absl::StrCat(chunked, "0\r\n\r\n"))), 413);
}

TEST_F(HttpTest, WhatIsSaidTwiceIsRefused) {
  for (const char* body : {R"({"page_size": 1, "page_size": 2})",
                           R"({"page_size": 1, "page\u005fsize": 2})",
                           R"({"filter": {"a": 1, "a": 1}})"}) {
    const std::string answer = Post(kList, body, kJson);
    EXPECT_EQ(StatusOf(answer), 400) << body;
    EXPECT_THAT(answer, HasSubstr("twice; say it once")) << body;
  }
  // The same name in two objects is two names.
  EXPECT_THAT(Post("CampaignService/CreateCampaign",
                   R"({"campaign": {"variants": [{"name": "a"}, {"name": "b"}],
                       "space": {"name": "c"}}, "validate_only": true})",
                   kJson),
              Not(HasSubstr("twice")));
  const std::string query = Get("/api/v1/campaigns/c1/table?page=1&page=2");
  EXPECT_NE(StatusOf(query), 200);
}

// A list of a megabyte of objects kept the thread that answers everybody busy
// for ten minutes, as each end of an object looked at all before it.
TEST_F(HttpTest, AListOfManyObjectsTakesNoLongerThanItIsLong) {
  std::string body = R"({"filter": [{})";
  for (int i = 0; i < 300'000; ++i) body += ",{}";
  const absl::Time begin = absl::Now();
  EXPECT_EQ(StatusOf(Post(kList, absl::StrCat(body, "]}"), kJson)), 400);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
}

TEST_F(HttpTest, MessagesThatTwoReadersReadDifferentlyAreRefused) {
  const std::string head = absl::StrCat(
      "POST /isoshape.v1.", kList, " HTTP/1.1\r\nHost: localhost\r\n", kJson);
  for (const char* rest :
       {"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "Content-Length: -1\r\n\r\n", "Content-Length: 2 \x01\r\n\r\n{}",
        "Broken header\r\n\r\n", "X\r\n: y\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(Ask(absl::StrCat(head, rest))), 400) << rest;
  }
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "\x16\x03\x01\r\n\r\n",
        "GET / x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(Ask(text)), 400) << text;
  }
}

TEST_F(HttpTest, TargetsThatAreNoPathsAreRefused) {
  for (const char* target :
       {"*", "http://evil.example/", "/%", "/%4", "/%zz", "/%00", "/a%0d%0aX:1",
        "/%ff%fe", "/?a=%0a", "//%c0%af"}) {
    const std::string answer = Get(target);
    EXPECT_EQ(StatusOf(answer), 400) << target;
    EXPECT_THAT(answer, Not(HasSubstr("\nX:1"))) << target;
  }
  for (const char* target : {"/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                             "/..%2f..%2fetc%2fpasswd", "//etc/passwd",
                             "/index.html/..", "/<script>alert(1)</script>"}) {
    const std::string answer = Get(target);
    EXPECT_EQ(StatusOf(answer), 404) << target;
    EXPECT_THAT(answer, Not(HasSubstr("<script>"))) << target;
    EXPECT_THAT(answer, Not(HasSubstr("root:"))) << target;
  }
}

TEST_F(HttpTest, JsonBodiesThatAreWrongAreNamed) {
  const auto error = [&](const std::string& body) {
    const std::string answer = Post(kList, body);
    EXPECT_EQ(StatusOf(answer), 400) << answer;
    const nlohmann::json json = Json(answer);
    EXPECT_EQ(json["code"], "invalid_argument");
    const std::string message = json["message"];
    EXPECT_LE(message.size(), 2000u);
    return message;
  };
  EXPECT_THAT(error("{"), HasSubstr("not JSON from byte 2"));
  EXPECT_THAT(error("[]"), HasSubstr("[] is not an object"));
  EXPECT_THAT(error(R"({"page_sise": 1})"),
              HasSubstr("did you mean 'page_size'?"));
  EXPECT_THAT(error(R"({"page_size": "x"})"), HasSubstr("field page_size"));
  EXPECT_THAT(error("{\"page_token\": \"\xff\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(error(std::string(500'000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(error(absl::StrCat(R"({"page_token": )", std::string(31, '['),
                                 std::string(31, ']'), "}")),
              HasSubstr("is not text"));
  error(absl::StrCat(R"({"page_size": ")", std::string(900'000, 'x'), "\"}"));
}

TEST_F(HttpTest, ManyUnfinishedRequestsCloseTheNextConnections) {
  HttpLimits limits;
  limits.unfinished = 3;
  RestartWith(limits);
  for (int i = 0; i < 50; ++i) {
    RawClient client(port_);
    client.Send("GET / HT");
    client.EndSending();
    EXPECT_EQ(client.ReadAll(), "");
  }
  RawClient next(port_);
  next.Send(HttpText("GET", "/healthz"));
  EXPECT_EQ(next.ReadResponse(), "");
}

// It was never answered, and held its connection for good.
TEST_F(HttpTest, ANumberThatNoDoubleHoldsIsRefused) {
  for (const char* body :
       {R"({"page_size": 1e400})", R"({"page_size": -1e400})",
        R"({"page_size": 99999999999999999999999e999})"}) {
    const std::string answer = Post("CampaignService/ListCampaigns", body);
    EXPECT_EQ(StatusOf(answer), 400) << body;
    EXPECT_EQ(Json(answer)["code"], "invalid_argument") << body;
  }
  EXPECT_EQ(StatusOf(Get("/healthz")), 200);
}

}  // namespace
}  // namespace isoshape
