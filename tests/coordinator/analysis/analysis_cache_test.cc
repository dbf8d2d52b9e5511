#include <sys/resource.h>

#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/coordinator/analysis/analysis_cache_fixture.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST_F(AnalysisCacheTest, AFirstQuestionWaitsAndTheNextNeedsNoReading) {
  Succeed(3);
  Start();
  EXPECT_EQ(Wait({.key = "a"})->trials, 3);
  const auto again = Ask({.key = "a"});
  ASSERT_TRUE(again->done.HasBeenNotified());  // on the asker's thread
  EXPECT_EQ(again->trials, 3);
  EXPECT_EQ(again->basis.trials(), 3);
  EXPECT_EQ(again->basis.newer_trials(), 0);
  EXPECT_EQ(FromProto(again->basis.read_time()), clock_.Now());
  // Another question about the same results: computed, not read.
  EXPECT_EQ(Wait({.key = "b"})->trials, 3);
  EXPECT_EQ(readings_, 1);
}

TEST_F(AnalysisCacheTest, AStaleAnswerComesAtOnceAndSaysHowManyAreNewer) {
  Succeed(3);
  Start();
  Wait({.key = "a"});
  absl::Notification release;
  hold_read_ = &release;
  Succeed(2);
  const auto stale = Ask({.key = "a"});
  ASSERT_TRUE(stale->done.HasBeenNotified());
  EXPECT_EQ(stale->trials, 3);
  EXPECT_EQ(stale->basis.newer_trials(), 2);
  const auto newest = Ask({.key = "a", .wait_for_newest = true});
  EXPECT_FALSE(newest->done.HasBeenNotified());
  release.Notify();
  newest->done.WaitForNotification();
  EXPECT_EQ(newest->trials, 5);
  EXPECT_EQ(newest->basis.newer_trials(), 0);
}

// A reading begins with the campaign's row, of which nothing was known before.
TEST_F(AnalysisCacheTest, ATargetThatIsSetDuringTheFirstReadingIsReadAnew) {
  Succeed(1);
  absl::Notification row_read;
  absl::Notification release;
  store_.after_row = [&] {
    if (row_read.HasBeenNotified()) return;
    row_read.Notify();
    release.WaitForNotification();
  };
  Start();
  const auto target = [](const CampaignResults& results) -> AnalysisAnswer {
    auto response = std::make_shared<v1::FitLawResponse>();
    response->set_trials(static_cast<int>(results.campaign.target_flops()));
    return response;
  };
  const auto first = Ask({.key = "a", .compute = target});
  row_read.WaitForNotification();
  v1::Campaign campaign;
  campaign.set_name(kCampaign);
  campaign.set_target_flops(12345);
  const std::vector<Mutation> mutations = {PutCampaign{campaign}};
  ASSERT_TRUE(store_.Commit(mutations).ok());
  cache_->OnCommit(mutations);
  release.Notify();
  first->done.WaitForNotification();
  EXPECT_EQ(
      Wait({.key = "a", .compute = target, .wait_for_newest = true})->trials,
      12345);
}

TEST_F(AnalysisCacheTest, CommitsDuringAReadingAreReadTogetherAfterIt) {
  Succeed(1);
  Start();
  absl::Notification release;
  hold_read_ = &release;
  const auto first = Ask({.key = "a"});
  while (readings_ == 0) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) Succeed(1);
  const auto last = Ask({.key = "a", .wait_for_newest = true});
  release.Notify();
  last->done.WaitForNotification();
  EXPECT_EQ(last->trials, 101);
  first->done.WaitForNotification();
  EXPECT_EQ(readings_, 2);
}

// Nobody asks after the commit: what was asked before it is renewed all the
// same, off the request's path.
TEST_F(AnalysisCacheTest, WhatIsAskedIsRenewedInTheBackground) {
  Succeed(1);
  Start();
  Wait({.key = "a"});
  Ask({.key = "a"});  // somebody is still interested
  absl::Notification renewed;
  std::atomic<int> computed = 0;
  Wait({.key = "b", .compute = [&](const CampaignResults& results) {
          if (++computed == 2) renewed.Notify();
          return Count(results);
        }});
  Ask({.key = "b"});
  Succeed(1);
  renewed.WaitForNotification();
  // Its answer is kept a moment later: nothing is computed for us.
  while (Ask({.key = "b"})->trials < 2) std::this_thread::yield();
  const auto received = Wait({.key = "b", .wait_for_newest = true});
  EXPECT_EQ(received->trials, 2);
  EXPECT_EQ(computed, 2);
}

TEST_F(AnalysisCacheTest, ARenewalIsFollowedByARestUnlessSomebodyWaits) {
  options_.before_read = [this](const std::string&) {
    ++readings_;
    clock_.Advance(absl::Seconds(2));
  };
  options_.rest = 10;
  Succeed(1);
  Start();
  Wait({.key = "a"});
  Ask({.key = "a"});
  Succeed(1);
  // The clock stands: the rest of 20 s does not end, and nothing is read.
  EXPECT_EQ(Ask({.key = "a"})->basis.newer_trials(), 1);
  EXPECT_EQ(Wait({.key = "b"})->trials, 1);
  EXPECT_EQ(readings_, 1);
  EXPECT_EQ(Wait({.key = "a", .wait_for_newest = true})->trials, 2);
  EXPECT_EQ(readings_, 2);
  // After the rest a commit is read without anybody waiting.
  absl::Notification renewed;
  std::atomic<int> computed = 0;
  Wait({.key = "c", .compute = [&](const CampaignResults& results) {
          if (++computed == 2) renewed.Notify();
          return Count(results);
        }});
  Ask({.key = "c"});
  clock_.Advance(absl::Seconds(21));
  Succeed(1);
  renewed.WaitForNotification();
  EXPECT_EQ(readings_, 3);
}

// Pages that are told to wait ask less often than a busy campaign is read.
TEST_F(AnalysisCacheTest, AnAnswerOutlivesReadingsBetweenWhichNobodyAsked) {
  options_.rest = 0;
  Succeed(1);
  Start();
  std::weak_ptr<const google::protobuf::Message> first;
  std::once_flag once;  // this thread reads it while the cache's computes anew
  const auto compute = [&](const CampaignResults& results) {
    AnalysisAnswer answer = Count(results);
    std::call_once(once, [&] { first = *answer; });
    return answer;
  };
  Wait({.key = "a", .compute = compute});
  for (int i = 0; i < 2; ++i) {
    Succeed(1);
    Wait({.key = "b", .wait_for_newest = true});
  }
  clock_.Advance(absl::Seconds(30));
  const auto stale = Ask({.key = "a", .compute = compute});
  ASSERT_TRUE(stale->done.HasBeenNotified());
  EXPECT_EQ(stale->trials, 1);
  EXPECT_EQ(stale->basis.newer_trials(), 2);
  // It was asked meanwhile. The new one has to be kept before anybody asks what
  // must be read: who waits for that has a renewal begin again.
  while (!first.expired()) std::this_thread::yield();
  // Nobody asks for long: then nobody is told what is so old.
  clock_.Advance(absl::Minutes(3));
  Succeed(1);
  Wait({.key = "b", .wait_for_newest = true});
  EXPECT_EQ(Wait({.key = "a", .compute = compute})->trials, 4);
}

TEST_F(AnalysisCacheTest, ARenewalLeavesTheProcessorToAllElse) {
  options_.rest = 0;
  Succeed(1);
  Start();
  std::vector<int> niceness;  // of the thread that computes, in turn
  absl::Notification renewed;
  const auto compute = [&](const CampaignResults& results) {
    niceness.push_back(getpriority(PRIO_PROCESS, 0));
    if (niceness.size() == 3) renewed.Notify();
    return Count(results);
  };
  Wait({.key = "a", .compute = compute});
  Succeed(1);
  // Somebody waits: this one is computed as the first was.
  Wait({.key = "a", .compute = compute, .wait_for_newest = true});
  Ask({.key = "a", .compute = compute});
  Succeed(1);
  renewed.WaitForNotification();
  EXPECT_EQ(niceness[1], niceness[0]);
  EXPECT_GE(niceness[2], 15);
  EXPECT_LE(niceness[0], niceness[2]);
}

TEST_F(AnalysisCacheTest, AStaleErrorIsNotGiven) {
  const auto at_least_two =
      [](const CampaignResults& results) -> AnalysisAnswer {
    if (results.runs.rows() < 2) {
      return absl::FailedPreconditionError("too few");
    }
    return Count(results);
  };
  options_.rest = 1e9;
  Succeed(1);
  Start();
  for (const bool cheap : {false, true}) {
    const std::string key = cheap ? "cheap" : "dear";
    EXPECT_EQ(Wait({.key = "x", .wait_for_newest = true})->trials, trials_);
    const int needed = trials_ + 1;
    const auto compute =
        [needed](const CampaignResults& results) -> AnalysisAnswer {
      if (static_cast<int>(results.runs.rows()) < needed) {
        return absl::FailedPreconditionError("too few");
      }
      return Count(results);
    };
    EXPECT_EQ(Wait({.key = key, .compute = compute, .cheap = cheap})
                  ->status.message(),
              "too few");
    Succeed(1);
    const auto received =
        Wait({.key = key, .compute = compute, .cheap = cheap});
    EXPECT_EQ(received->trials, needed) << received->status;
  }
  EXPECT_EQ(Wait({.key = "y", .compute = at_least_two})->trials, 3);
}

TEST_F(AnalysisCacheTest, CheapQuestionsAreAnsweredFromTheLastReading) {
  Succeed(4);
  Start();
  Wait({.key = "a"});
  const auto cheap = Ask({.key = "b", .cheap = true});
  ASSERT_TRUE(cheap->done.HasBeenNotified());
  EXPECT_EQ(cheap->trials, 4);
  EXPECT_EQ(cheap->basis.trials(), 4);
}

TEST_F(AnalysisCacheTest, ErrorsOfReadingAreNotKept) {
  Start();
  const auto none = Wait({.key = "a"});
  EXPECT_EQ(none->status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none->status.message()), HasSubstr("no result yet"));
  EXPECT_EQ(Wait({.campaign = "campaigns/none", .key = "a"})->status.code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Wait({.campaign = "nonsense", .key = "a"})->status.code(),
            absl::StatusCode::kInvalidArgument);
  Succeed(1);
  EXPECT_EQ(Wait({.key = "a"})->trials, 1);
  store_.FailReads(true);
  EXPECT_EQ(Ask({.key = "a"})->trials, 1);  // what is kept needs no store
  store_.FailReads(false);
}

TEST_F(AnalysisCacheTest, AnAnswerThatFoundNoMemoryIsGivenToNobodyElse) {
  Succeed(2);
  Start();
  int computed = 0;
  AnalysisQuestion question{.key = "a"};
  question.compute = [&](const CampaignResults& results) {
    if (++computed == 1) throw std::bad_alloc();
    return Count(results);
  };
  EXPECT_EQ(Wait(question)->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Wait(question)->trials, 2);
  EXPECT_EQ(Wait(question)->trials, 2);
  EXPECT_EQ(computed, 2);
}

TEST_F(AnalysisCacheTest, ADeletedCampaignIsForgotten) {
  Succeed(2);
  Start();
  EXPECT_EQ(Wait({.key = "a"})->trials, 2);
  ASSERT_TRUE(store_.Commit({DeleteCampaign{kCampaign}}).ok());
  cache_->OnCommit({DeleteCampaign{kCampaign}});
  EXPECT_EQ(Wait({.key = "a"})->status.code(), absl::StatusCode::kNotFound);
}

TEST_F(AnalysisCacheTest, AnswersAreReadyBeforeAnybodyAsks) {
  absl::Notification answered;
  options_.standing = [&](const std::string& campaign) {
    return std::vector<AnalysisQuestion>{
        {.campaign = campaign,
         .key = "standing",
         .compute = [&](const CampaignResults& results) {
           if (!answered.HasBeenNotified()) answered.Notify();
           return Count(results);
         }}};
  };
  Start();
  Succeed(2);
  answered.WaitForNotification();
  EXPECT_EQ(Wait({.key = "standing"})->trials, 2);
  EXPECT_EQ(readings_, 1);
}

TEST_F(AnalysisCacheTest, ATrialThatHasNotEndedChangesNothing) {
  Succeed(1);
  Start();
  Wait({.key = "a"});
  const std::vector<Mutation> mutations = {
      PutTrial{MakeTrial(8, v1::Trial::LEASED)}};
  ASSERT_TRUE(store_.Commit(mutations).ok());
  cache_->OnCommit(mutations);
  const auto received = Ask({.key = "a", .wait_for_newest = true});
  ASSERT_TRUE(received->done.HasBeenNotified());
  EXPECT_EQ(received->basis.newer_trials(), 0);
}

// A thread of the cache has a low priority, and may be stopped while it holds
// what askers wait for.
TEST_F(AnalysisCacheTest, ACommitWaitsForNoThreadOfTheCache) {
  absl::Notification held;
  absl::Notification release;
  options_.standing = [&](const std::string&) {
    if (!held.HasBeenNotified()) {
      held.Notify();
      release.WaitForNotification();
    }
    return std::vector<AnalysisQuestion>();
  };
  Succeed(1);
  Start();
  std::thread asker([&] { Wait({.key = "a"}); });
  held.WaitForNotification();
  Succeed(2);
  release.Notify();
  asker.join();
  EXPECT_EQ(Wait({.key = "a", .wait_for_newest = true})->trials, 3);
}

TEST_F(AnalysisCacheTest, TrialsThatFiguresShowBesideResultsAreReadAnew) {
  Succeed(1);
  Start();
  Wait({.key = "a"});
  v1::Trial check = MakeTrial(9, v1::Trial::SUCCEEDED);
  check.set_purpose(v1::Trial::VERIFICATION);
  const std::vector<Mutation> mutations = {
      PutTrial{MakeTrial(7, v1::Trial::DIVERGED)}, PutTrial{check}};
  // Reading begins with the commit, on another thread.
  const int before = readings_;
  ASSERT_TRUE(store_.Commit(mutations).ok());
  cache_->OnCommit(mutations);
  const auto received = Wait({.key = "a", .wait_for_newest = true});
  EXPECT_GT(readings_, before);
  // No answer counts them.
  EXPECT_EQ(received->basis.newer_trials(), 0);
  EXPECT_EQ(received->basis.trials(), 1);
}

TEST_F(AnalysisCacheTest, KeepsTheMostRecentlyUsed) {
  options_.questions = 2;
  Succeed(1);
  Start();
  std::atomic<int> computed = 0;
  const auto counted = [&](const CampaignResults& results) {
    ++computed;
    return Count(results);
  };
  for (const char* key : {"a", "b", "a", "c", "a"}) {
    Wait({.key = key, .compute = counted});
  }
  EXPECT_EQ(computed, 3);  // b went, a stayed
  Wait({.key = "b", .compute = counted});
  EXPECT_EQ(computed, 4);
}

TEST_F(AnalysisCacheTest, StopEndsWaitsAndRefusesQuestions) {
  Succeed(1);
  absl::Notification release;
  hold_read_ = &release;
  Start();
  const auto waiting = Ask({.key = "a"});
  cache_->Stop();
  ASSERT_TRUE(waiting->done.HasBeenNotified());
  EXPECT_EQ(waiting->status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Wait({.key = "a"})->status.code(), absl::StatusCode::kUnavailable);
  release.Notify();
  cache_.reset();  // before `release` goes
}

}  // namespace
}  // namespace isoshape
