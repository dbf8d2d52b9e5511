#include "coordinator/analysis/next_renewal.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

#include "coordinator/analysis/cached_answer.h"
#include "coordinator/analysis/cached_campaigns.h"

namespace isoshape {
namespace {

constexpr absl::Duration kNow = absl::Hours(1);

class NextRenewalTest : public testing::Test {
 protected:
  // A campaign whose results have been read as it is now.
  CachedCampaign& AddRead(const std::string& name) {
    CachedCampaign& campaign = campaigns_.FindOrAdd(name);
    auto reading = std::make_shared<CampaignReading>();
    reading->version = campaign.versions.newest();
    campaign.reading = reading;
    return campaign;
  }

  CachedQuestion& AddQuestion(CachedCampaign& campaign,
                              const std::string& key) {
    return campaigns_.FindOrAdd(campaign, {.key = key});
  }

  static void Wait(CachedCampaign& campaign, CachedQuestion& cached,
                   bool newest_only = false) {
    cached.answer.Wait([](const AnalysisAnswer&, const v1::DataBasis&) {},
                       campaign.versions, newest_only);
  }

  // What is next, as text: "read NAME", "answer NAME KEY" or "nothing".
  std::string Next() {
    const Renewal next = TakeNextRenewal(campaigns_, kNow);
    if (const auto* read = std::get_if<ReadCampaign>(&next)) {
      return "read " + read->campaign;
    }
    if (const auto* answer = std::get_if<AnswerQuestion>(&next)) {
      return "answer " + answer->campaign + " " + answer->question.key;
    }
    return "nothing";
  }

  CachedCampaigns campaigns_{{.campaigns = 16, .questions = 16, .computing = 3},
                             {}};
};

TEST_F(NextRenewalTest, WhatIsAwaitedGoesBeforeWhatIsAskedBeforeWhatIsStale) {
  // By name in the reverse of the order in which they are due.
  AddRead("a").versions.TrialSucceeded();
  AddQuestion(AddRead("b"), "asked").asked = true;
  CachedCampaign& unread = campaigns_.FindOrAdd("c");
  Wait(unread, AddQuestion(unread, "unread"));
  CachedCampaign& read = AddRead("d");
  Wait(read, AddQuestion(read, "awaited"));
  EXPECT_EQ(Next(), "answer d awaited");
  EXPECT_EQ(Next(), "read c");
  EXPECT_EQ(Next(), "answer b asked");
  EXPECT_EQ(Next(), "read a");
  EXPECT_EQ(Next(), "nothing");  // all is under way
}

TEST_F(NextRenewalTest, AStaleCampaignIsReadWhenItsAnswersHaveCaughtUp) {
  CachedCampaign& campaign = AddRead("a");
  CachedQuestion& standing = AddQuestion(campaign, "standing");
  standing.standing = true;
  campaign.versions.TrialSucceeded();
  EXPECT_EQ(Next(), "answer a standing");
  EXPECT_EQ(Next(), "nothing");  // still computing
  standing.computing = false;
  standing.answer.Set(absl::InternalError("any"), *campaign.reading,
                      campaign.versions);
  EXPECT_EQ(Next(), "read a");
}

TEST_F(NextRenewalTest, ARestIsOverAtItsTimeOrWhenSomebodyWaits) {
  CachedCampaign& campaign = AddRead("a");
  campaign.versions.TrialSucceeded();
  campaign.RestAfterWork(kNow - absl::Seconds(2), kNow, 10);
  const Renewal none = TakeNextRenewal(campaigns_, kNow);
  ASSERT_TRUE(std::holds_alternative<NothingToRenew>(none));
  EXPECT_EQ(std::get<NothingToRenew>(none).patience, absl::Seconds(20));
  Wait(campaign, AddQuestion(campaign, "newest"), /*newest_only=*/true);
  EXPECT_EQ(Next(), "read a");
}

// By name the first campaign would always go first.
TEST_F(NextRenewalTest, CampaignsTakeTurnsAndTheLongestWaitGoesFirst) {
  CachedCampaign& busy = AddRead("a");
  for (const char* key : {"1", "2", "3"}) {
    CachedQuestion& cached = AddQuestion(busy, key);
    cached.waiting_since = 10 - (key[0] - '0');
    Wait(busy, cached);
  }
  CachedCampaign& other = AddRead("b");
  CachedQuestion& cached = AddQuestion(other, "1");
  cached.waiting_since = 100;
  Wait(other, cached);
  EXPECT_EQ(Next(), "answer a 3");
  EXPECT_EQ(Next(), "answer b 1");
  EXPECT_EQ(Next(), "answer a 2");
  EXPECT_EQ(Next(), "answer a 1");
}

// Renewals stand back for all else, and may take any time.
TEST_F(NextRenewalTest, RenewalsTakeNoThreadFromWhoWaits) {
  CachedCampaign& busy = AddRead("a");
  for (const char* key : {"1", "2", "3", "4"}) {
    CachedQuestion& cached = AddQuestion(busy, key);
    cached.answer.Set(absl::InternalError("any"), *busy.reading, busy.versions);
    cached.asked = true;
  }
  busy.versions.TrialSucceeded();
  auto reading = std::make_shared<CampaignReading>();
  reading->version = busy.versions.newest();
  busy.reading = reading;
  for (const char* next : {"answer a 1", "answer a 2", "answer a 3"}) {
    EXPECT_EQ(Next(), next);
  }
  EXPECT_EQ(busy.Renewing(), 3);
  AddQuestion(AddRead("b"), "1").asked = true;
  EXPECT_EQ(Next(), "nothing");  // a thread is left
  Wait(busy, AddQuestion(busy, "5"));
  EXPECT_EQ(Next(), "answer a 5");
  EXPECT_EQ(busy.Renewing(), 3);
}

// A standing question's first answer is no less one that nobody waits for.
TEST_F(NextRenewalTest, FirstAnswersThatNobodyAskedForTakeNoThreadEither) {
  CachedCampaign& busy = AddRead("a");
  for (const char* key : {"1", "2", "3", "4"}) {
    AddQuestion(busy, key).standing = true;
  }
  for (const char* key : {"1", "2", "3"}) {
    const Renewal next = TakeNextRenewal(campaigns_, kNow);
    const auto* const answer = std::get_if<AnswerQuestion>(&next);
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(answer->question.key, key);
    EXPECT_FALSE(answer->renews) << "there was none to renew";
  }
  AddQuestion(AddRead("b"), "1").standing = true;
  EXPECT_EQ(Next(), "nothing");  // a thread is left
  Wait(busy, AddQuestion(busy, "5"));
  EXPECT_EQ(Next(), "answer a 5");
}

TEST_F(NextRenewalTest, ACampaignLeavesRoomForTheOthers) {
  CachedCampaign& busy = AddRead("a");
  for (const char* key : {"1", "2", "3", "4"}) {
    Wait(busy, AddQuestion(busy, key));
  }
  for (const char* next : {"answer a 1", "answer a 2", "answer a 3"}) {
    EXPECT_EQ(Next(), next);
  }
  EXPECT_EQ(Next(), "nothing");
  CachedCampaign& other = AddRead("b");
  Wait(other, AddQuestion(other, "1"));
  EXPECT_EQ(Next(), "answer b 1");
  AddQuestion(busy, "2").computing = false;
  AddQuestion(busy, "2").answer.TakeAllWaiters();
  EXPECT_EQ(Next(), "answer a 4");
}

TEST_F(NextRenewalTest, WhatIsAbandonedIsNotBegun) {
  CachedCampaign& campaign = AddRead("a");
  CachedQuestion& cached = AddQuestion(campaign, "1");
  cached.asked = true;
  const int first = 1;
  const int second = 2;
  for (const int* asker : {&first, &second}) {
    cached.answer.Wait([](const AnalysisAnswer&, const v1::DataBasis&) {},
                       campaign.versions, /*newest_only=*/false, asker);
  }
  EXPECT_TRUE(campaigns_.Abandon(&first).has_value());
  EXPECT_FALSE(campaigns_.Abandon(&first).has_value());
  EXPECT_TRUE(cached.asked);  // by the second
  EXPECT_TRUE(campaigns_.Abandon(&second).has_value());
  EXPECT_EQ(Next(), "nothing");
}

TEST_F(NextRenewalTest, NothingIsDueForAQuestionThatNobodyAskedAgain) {
  CachedCampaign& campaign = AddRead("a");
  CachedQuestion& cached = AddQuestion(campaign, "once");
  Wait(campaign, cached);
  EXPECT_EQ(Next(), "answer a once");
  cached.computing = false;
  EXPECT_EQ(
      cached.answer
          .Set(absl::InternalError("any"), *campaign.reading, campaign.versions)
          .size(),
      1);
  EXPECT_EQ(Next(), "nothing");
}

}  // namespace
}  // namespace isoshape
