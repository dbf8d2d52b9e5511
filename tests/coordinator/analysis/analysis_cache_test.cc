#include "coordinator/analysis/analysis_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/cancellation.h"
#include "coordinator/analysis/analysis_question.h"
#include "messages/proto_time.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

constexpr char kCampaign[] = "campaigns/c1";

// The number of trials that the results hold, as an answer.
AnalysisAnswer Count(const CampaignResults& results) {
  auto response = std::make_shared<v1::FitLawResponse>();
  response->set_trials(static_cast<int>(results.runs.rows()));
  return response;
}

// What an asker received.
struct Received {
  absl::Notification done;
  absl::Status status;
  int trials = -1;
  v1::DataBasis basis;
};

class AnalysisCacheTest : public testing::Test {
 protected:
  AnalysisCacheTest() {
    v1::Campaign campaign;
    campaign.set_name(kCampaign);
    *campaign.mutable_create_time() = ToProto(absl::FromUnixSeconds(1));
    EXPECT_TRUE(store_.Commit({PutCampaign{campaign}}).ok());
    options_.store = &store_;
    options_.clock = &clock_;
    options_.threads = 1;
    options_.before_read = [this](const std::string&) {
      ++readings_;
      if (hold_read_ != nullptr) hold_read_->WaitForNotification();
    };
  }

  void Start() { cache_ = std::make_unique<AnalysisCache>(options_); }

  static v1::Trial MakeTrial(int64_t number, v1::Trial::State state) {
    v1::Trial trial;
    trial.set_name(std::string(kCampaign) + "/trials/" +
                   std::to_string(number));
    trial.set_state(state);
    trial.set_budget_flops(1e11);
    trial.set_flops_per_token(6e4);
    trial.set_tokens(1000);
    trial.mutable_shape()->set_depth(2);
    trial.mutable_shape()->set_width(32);
    trial.mutable_shape_card()->set_validation_loss(2);
    return trial;
  }

  // Commits trials, and tells the cache if it is there.
  void Succeed(int count) {
    std::vector<Mutation> mutations;
    mutations.reserve(count);
    for (int i = 0; i < count; ++i) {
      mutations.push_back(PutTrial{MakeTrial(++trials_, v1::Trial::SUCCEEDED)});
    }
    ASSERT_TRUE(store_.Commit(mutations).ok());
    if (cache_ != nullptr) cache_->OnCommit(mutations);
  }

  std::shared_ptr<Received> Ask(AnalysisQuestion question,
                                const void* asker = nullptr) {
    auto received = std::make_shared<Received>();
    if (question.campaign.empty()) question.campaign = kCampaign;
    if (question.compute == nullptr) question.compute = Count;
    cache_->Ask(
        question,
        [received](const AnalysisAnswer& answer, const v1::DataBasis& basis) {
          received->status = answer.status();
          if (answer.ok()) {
            received->trials =
                static_cast<const v1::FitLawResponse&>(**answer).trials();
          }
          received->basis = basis;
          received->done.Notify();
        },
        asker);
    return received;
  }
  std::shared_ptr<Received> Wait(AnalysisQuestion question) {
    auto received = Ask(std::move(question));
    received->done.WaitForNotification();
    return received;
  }

  MemoryStore store_;
  FakeClock clock_;  // does not move: a renewal takes no time
  AnalysisCache::Options options_;
  std::atomic<int> readings_ = 0;
  absl::Notification* hold_read_ = nullptr;  // set while nothing is read
  int trials_ = 0;
  std::unique_ptr<AnalysisCache> cache_;  // last: stops first
};

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
  // Computed a second time already, or being so: nothing is computed for us.
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

TEST_F(AnalysisCacheTest, TrialsThatFiguresShowBesideResultsAreReadAnew) {
  Succeed(1);
  Start();
  Wait({.key = "a"});
  v1::Trial check = MakeTrial(9, v1::Trial::SUCCEEDED);
  check.set_purpose(v1::Trial::VERIFICATION);
  const std::vector<Mutation> mutations = {
      PutTrial{MakeTrial(7, v1::Trial::DIVERGED)}, PutTrial{check}};
  ASSERT_TRUE(store_.Commit(mutations).ok());
  cache_->OnCommit(mutations);
  const int before = readings_;
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
