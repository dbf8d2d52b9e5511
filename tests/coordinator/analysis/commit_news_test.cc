#include "coordinator/analysis/commit_news.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"

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

void ReadingEnded(CommitNews& news, const CampaignResults& results) {
  news.ReadingEnded(kCampaign, &results);
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

TEST(CommitNewsTest, ThreadsAreWokenOnceForAllNewsSinceAReading) {
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

// One alone would wait until a rest is over, and may be busy then.
TEST(CommitNewsTest, EveryThreadThatWaitsIsWoken) {
  constexpr absl::Duration kLimit = absl::Seconds(60);
  CommitNews news;
  const int64_t before = news.wakes();
  absl::BlockingCounter begun(8);
  std::vector<std::thread> threads;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      begun.DecrementCount();
      news.Wait(before, kLimit);
    });
  }
  begun.Wait();
  news.Note({Trial(v1::Trial::SUCCEEDED)});
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(absl::Now() - begin, kLimit);
}

// Who forgets a campaign would not hear of it again.
TEST(CommitNewsTest, NewsOfACampaignThatIsNotKeptWakeThreadsAgain) {
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
  ReadingEnded(news, Results(1e20));
  news.Note({Campaign(1e20)});
  EXPECT_TRUE(news.Take().empty());
  news.Note({Campaign(1e21)});
  EXPECT_TRUE(news.Take().at(kCampaign).changed);
}

// Nobody knows whether it was read before the commit or after it.
TEST(CommitNewsTest, WhatACommitSaysDuringAReadingIsNews) {
  CommitNews news;
  for (const bool first : {true, false}) {
    SCOPED_TRACE(first);
    news.ReadingBegins(kCampaign);
    news.Note({Campaign(1e21)});
    ReadingEnded(news, Results(1e20));
    EXPECT_TRUE(news.Take().at(kCampaign).changed);
    news.ReadingBegins(kCampaign);
    news.Note({Trial(v1::Trial::PENDING)});
    ReadingEnded(news, Results(1e21));
    EXPECT_TRUE(news.Take().at(kCampaign).changed);
    news.Note({Campaign(1e21), Trial(v1::Trial::PENDING)});
    EXPECT_TRUE(news.Take().empty());
  }
}

TEST(CommitNewsTest, AReadingThatFoundNothingIsNotHeldAgainstCommits) {
  CommitNews news;
  ReadingEnded(news, Results(1e20));
  news.ReadingBegins(kCampaign);
  news.ReadingEnded(kCampaign, nullptr);
  const int64_t before = news.wakes();
  news.Note({Campaign(1e21), Trial(v1::Trial::PENDING)});
  EXPECT_TRUE(news.Take().empty());
  EXPECT_EQ(news.wakes(), before);
}

TEST(CommitNewsTest, ATrialThatRunsIsNewsWhereOnlyImportedOnesWere) {
  CommitNews news;
  const int64_t before = news.wakes();
  ReadingEnded(news, Results(0));
  news.Note({Trial(v1::Trial::LEASED)});
  EXPECT_TRUE(news.Take().empty());
  EXPECT_EQ(news.wakes(), before);
  ReadingEnded(news, Results(0, /*imported_alone=*/true));
  news.Note({Trial(v1::Trial::LEASED)});
  EXPECT_TRUE(news.Take().at(kCampaign).changed);
}

}  // namespace
}  // namespace isoshape
