#include "coordinator/services/changes/change_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kCampaign[] = "campaigns/c1";

AppendEvent Event(int64_t sequence, int64_t trial, bool measured = false) {
  AppendEvent append;
  append.event.set_sequence(sequence);
  append.event.set_campaign(kCampaign);
  append.event.set_kind(measured ? v1::CampaignEvent::TRIAL_MEASURED
                                 : v1::CampaignEvent::TRIAL_CHANGED);
  append.event.set_trial(absl::StrCat(kCampaign, "/trials/", trial));
  return append;
}

// A commit of the events first to last, of a trial each, whose number is ten
// times that of the event.
std::vector<Mutation> Commit(int64_t first, int64_t last) {
  std::vector<Mutation> mutations;
  for (int64_t sequence = first; sequence <= last; ++sequence) {
    mutations.emplace_back(Event(sequence, 10 * sequence));
  }
  return mutations;
}

ChangesOfCampaign ToldFrom(const ChangeRing::Span& span) {
  Changes changes;
  span.AddTo(&changes);
  return changes[kCampaign];
}

TEST(ChangeRingTest, EachIsToldWhatHappenedAfterTheSequenceThatHeHas) {
  ChangeRing ring(10, 4);
  EXPECT_TRUE(ring.Add(Commit(5, 6)));
  EXPECT_TRUE(ring.Add({Event(7, 70, /*measured=*/true)}));
  EXPECT_EQ(ring.newest(), 7);
  ASSERT_EQ(ring.PlaceAfter(4), 0);
  ASSERT_EQ(ring.PlaceAfter(5), 1);
  ASSERT_EQ(ring.PlaceAfter(7), ring.end());
  EXPECT_EQ(ring.PlaceAfter(3), std::nullopt);  // from before the ring
  EXPECT_EQ(ring.PlaceAfter(8), std::nullopt);  // not yet
  const ChangesOfCampaign all = ToldFrom(ring.From(0));
  EXPECT_TRUE(all.changed);
  EXPECT_THAT(all.trials, ElementsAre(50, 60));
  EXPECT_THAT(all.measured, ElementsAre(70));
  EXPECT_THAT(ToldFrom(ring.From(1)).trials, ElementsAre(60));
  // A measurement alone changes neither the campaign nor the trial.
  const ChangesOfCampaign last = ToldFrom(ring.From(2));
  EXPECT_FALSE(last.changed);
  EXPECT_THAT(last.trials, IsEmpty());
  EXPECT_THAT(last.measured, ElementsAre(70));
  EXPECT_THAT(ToldFrom(ring.From(ring.end())).measured, IsEmpty());
}

TEST(ChangeRingTest, TheOldestGoFirstOneByOneWhateverTheirCommit) {
  ChangeRing ring(3, 0);
  ring.Add(Commit(1, 3));
  EXPECT_EQ(ring.base(), 0);
  EXPECT_EQ(ring.PlaceAfter(0), 0);
  ring.Add(Commit(4, 4));
  // Event 1 has gone, so that who does not have it cannot be told all; the rest
  // of its commit is there.
  EXPECT_EQ(ring.base(), 1);
  EXPECT_EQ(ring.PlaceAfter(0), std::nullopt);
  ASSERT_EQ(ring.PlaceAfter(1), 1);
  EXPECT_EQ(ring.begin(), 1);
  EXPECT_THAT(ToldFrom(ring.From(1)).trials, ElementsAre(20, 30, 40));
  // Who comes with a place that has gone is told what there is.
  EXPECT_THAT(ToldFrom(ring.From(0)).trials, ElementsAre(20, 30, 40));
  ring.Add(Commit(5, 6));
  EXPECT_EQ(ring.base(), 3);
  EXPECT_EQ(ring.PlaceAfter(2), std::nullopt);
  ASSERT_EQ(ring.PlaceAfter(3), ring.begin());
  EXPECT_THAT(ToldFrom(ring.From(ring.begin())).trials,
              ElementsAre(40, 50, 60));
}

TEST(ChangeRingTest, OfACommitThatIsLargerThanTheRingItsEndIsKept) {
  ChangeRing ring(2, 0);
  ring.Add(Commit(1, 5));
  EXPECT_EQ(ring.base(), 3);
  EXPECT_EQ(ring.end() - ring.begin(), 2);
  EXPECT_EQ(ring.PlaceAfter(2), std::nullopt);
  ASSERT_EQ(ring.PlaceAfter(3), ring.begin());
  EXPECT_THAT(ToldFrom(ring.From(ring.begin())).trials, ElementsAre(40, 50));
}

TEST(ChangeRingTest, WhatWasTakenStaysAsItWasWhenItIsGoneFromTheRing) {
  ChangeRing ring(2, 0);
  ring.Add(Commit(1, 2));
  const ChangeRing::Span span = ring.From(0);
  ring.Add(Commit(3, 6));
  EXPECT_THAT(ToldFrom(span).trials, ElementsAre(10, 20));
}

TEST(ChangeRingTest, NothingFromBeforeACommitThatIsMissingIsKept) {
  ChangeRing ring(10, 0);
  ring.Add(Commit(1, 2));
  ring.Add(Commit(4, 4));  // 3 was of a commit that nobody told of
  EXPECT_EQ(ring.base(), 3);
  EXPECT_EQ(ring.PlaceAfter(2), std::nullopt);
  ASSERT_EQ(ring.PlaceAfter(3), ring.begin());
  EXPECT_THAT(ToldFrom(ring.From(ring.begin())).trials, ElementsAre(40));
}

// A deletion has a number of its own, which no event has.
TEST(ChangeRingTest, ADeletionIsToldToAllWhoDoNotHaveWhatFollowedIt) {
  ChangeRing ring(10, 0);
  ring.Add(Commit(1, 1));
  EXPECT_TRUE(
      ring.Add({DeleteCampaign{kCampaign}, PutCounter{"event_sequence", 2}}));
  EXPECT_EQ(ring.newest(), 2);
  ring.Add(Commit(3, 3));  // of a new one of its name
  EXPECT_EQ(ring.base(), 0);
  const auto place = ring.PlaceAfter(1);
  ASSERT_TRUE(place.has_value());
  const ChangesOfCampaign since = ToldFrom(ring.From(*place));
  EXPECT_TRUE(since.deleted);
  EXPECT_THAT(since.trials, ElementsAre(30));
  // Of what was deleted nobody is told.
  EXPECT_THAT(ToldFrom(ring.From(0)).trials, ElementsAre(30));
  const auto after = ring.PlaceAfter(2);
  ASSERT_TRUE(after.has_value());
  EXPECT_FALSE(ToldFrom(ring.From(*after)).deleted);
}

TEST(ChangeRingTest, ACommitWithoutEventsIsNone) {
  ChangeRing ring(10, 7);
  EXPECT_FALSE(ring.Add({PutCounter{"token", 9}}));
  EXPECT_EQ(ring.newest(), 7);
  EXPECT_EQ(ring.end(), 0);
}

}  // namespace
}  // namespace isoshape
