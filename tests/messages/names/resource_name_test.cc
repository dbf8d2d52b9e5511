#include "messages/names/resource_name.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

TEST(ResourceNameTest, ParsesTrialNames) {
  const absl::StatusOr<TrialName> name =
      ParseTrialName("campaigns/my-run.2/trials/17");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->campaign, "campaigns/my-run.2");
  EXPECT_EQ(name->number, 17);
  EXPECT_EQ(MakeCampaignName("my-run.2"), name->campaign);
  EXPECT_EQ(MakeTrialName(name->campaign, name->number),
            "campaigns/my-run.2/trials/17");
}

TEST(ResourceNameTest, RefusesWhatIsNoTrialName) {
  for (const char* name :
       {"", "campaigns/c1", "campaigns/c1/trials/", "campaigns/c1/trials/0",
        "campaigns/c1/trials/-1", "campaigns/c1/trials/07",
        "campaigns/c1/trials/7x", "campaigns//trials/7",
        "campaigns/a/b/trials/7", "campaigns/c1/trials/99999999999999999999",
        "campaigns/c1/trials/ 7"}) {
    EXPECT_EQ(ParseTrialName(name).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(ResourceNameTest, AnIdHasOneTo63PlainCharacters) {
  EXPECT_TRUE(CheckId("id", std::string(63, 'a')).ok());
  EXPECT_FALSE(CheckId("id", std::string(64, 'a')).ok());
  EXPECT_FALSE(CheckId("id", "").ok());
  EXPECT_FALSE(CheckId("id", "a b").ok());
  // Paths of pages with them would be those of other pages.
  EXPECT_FALSE(CheckId("id", ".").ok());
  EXPECT_FALSE(CheckId("id", "..").ok());
  EXPECT_TRUE(CheckId("id", "...").ok());
  EXPECT_FALSE(CheckCampaignName("workers/w1").ok());
  EXPECT_FALSE(CheckCampaignName("campaigns/a/b").ok());
  EXPECT_TRUE(CheckWorkerName("workers/host-1.2_3").ok());
}

}  // namespace
}  // namespace isoshape
