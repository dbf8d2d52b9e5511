#include "coordinator/flood_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMegabyte = 1 << 20;

class FloodWatchTest : public testing::Test {
 protected:
  FloodWatch::Options Faked() {
    FloodWatch::Options options;
    options.resident = [this] { return resident_; };
    options.received =
        [this]() -> std::optional<std::map<std::string, int64_t>> {
      ++asked_;
      if (meanwhile_) meanwhile_();
      if (!told_) return std::nullopt;
      return received_;
    };
    options.end = [this](const std::map<std::string, std::string>& all) {
      for (const auto& [peer, why] : all) {
        ended_.push_back(peer);
        why_ = why;
        received_.erase(peer);
      }
    };
    options.clock = &clock_;
    return options;
  }
  void Look() {
    clock_.Advance(absl::Milliseconds(100));
    watch_.Look();
  }
  // The memory grows past what is usual, and this begins to look.
  void Alert() {
    Look();
    resident_ += 65 * kMegabyte;
    Look();
  }

  FakeClock clock_;
  int64_t resident_ = 100 * kMegabyte;
  std::map<std::string, int64_t> received_;
  bool told_ = true;  // whether it can be told
  int asked_ = 0;
  std::function<void()> meanwhile_;  // while the bytes are asked for
  std::vector<std::string> ended_;
  std::string why_;
  FloodWatch watch_{Faked()};
};

TEST_F(FloodWatchTest, WhileTheMemoryIsCalmItRarelyLooksAtAnybody) {
  received_["a"] = 0;
  for (int i = 0; i < 100; ++i) {
    received_["a"] += 20'000;
    Look();
  }
  EXPECT_EQ(asked_, 5);
  EXPECT_THAT(ended_, IsEmpty());
}

// Frames of which none is of a call keep the threads of gRPC reading.
TEST_F(FloodWatchTest, WhoSendsFastAndBeginsNoCallIsEndedIfTheMemoryIsCalm) {
  received_ = {{"flood", 0}, {"import", 0}, {"client", 0}};
  for (int i = 0; i < 240; ++i) {
    received_["flood"] += 30'000;
    received_["import"] += 4 * kMegabyte;
    watch_.Begun("import");
    received_["client"] += 1'000;
    Look();
  }
  EXPECT_THAT(ended_, ElementsAre("flood"));
  EXPECT_THAT(why_, HasSubstr("no call begins, faster than 205 kB a second"));
  EXPECT_EQ(asked_, 221) << "once a look from the twentieth on";
}

// Of several that one thread reads in turn, all but one have sent what they may
// before anybody looks, and nothing more until it is their turn.
TEST_F(FloodWatchTest, WhatWasSentBeforeItLookedCountsIfNoCallHasBegun) {
  received_ = {{"client", 6 * kMegabyte}, {"flood", 6 * kMegabyte}};
  watch_.Begun("client");
  for (int i = 0; i < 20; ++i) Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
}

TEST_F(FloodWatchTest, WhatWasSentBeforeItLookedIsAddedToWhatComesLater) {
  received_["flood"] = 3 * kMegabyte;
  for (int i = 0; i < 20; ++i) Look();
  received_["flood"] += kMegabyte;
  Look();
  EXPECT_THAT(ended_, IsEmpty());
  received_["flood"] += 2 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
}

// A message of the largest size over a slow line, whose call begins when all of
// it has come; again and again.
TEST_F(FloodWatchTest, WhoSendsLargeMessagesSlowlyIsLeft) {
  for (int i = 0; i < 10 * 80; ++i) {
    received_["import"] += kMegabyte / 20;
    if (i % 80 == 79) watch_.Begun("import");
    Look();
  }
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(FloodWatchTest, TheFirstToComeAfterAnHourOfNobodyIsFoundAsSoon) {
  for (int i = 0; i < 36; ++i) {
    clock_.Advance(absl::Seconds(100));
    Look();
  }
  received_["flood"] = 6 * kMegabyte;
  for (int i = 0; i < 20; ++i) Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
}

// A stream begins no call beyond its first, and is there for days beside one
// that is always busy.
TEST_F(FloodWatchTest, WhoSendsSlowlyForLongIsLeftBesideOneThatSendsFast) {
  received_ = {{"import", 0}, {"stream", 0}};
  for (int i = 0; i < 20'000; ++i) {
    received_["import"] += 4 * kMegabyte;
    watch_.Begun("import");
    received_["stream"] += 500;
    Look();
  }
  EXPECT_THAT(ended_, IsEmpty());
}

// What was received cannot be told without a descriptor.
TEST_F(FloodWatchTest, WhatWasSentWhileItCouldNotBeToldMakesNobodyFast) {
  received_["client"] = 0;
  for (int i = 0; i < 300; ++i) {
    received_["client"] += 15'000;
    told_ = i < 60 || i >= 160;
    Look();
  }
  EXPECT_EQ(asked_, 15) << "watched by nobody";
}

TEST_F(FloodWatchTest, WhoSendsMoreThanAMessageAndBeginsNoCallIsEnded) {
  received_ = {{"flood", 70 * kMegabyte}, {"client", 900 * kMegabyte}};
  Alert();
  EXPECT_THAT(ended_, IsEmpty()) << "it may all have been calls until now";
  received_["flood"] += 4 * kMegabyte;
  received_["client"] += kMegabyte;
  Look();
  EXPECT_THAT(ended_, IsEmpty());
  received_["flood"] += 2 * kMegabyte;
  received_["client"] += kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
  EXPECT_THAT(why_, HasSubstr("sent 6.29 MB in which no call begins, while the "
                              "memory grew by 65 MB"));
  // One that came since has no past.
  received_["next"] = 6 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood", "next"));
}

TEST_F(FloodWatchTest, WhoseCallsBeginMaySendWithoutEnd) {
  received_["import"] = 0;
  Alert();
  for (int i = 0; i < 20; ++i) {
    received_["import"] += 40 * kMegabyte;
    watch_.Begun("import");
    Look();
  }
  EXPECT_THAT(ended_, IsEmpty());
  received_["import"] += 6 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("import"));
}

TEST_F(FloodWatchTest, WhereTheMemoryGrowsFastLessIsAllowed) {
  received_ = {{"flood", 0}, {"client", 0}};
  Alert();
  resident_ += 500 * kMegabyte;
  received_["flood"] += 300'000;
  received_["client"] += 20'000;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
  // And no longer once it does not.
  received_["client"] += 4 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood"));
}

// A message of a megabyte over a slow line takes many looks.
TEST_F(FloodWatchTest, WhoSendsALargeMessageBesideAFloodIsLeft) {
  received_ = {{"client", 0}, {"flood", 0}, {"other flood", 0}};
  Alert();
  resident_ += 500 * kMegabyte;
  received_["client"] += kMegabyte;
  received_["flood"] += 4 * kMegabyte;
  received_["other flood"] += 3 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood", "other flood"));
  received_["flood"] = 20 * kMegabyte;  // from the same port again
  resident_ += 50 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("flood", "other flood", "flood"));
}

// What was received cannot be told without a descriptor.
TEST_F(FloodWatchTest, AfterALookThatSawNothingThePastCountsForNobody) {
  received_ = {{"client", 900 * kMegabyte}};
  Alert();
  told_ = false;
  Look();
  told_ = true;
  Look();
  EXPECT_THAT(ended_, IsEmpty());
  received_["client"] += 6 * kMegabyte;
  Look();
  EXPECT_THAT(ended_, ElementsAre("client"));
}

TEST_F(FloodWatchTest, ACallThatBeginsDuringALookIsSeen) {
  received_["client"] = 0;
  Alert();
  received_["client"] += 6 * kMegabyte;
  meanwhile_ = [this] { watch_.Begun("client"); };
  Look();
  meanwhile_ = nullptr;
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(FloodWatchTest, WhatGrowsOverMinutesIsNoFlood) {
  received_["slow"] = 0;
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Seconds(20));
    resident_ += 15 * kMegabyte;
    received_["slow"] += 2 * kMegabyte;
    Look();
  }
  EXPECT_THAT(ended_, IsEmpty());
}

}  // namespace
}  // namespace isoshape
