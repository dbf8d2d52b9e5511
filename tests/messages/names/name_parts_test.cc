#include "messages/names/name_parts.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

TEST(NamePartsTest, ShortNamesAreWhatPeopleType) {
  EXPECT_EQ(ShortName("campaigns/c1"), "c1");
  EXPECT_EQ(ShortName("campaigns/c1/trials/7"), "c1/7");
  EXPECT_EQ(ShortName("workers/w1"), "w1");
  EXPECT_EQ(ShortName(""), "");
}

TEST(NamePartsTest, TheNumberOfATrial) {
  EXPECT_EQ(TrialNumber("campaigns/c1/trials/7"), 7);
  EXPECT_EQ(TrialNumber("campaigns/c1/trials/12000"), 12000);
  EXPECT_EQ(TrialNumber("campaigns/c1"), 0);
  EXPECT_EQ(TrialNumber(""), 0);
}

TEST(NamePartsTest, TheCampaignOfATrial) {
  EXPECT_EQ(CampaignOfTrial("campaigns/c1/trials/7"), "campaigns/c1");
  EXPECT_EQ(CampaignOfTrial("campaigns/c1"), "campaigns/c1");
}

}  // namespace
}  // namespace isoshape
