#include "coordinator/http/shared_answers.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/http/body_cache.h"
#include "coordinator/http/cached_route.h"

namespace isoshape {
namespace {

// Answers that end when the test says so.
class SharedAnswersTest : public ::testing::Test {
 protected:
  std::function<void()> Ask(int64_t at_least, int64_t sequence) {
    const size_t asker = told_.size();
    told_.emplace_back();
    return answers_.Ask(
        "key", at_least, sequence,
        [this, asker](const absl::StatusOr<SharedAnswers::Made>& made) {
          EXPECT_EQ(told_[asker], "") << "told twice";
          told_[asker] =
              made.ok() ? *made->body : std::string(made.status().message());
        },
        [this](const SharedAnswers::Done& done) {
          const size_t call = calls_.size();
          calls_.push_back(done);
          return [this, call] { cancelled_.push_back(call); };
        });
  }
  void End(size_t call, const std::string& text) {
    calls_[call](
        SharedAnswers::Made{.body = std::make_shared<const std::string>(text)});
  }

  SharedAnswers answers_;
  std::vector<SharedAnswers::Done> calls_;
  std::vector<size_t> cancelled_;
  std::vector<std::string> told_;
};

TEST_F(SharedAnswersTest, OneCallAnswersAllWhoAskMeanwhile) {
  Ask(5, 5);
  Ask(5, 5);
  Ask(3, 6);  // has heard of less than the call began with
  ASSERT_EQ(calls_.size(), 1);
  End(0, "a");
  EXPECT_EQ(told_, (std::vector<std::string>{"a", "a", "a"}));
  Ask(3, 6);
  EXPECT_EQ(calls_.size(), 2) << "what has ended is not joined";
}

TEST_F(SharedAnswersTest, NobodyIsToldLessThanHeKnows) {
  Ask(5, 5);
  Ask(6, 6);
  ASSERT_EQ(calls_.size(), 2);
  Ask(6, 7);  // joins the second
  ASSERT_EQ(calls_.size(), 2);
  End(0, "old");
  EXPECT_EQ(told_, (std::vector<std::string>{"old", "", ""}));
  End(1, "new");
  EXPECT_EQ(told_, (std::vector<std::string>{"old", "new", "new"}));
}

TEST_F(SharedAnswersTest, ACallIsCancelledWhenNobodyWaitsForIt) {
  const auto first = Ask(5, 5);
  const auto second = Ask(5, 5);
  first();
  first();
  EXPECT_TRUE(cancelled_.empty());
  second();
  EXPECT_EQ(cancelled_, std::vector<size_t>{0});
  Ask(5, 5);
  ASSERT_EQ(calls_.size(), 2) << "a cancelled call answers nobody";
  calls_[0](absl::CancelledError("cancelled"));
  End(1, "b");
  EXPECT_EQ(told_, (std::vector<std::string>{"", "", "b"}));
}

TEST_F(SharedAnswersTest, AnErrorIsToldToAll) {
  Ask(5, 5);
  Ask(5, 5);
  calls_[0](absl::NotFoundError("no such campaign"));
  EXPECT_EQ(told_,
            (std::vector<std::string>{"no such campaign", "no such campaign"}));
}

TEST_F(SharedAnswersTest, WhoseAnswerCannotBeBegunIsToldSoAndTheNextIsAsked) {
  absl::Status told;
  answers_.Ask(
      "key", 5, 5,
      [&](const absl::StatusOr<SharedAnswers::Made>& made) {
        told = made.status();
      },
      [](const SharedAnswers::Done&) -> std::function<void()> {
        throw std::bad_alloc();
      });
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
  Ask(5, 5);
  ASSERT_EQ(calls_.size(), 1) << "nothing is under way";
  End(0, "a");
  EXPECT_EQ(told_, std::vector<std::string>{"a"});
}

TEST_F(SharedAnswersTest, OneForWhomThereIsNoMemoryKeepsItFromNobody) {
  absl::Status told;
  answers_.Ask(
      "key", 5, 5,
      [&](const absl::StatusOr<SharedAnswers::Made>& made) {
        if (made.ok()) throw std::bad_alloc();
        told = made.status();
      },
      [this](const SharedAnswers::Done& done) {
        calls_.push_back(done);
        return [] {};
      });
  Ask(5, 5);
  ASSERT_EQ(calls_.size(), 1);
  End(0, "a");
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(told_, std::vector<std::string>{"a"});
}

TEST(BodyCacheTest, GivesWhatIsNewEnoughAndWhatIsBehindForAMomentOnly) {
  BodyCache cache(1 << 10);
  const auto body = std::make_shared<const std::string>("body");
  const absl::Time made = absl::FromUnixSeconds(100);
  cache.Put("a", 5, body, made);
  EXPECT_EQ(cache.Find("a", 5).body, body);
  EXPECT_EQ(cache.Find("a", 4).body, body);
  EXPECT_EQ(cache.Find("a", 6).body, nullptr);
  cache.Put("b", 5, body, made, /*behind=*/true);
  EXPECT_EQ(cache.Find("b", 5).body, nullptr);
  EXPECT_EQ(cache.Find("b", 5, made).body, body);
  EXPECT_EQ(cache.Find("b", 5, made + absl::Milliseconds(1)).body, nullptr);
}

TEST(BodyCacheTest, GivesWhatIsOlderIfItWasMadeLatelyAndSaysAsOfWhat) {
  BodyCache cache(1 << 10);
  const auto body = std::make_shared<const std::string>("body");
  const absl::Time made = absl::FromUnixSeconds(100);
  cache.Put("a", 5, body, made);
  const BodyCache::Found found = cache.Find("a", 9, made, made);
  EXPECT_EQ(found.body, body);
  EXPECT_EQ(found.sequence, 5);
  EXPECT_EQ(cache.Find("a", 9, made, made + absl::Milliseconds(1)).body,
            nullptr);
}

TEST(BodyCacheTest, ARefusalIsToldUntilItIsOverOrABodyIsThere) {
  BodyCache cache(1 << 10);
  const absl::Time until = absl::FromUnixSeconds(100);
  const absl::Time before = until - absl::Milliseconds(1);
  cache.PutRefusal("a", {absl::FailedPreconditionError("too few"), 5, until});
  const BodyCache::Refusal found = cache.FindRefusal("a", before);
  EXPECT_EQ(found.why, absl::FailedPreconditionError("too few"));
  EXPECT_EQ(found.sequence, 5);
  EXPECT_EQ(found.until, until);
  EXPECT_TRUE(cache.FindRefusal("a", until).why.ok());
  EXPECT_TRUE(cache.FindRefusal("b", before).why.ok());
  // It is no body, however old one may be.
  EXPECT_EQ(cache.Find("a", 1, {}, absl::InfinitePast()).body, nullptr);
  const auto body = std::make_shared<const std::string>("body");
  cache.Put("a", 6, body, before);
  EXPECT_TRUE(cache.FindRefusal("a", before).why.ok());
  EXPECT_EQ(cache.Find("a", 6).body, body);
}

TEST(BodyCacheTest, WhatWasUsedLastStaysAndKeysCountAsBodiesDo) {
  constexpr size_t kBytes = 10'000;
  BodyCache cache(kBytes);
  const absl::Time made = absl::FromUnixSeconds(100);
  const auto body = std::make_shared<const std::string>("{}");
  const auto kept = [&](const std::string& begin, size_t key_bytes) {
    int there = 0;
    for (int i = 0; i < 1000; ++i) {
      const std::string key = absl::StrCat(begin, i);
      if (cache.Find(key + std::string(key_bytes, 'k'), 1).body) ++there;
    }
    return there;
  };
  const auto fill = [&](const std::string& begin, size_t key_bytes) {
    cache.Put("used", 1, body, made);
    for (int i = 0; i < 1000; ++i) {
      const std::string key = absl::StrCat(begin, i);
      cache.Put(key + std::string(key_bytes, 'k'), 1, body, made);
      EXPECT_EQ(cache.Find("used", 1).body, body);
    }
  };
  fill("a", 0);
  EXPECT_GT(kept("a", 0), 10);
  EXPECT_LT(kept("a", 0), 100) << "each takes memory beside its bytes";
  fill("b", 1000);
  EXPECT_EQ(kept("a", 0), 0);
  EXPECT_GT(kept("b", 1000), 3);
  EXPECT_LT(kept("b", 1000), 10);
  // One that is too large drives nothing out.
  cache.Put("large", 1, std::make_shared<const std::string>(kBytes, 'x'), made);
  EXPECT_EQ(cache.Find("large", 1).body, nullptr);
  EXPECT_EQ(cache.Find("used", 1).body, body);
  // An older one replaces no newer one, and a newer one counts once.
  cache.Put("used", 0, std::make_shared<const std::string>("old"), made);
  EXPECT_EQ(cache.Find("used", 0).body, body);
  const int before = kept("b", 1000);
  for (int i = 2; i < 1000; ++i) cache.Put("used", i, body, made);
  EXPECT_EQ(kept("b", 1000), before);
}

TEST(IsCompressedTest, ForClientsElsewhereThatTakeIt) {
  HttpRequest request;
  request.accept_encoding = "gzip, br";
  EXPECT_TRUE(IsCompressed(request, 4096));
  EXPECT_FALSE(IsCompressed(request, 100));
  request.loopback = true;
  EXPECT_FALSE(IsCompressed(request, 4096));
  request.loopback = false;
  request.accept_encoding = "br";
  EXPECT_FALSE(IsCompressed(request, 4096));
}

}  // namespace
}  // namespace isoshape
