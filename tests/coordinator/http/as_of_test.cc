// What is told to clients that say of which event they have heard.
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/coordinator/http/http_fixture.h"

namespace isoshape {
namespace {

using testing::HasSubstr;

// The value of a header, as it is written; empty if there is none.
std::string HeaderOf(const std::string& response, const std::string& name) {
  const size_t end = response.find("\r\n\r\n");
  const size_t at = response.find(absl::StrCat("\r\n", name, ": "));
  if (at == std::string::npos || at > end) return "";
  const size_t begin = at + name.size() + 4;
  return response.substr(begin, response.find("\r\n", begin) - begin);
}

TEST_F(HttpTest, WhoSaysWhatHeHeardIsToldAsOfWhatHisAnswerIs) {
  Create();
  constexpr char kMethod[] = "CampaignService/ListTrialTable";
  constexpr char kBody[] = R"({"parent":"campaigns/c1"})";
  const std::string plain = Post(kMethod, kBody);
  EXPECT_EQ(HeaderOf(plain, "Isoshape-As-Of"), "");
  const int64_t heard = Json(plain)["sequence"];
  Register();
  LeaseOne();
  const std::string later =
      Post(absl::StrCat(kMethod, "?as_of=", heard + 1), kBody);
  EXPECT_EQ(HeaderOf(later, "Isoshape-As-Of"),
            absl::StrCat(Json(later)["sequence"].get<int64_t>()));
  // One page that asks now and then need not wait.
  EXPECT_EQ(HeaderOf(later, "Isoshape-Pace-Ms"), "");
}

// No event tells that a worker came, which changes why trials wait.
TEST_F(HttpTest, WhyTrialsWaitIsToldAnewToWhoAsksForItself) {
  Create();
  constexpr char kMethod[] = "CampaignService/GetCampaign";
  constexpr char kBody[] = R"({"name":"campaigns/c1"})";
  const auto waiting = [&](const std::string& query) {
    return Json(Post(absl::StrCat(kMethod, query), kBody))["waiting"]
        .get<std::string>();
  };
  EXPECT_THAT(waiting("?as_of=1"), HasSubstr("no worker"));
  Register();
  EXPECT_EQ(waiting(""), "");
}

}  // namespace
}  // namespace isoshape
