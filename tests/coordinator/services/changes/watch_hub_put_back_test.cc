#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/forgotten_numbers.h"
#include "tests/coordinator/services/changes/watch_hub_fixture.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;

TEST_F(WatchHubTest, ASequenceOfADatabaseThatWasPutBackBeginsAnew) {
  Append(1);
  Append(2);
  FakeCampaignWatcher others(/*after=*/2);
  FakeCampaignWatcher watcher(/*after=*/27);
  ASSERT_TRUE(hub_.Watch(&others).ok());
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(1, 2));
  hub_.More(&watcher);
  Append(3);
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(3));
  EXPECT_THAT(others.TakeSent(), ElementsAre(3));
  // Also of a campaign that is over.
  PutState(v1::Campaign::COMPLETED);
  FakeCampaignWatcher late(/*after=*/27);
  ASSERT_TRUE(hub_.Watch(&late).ok());
  EXPECT_THAT(late.TakeSent(), ElementsAre(1, 2));  // a page of before
  hub_.More(&late);
  EXPECT_THAT(late.TakeSent(), ElementsAre(3));
  for (FakeCampaignWatcher* one : {&others, &watcher, &late}) {
    hub_.More(one);
    EXPECT_EQ(one->WaitForEnd(), absl::OkStatus());
  }
}

// What a restore leaves: it was watched up to 27 before, and has more by now.
TEST_F(WatchHubTest, ASequenceThatWasJumpedOverBeginsAnewAndNoOtherDoes) {
  Append(1);
  Append(2);
  const auto jump = JumpOfEvents(
      [&](absl::string_view name) { return store_.GetCounter(name); }, 1000);
  ASSERT_TRUE(jump.ok()) << jump.status();
  Commit(*jump);
  Append(1003);
  const auto sent_after = [&](int64_t after) {
    FakeCampaignWatcher watcher(after);
    EXPECT_TRUE(hub_.Watch(&watcher).ok());
    std::vector<int64_t> sent = watcher.TakeSent();
    hub_.Cancel(&watcher);
    hub_.More(&watcher);
    EXPECT_EQ(watcher.WaitForEnd().code(), absl::StatusCode::kCancelled);
    return sent;
  };
  EXPECT_THAT(sent_after(1), ElementsAre(2, 1003));
  EXPECT_THAT(sent_after(2), ElementsAre(1003));
  EXPECT_THAT(sent_after(27), ElementsAre(1, 2, 1003));
  EXPECT_THAT(sent_after(1001), ElementsAre(1, 2, 1003));
  EXPECT_THAT(sent_after(1002), ElementsAre(1003));
}

// As lists of trials give them, which are of all campaigns.
TEST_F(WatchHubTest, ASequenceOfAnotherCampaignDoesNot) {
  Append(1);
  Commit({PutCounter{"event_sequence", 5}});
  FakeCampaignWatcher watcher(/*after=*/5);
  ASSERT_TRUE(hub_.Watch(&watcher).ok());
  Append(6);
  EXPECT_THAT(watcher.TakeSent(), ElementsAre(6));
  hub_.Cancel(&watcher);
  hub_.More(&watcher);
  EXPECT_EQ(watcher.WaitForEnd().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace isoshape
