#include "coordinator/analysis/cached_campaigns.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace isoshape {
namespace {

// What goes is kept for whoever holds no lock.
class CachedCampaignsTest : public testing::Test {
 protected:
  // Adds a campaign with a reading, and returns what tells whether that lives.
  std::weak_ptr<const CampaignReading> AddRead(const std::string& name) {
    auto reading = std::make_shared<const CampaignReading>();
    campaigns_.FindOrAdd(name).reading = reading;
    return reading;
  }

  CachedCampaigns campaigns_{{.campaigns = 2, .questions = 1}, {}};
};

TEST_F(CachedCampaignsTest, TheReadingOfADeletedCampaignGoesWithoutTheLock) {
  const auto reading = AddRead("a");
  campaigns_.Tell("a", {.deleted = true});
  EXPECT_EQ(campaigns_.Find("a")->reading, nullptr);
  EXPECT_FALSE(reading.expired());
  campaigns_.TakeDropped();
  EXPECT_TRUE(reading.expired());
}

TEST_F(CachedCampaignsTest, SoDoTheLeastRecentlyUsedCampaignAndOneErased) {
  const auto oldest = AddRead("a");
  const auto newer = AddRead("b");
  campaigns_.FindOrAdd("c");
  EXPECT_EQ(campaigns_.Find("a"), nullptr);
  EXPECT_FALSE(oldest.expired());
  campaigns_.Erase("b");
  EXPECT_EQ(campaigns_.Find("b"), nullptr);
  EXPECT_FALSE(newer.expired());
  campaigns_.TakeDropped();
  EXPECT_TRUE(oldest.expired());
  EXPECT_TRUE(newer.expired());
}

TEST_F(CachedCampaignsTest, SoDoesTheAnswerOfAQuestionThatMakesRoom) {
  CachedCampaign& campaign = campaigns_.FindOrAdd("a");
  auto answer = std::make_shared<const v1::FitLawResponse>();
  const std::weak_ptr<const v1::FitLawResponse> kept = answer;
  campaigns_.FindOrAdd(campaign, {.key = "1"})
      .answer.Set(std::move(answer), CampaignReading{}, campaign.versions);
  campaigns_.FindOrAdd(campaign, {.key = "2"});
  EXPECT_FALSE(campaign.questions.contains("1"));
  EXPECT_FALSE(kept.expired());
  campaigns_.TakeDropped();
  EXPECT_TRUE(kept.expired());
}

TEST_F(CachedCampaignsTest, SoDoesTheAnswerOfAQuestionThatNobodyAsks) {
  CachedCampaign& campaign = campaigns_.FindOrAdd("a");
  auto answer = std::make_shared<const v1::FitLawResponse>();
  const std::weak_ptr<const v1::FitLawResponse> kept = answer;
  CachedQuestion& cached = campaigns_.FindOrAdd(campaign, {.key = "1"});
  cached.last_asked = absl::Seconds(10);
  cached.answer.Set(std::move(answer), CampaignReading{}, campaign.versions);
  campaigns_.ForgetUnaskedSince(absl::Seconds(10), campaign);
  EXPECT_TRUE(campaign.questions.contains("1"));
  campaigns_.ForgetUnaskedSince(absl::Seconds(11), campaign);
  EXPECT_FALSE(campaign.questions.contains("1"));
  EXPECT_FALSE(kept.expired());
  campaigns_.TakeDropped();
  EXPECT_TRUE(kept.expired());
}

}  // namespace
}  // namespace isoshape
