// Questions whose askers have gone, and those that take too long.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/threads/cancellation.h"
#include "tests/coordinator/analysis/analysis_cache_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// An answer that is computed until it is cancelled, and tells so.
class Endless {
 public:
  AnalysisQuestion Question(const std::string& key) {
    return {.key = key, .compute = [this](const CampaignResults& results) {
              ++begun;
              while (!Cancelled()) std::this_thread::yield();
              ++ended;
              return Count(results);
            }};
  }
  void AwaitBegun(int count) const {
    while (begun < count) std::this_thread::yield();
  }

  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
};

TEST_F(AnalysisCacheTest, WhatNobodyWantsAnyMoreIsComputedNoFurther) {
  Succeed(1);
  Start();
  Endless endless;
  const int first = 1;
  const int second = 2;
  const auto one = Ask(endless.Question("a"), &first);
  endless.AwaitBegun(1);
  const auto two = Ask(endless.Question("a"), &second);
  cache_->Abandon(&first);
  ASSERT_TRUE(one->done.HasBeenNotified());
  EXPECT_EQ(one->status.code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(two->done.HasBeenNotified());
  EXPECT_EQ(endless.ended, 0);  // the second still wants it
  cache_->Abandon(&second);
  // The only thread is free again.
  EXPECT_EQ(Wait({.key = "b"})->trials, 1);
  EXPECT_EQ(endless.ended, 1);
  EXPECT_EQ(endless.begun, 1);
}

TEST_F(AnalysisCacheTest, WhoeverWaitsIsNotHeldUpByARenewal) {
  options_.rest = 0;
  Succeed(1);
  Start();
  std::atomic<int> computed = 0;
  absl::Notification renewing;
  const auto compute = [&](const CampaignResults& results) {
    // The second is a renewal, which finds no processor.
    if (++computed == 2) {
      renewing.Notify();
      while (!Cancelled()) std::this_thread::yield();
    }
    return Count(results);
  };
  Wait({.key = "a", .compute = compute});
  Ask({.key = "a", .compute = compute});
  Succeed(1);
  renewing.WaitForNotification();
  const auto newest =
      Wait({.key = "a", .compute = compute, .wait_for_newest = true});
  EXPECT_EQ(newest->trials, 2);
  EXPECT_EQ(newest->basis.newer_trials(), 0);
  EXPECT_EQ(computed, 3);
}

TEST_F(AnalysisCacheTest, NorByARenewalOfAnotherAnswer) {
  options_.rest = 0;
  Succeed(1);
  Start();
  std::atomic<int> computed = 0;
  absl::Notification renewing;
  absl::Notification renewed;
  const auto compute = [&](const CampaignResults& results) {
    // The second is a renewal, which finds no processor.
    const int which = ++computed;
    if (which == 2) {
      renewing.Notify();
      while (!Cancelled()) std::this_thread::yield();
    }
    if (which == 3) renewed.Notify();
    return Count(results);
  };
  Wait({.key = "a", .compute = compute});
  Ask({.key = "a", .compute = compute});
  Succeed(1);
  renewing.WaitForNotification();
  EXPECT_EQ(Wait({.key = "b"})->trials, 2);
  renewed.WaitForNotification();  // though nobody has asked again
}

TEST_F(AnalysisCacheTest, AFirstAnswerIsNotBegunAnewForWhoAsksMeanwhile) {
  absl::Notification begun;
  absl::Notification asked;
  std::atomic<int> computed = 0;
  const AnalysisQuestion question{
      .campaign = kCampaign,
      .key = "s",
      .compute = [&](const CampaignResults& results) {
        if (++computed == 1) {
          begun.Notify();
          asked.WaitForNotification();
        }
        return Count(results);
      }};
  options_.standing = [&](const std::string&) {
    return std::vector<AnalysisQuestion>{question};
  };
  Start();
  Succeed(1);
  begun.WaitForNotification();
  const auto received = Ask(question);
  asked.Notify();
  received->done.WaitForNotification();
  EXPECT_EQ(received->trials, 1);
  EXPECT_EQ(computed, 1);
}

TEST_F(AnalysisCacheTest, WhoAsksForACancelledAnswerGetsOneOfHisOwn) {
  Succeed(1);
  Start();
  std::atomic<int> computed = 0;
  absl::Notification again;
  AnalysisQuestion question = {.key = "a",
                               .compute = [&](const CampaignResults& results) {
                                 if (++computed == 1) {
                                   while (!Cancelled())
                                     std::this_thread::yield();
                                   again.WaitForNotification();
                                 }
                                 EXPECT_EQ(Cancelled(), computed == 1);
                                 return Count(results);
                               }};
  const int asker = 1;
  const auto gone = Ask(question, &asker);
  while (computed == 0) std::this_thread::yield();
  cache_->Abandon(&asker);
  const auto received = Ask(question);
  again.Notify();
  received->done.WaitForNotification();
  EXPECT_EQ(received->trials, 1);
  EXPECT_EQ(computed, 2);
}

TEST_F(AnalysisCacheTest, LongQuestionsAboutOneCampaignHoldUpNoOther) {
  options_.threads = 3;
  v1::Campaign other;
  other.set_name("campaigns/c2");
  *other.mutable_create_time() = ToProto(absl::FromUnixSeconds(2));
  v1::Trial trial = MakeTrial(1, v1::Trial::SUCCEEDED);
  trial.set_name("campaigns/c2/trials/1");
  ASSERT_TRUE(store_.Commit({PutCampaign{other}, PutTrial{trial}}).ok());
  Succeed(1);
  Start();
  Endless endless;
  std::vector<std::shared_ptr<Received>> waiting;
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(Ask(endless.Question(std::to_string(i))));
  }
  endless.AwaitBegun(2);
  EXPECT_EQ(Wait({.campaign = "campaigns/c2", .key = "a"})->trials, 1);
  EXPECT_EQ(endless.begun, 2);
  cache_.reset();  // ends what is under way
  EXPECT_EQ(endless.ended, 2);
  for (const auto& received : waiting) {
    EXPECT_EQ(received->status.code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(AnalysisCacheTest, ACampaignIsReadNoFurtherWhenTheCacheStops) {
  Succeed(1);
  Start();
  store_.after_row = [this] { cache_->Stop(); };
  EXPECT_EQ(Wait({.key = "a"})->status.code(), absl::StatusCode::kUnavailable);
  cache_.reset();
  EXPECT_EQ(store_.pages, 1);  // whose end shows that it is to stop
}

TEST_F(AnalysisCacheTest, AnAnswerThatTakesTooLongIsAnError) {
  options_.longest_answer = absl::Minutes(3);
  Succeed(1);
  Start();
  Endless endless;
  const auto received = Ask(endless.Question("a"));
  endless.AwaitBegun(1);
  clock_.Advance(absl::Minutes(3));
  received->done.WaitForNotification();
  EXPECT_EQ(received->status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(received->status.message()),
              HasSubstr("took longer than 3m"));
  // Asked again about the same results it is not tried again.
  EXPECT_EQ(Wait(endless.Question("a"))->status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(endless.begun, 1);
}

}  // namespace
}  // namespace isoshape
