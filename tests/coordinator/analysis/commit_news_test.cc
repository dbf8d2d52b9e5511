#include "coordinator/analysis/commit_news.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

constexpr char kCampaign[] = "campaigns/c1";

Mutation Trial(v1::Trial::State state) {
  PutTrial put;
  put.trial.set_name(std::string(kCampaign) + "/trials/7");
  put.trial.set_state(state);
  put.trial.set_flops_per_token(6e4);
  put.trial.mutable_shape_card()->set_validation_loss(2);
  return put;
}

Mutation Campaign(double target_flops) {
  PutCampaign put;
  put.campaign.set_name(kCampaign);
  put.campaign.set_target_flops(target_flops);
  return put;
}

// As it was read.
CampaignResults Results(double target_flops, bool imported_alone = false) {
  CampaignResults results;
  results.campaign.set_target_flops(target_flops);
  results.imported_alone = imported_alone;
  return results;
}

TEST(CommitNewsTest, WhatIsTakenIsTheSumOfCommitsSinceTheLast) {
  CommitNews news;
  news.Note({Trial(v1::Trial::SUCCEEDED), Trial(v1::Trial::SUCCEEDED)});
  news.Note({Trial(v1::Trial::SUCCEEDED), Trial(v1::Trial::FAILED)});
  const auto taken = news.Take();
  ASSERT_EQ(taken.size(), 1);
  EXPECT_EQ(taken.at(kCampaign).succeeded, 3);
  EXPECT_TRUE(taken.at(kCampaign).changed);
  EXPECT_FALSE(taken.at(kCampaign).deleted);
  EXPECT_TRUE(news.Take().empty());
}

TEST(CommitNewsTest, ADeletedCampaignHasOnlyWhatCameAfter) {
  CommitNews news;
  news.Note({Trial(v1::Trial::SUCCEEDED), Trial(v1::Trial::FAILED)});
  news.Note({DeleteCampaign{kCampaign}});
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  const CampaignNews one = news.Take().at(kCampaign);
  EXPECT_TRUE(one.deleted);
  EXPECT_EQ(one.succeeded, 1);
  EXPECT_FALSE(one.changed);
}

TEST(CommitNewsTest, OneThreadIsWokenForAllNewsSinceAReading) {
  CommitNews news;
  const int64_t before = news.wakes();
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  EXPECT_EQ(news.wakes(), before + 1);
  news.Take();
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  EXPECT_EQ(news.wakes(), before + 1);
  news.Take();
  news.ReadingBegins(kCampaign);
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  EXPECT_EQ(news.wakes(), before + 2);
}

// Who forgets a campaign would not hear of it again.
TEST(CommitNewsTest, NewsOfACampaignThatIsNotKeptWakeAThreadAgain) {
  CommitNews news;
  const auto none = [](const std::string&) { return false; };
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  news.Take();
  news.Keep(none);
  int64_t before = news.wakes();
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  EXPECT_EQ(news.wakes(), before + 1);
  before = news.wakes();
  news.Keep(none);  // it has something to be taken
  EXPECT_EQ(news.wakes(), before + 1);
  EXPECT_EQ(news.Take().at(kCampaign).succeeded, 1);
}

TEST(CommitNewsTest, ACampaignIsHeldAgainstItsLastReading) {
  CommitNews news;
  news.Note({Campaign(1e20)});
  EXPECT_TRUE(news.Take().empty());  // nothing was read yet
  news.ReadingEnded(kCampaign, Results(1e20));
  news.Note({Campaign(1e20)});
  EXPECT_TRUE(news.Take().empty());
  news.Note({Campaign(1e21)});
  EXPECT_TRUE(news.Take().at(kCampaign).changed);
}

TEST(CommitNewsTest, ATrialThatRunsIsNewsWhereOnlyImportedOnesWere) {
  CommitNews news;
  const int64_t before = news.wakes();
  news.ReadingEnded(kCampaign, Results(0));
  news.Note({Trial(v1::Trial::LEASED)});
  EXPECT_TRUE(news.Take().empty());
  EXPECT_EQ(news.wakes(), before);
  news.ReadingEnded(kCampaign, Results(0, /*imported_alone=*/true));
  news.Note({Trial(v1::Trial::LEASED)});
  EXPECT_TRUE(news.Take().at(kCampaign).changed);
}

}  // namespace
}  // namespace isoshape
