// Tokens over HTTP.
#include <string>

#include "absl/strings/escaping.h"
#include "access/token_file.h"
#include "common/files/sha256.h"
#include "tests/coordinator/http/http_fixture.h"
#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kForm[] = "Content-Type: application/x-www-form-urlencoded\r\n";
constexpr char kJson[] = "Content-Type: application/json\r\n";

class SignInTest : public HttpTest {
 protected:
  void SetUp() override {
    HttpTest::SetUp();
    server_.reset();
    const std::string tokens = folder_.File("tokens");
    viewer_ = *CreateToken(tokens, "v", Role::kViewer, absl::InfiniteFuture());
    passing_ = *CreateToken(tokens, "passing", Role::kViewer,
                            clock_.Now() + absl::Hours(1));
    admin_ = *CreateToken(tokens, "a", Role::kAdmin, absl::InfiniteFuture());
    Server::Options options = OptionsAt("127.0.0.1:0");
    options.security.tokens = tokens;
    auto started = Server::Start(options);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    ReadPort();
  }
  std::string Header(absl::string_view name, absl::string_view value) {
    return absl::StrCat(name, ": ", value, "\r\n");
  }
  std::string viewer_, admin_;
  std::string passing_;  // that of a viewer, for an hour
};

TEST_F(SignInTest, MethodsTakeTheTokenOfTheirHeader) {
  const std::string none = Post("CampaignService/ListCampaigns", "{}");
  EXPECT_EQ(StatusOf(none), 401);
  EXPECT_THAT(none, HasSubstr("WWW-Authenticate: Bearer"));
  EXPECT_EQ(Json(none)["code"], "unauthenticated");
  const std::string bearer =
      Header("Authorization", absl::StrCat("Bearer ", viewer_));
  EXPECT_EQ(StatusOf(Post("CampaignService/ListCampaigns", "{}",
                          absl::StrCat(kJson, bearer))),
            200);
  const std::string denied =
      Post("CampaignService/CreateCampaign", "{}", absl::StrCat(kJson, bearer));
  EXPECT_EQ(StatusOf(denied), 403);
  EXPECT_EQ(Json(denied)["message"],
            "the token v has the role viewer, and CreateCampaign takes "
            "operator");
}

TEST_F(SignInTest, NothingOfACampaignIsTold) {
  for (const char* path :
       {"/v1/events", "/v1/campaigns/c1/table", "/v1/campaigns/c1/report.html",
        "/v1/campaigns/c1/figures/isoflop.svg", "/nothing"}) {
    EXPECT_EQ(StatusOf(Get(path)), 401) << path;
  }
  EXPECT_EQ(StatusOf(Get("/healthz")), 200);
  EXPECT_EQ(StatusOf(Get("/v1/version")), 200);
}

TEST_F(SignInTest, AStreamTellsNothingOnceItsTokenIsOver) {
  RawClient client(port_);
  client.Send(
      HttpText("GET", "/v1/events",
               Header("Authorization", absl::StrCat("Bearer ", passing_))));
  EXPECT_THAT(client.ReadUntil("\"reset\":false}\n\n"),
              HasSubstr("text/event-stream"));
  clock_.Advance(absl::Hours(2));
  const ScopedVariable variable("ISOSHAPE_TOKEN", admin_);
  campaigns_ = v1::CampaignService::NewStub(MakeChannel(server_->address()));
  Create();
  EXPECT_THAT(client.ReadAll(), Not(HasSubstr("campaigns/c1")));
}

TEST_F(SignInTest, ABrowserIsAskedAndGetsACookie) {
  const std::string page = Get("/plain/");
  EXPECT_EQ(StatusOf(page), 401);
  EXPECT_THAT(page, HasSubstr("<form method=\"post\" action=\"/sign-in\">"));
  // Its one style is told by its hash, so that no other is taken.
  const size_t begin = page.find("<style>") + 7;
  const std::string style = page.substr(begin, page.find("</style>") - begin);
  EXPECT_THAT(page, HasSubstr(absl::StrCat(
                        "Content-Security-Policy: default-src 'none'; "
                        "style-src 'sha256-",
                        absl::Base64Escape(Sha256(style)), "';")));
  const std::string wrong =
      Ask(HttpText("POST", "/sign-in", kForm, "token=iso_no"));
  EXPECT_EQ(StatusOf(wrong), 401);
  EXPECT_THAT(wrong, Not(HasSubstr("Set-Cookie")));
  const std::string right =
      Ask(HttpText("POST", "/sign-in", kForm, absl::StrCat("token=", viewer_)));
  EXPECT_EQ(StatusOf(right), 303);
  EXPECT_THAT(right, HasSubstr("Location: /\r\n"));
  EXPECT_THAT(right,
              HasSubstr(absl::StrCat("Set-Cookie: isoshape_token=", viewer_,
                                     "; Path=/; HttpOnly; "
                                     "SameSite=Strict\r\n")));
  const std::string cookie =
      Header("Cookie", absl::StrCat("other=1; isoshape_token=", viewer_));
  EXPECT_EQ(StatusOf(Get("/plain/", cookie)), 200);
}

TEST_F(SignInTest, APageOfAnotherSiteSignsNobodyIn) {
  const std::string form =
      absl::StrCat(kForm, "Origin: https://elsewhere.example\r\n");
  EXPECT_EQ(StatusOf(Ask(HttpText("POST", "/sign-in", form,
                                  absl::StrCat("token=", viewer_)))),
            403);
  // A form goes nowhere else.
  EXPECT_EQ(StatusOf(Post("CampaignService/ListCampaigns", "{}", kForm)), 415);
}

}  // namespace
}  // namespace isoshape
