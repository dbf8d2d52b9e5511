#include "cli/local/follow.h"

#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "cli/console/interruption.h"
#include "tests/cli/fake_coordinator.h"

namespace isoshape {
namespace {

class FollowTest : public testing::Test {
 protected:
  FollowTest() { coordinator_.trials.resize(3); }

  FakeCoordinator coordinator_;
  Client client_{coordinator_.address()};
  int looks_ = 0, rounds_ = 0;
};

TEST_F(FollowTest, LooksUntilNoneNeedsMore) {
  const absl::Status status =
      FollowCampaigns(client_, {"campaigns/c1"},
                      {.interval = absl::ZeroDuration(),
                       .look =
                           [&](const v1::Campaign& campaign,
                               const std::vector<v1::Trial>& trials) {
                             EXPECT_EQ(campaign.name(), "campaigns/c1");
                             EXPECT_EQ(trials.size(), 3U);
                             return ++looks_ == 3;
                           },
                       .after =
                           [&] {
                             ++rounds_;
                             return absl::OkStatus();
                           }});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(looks_, 3);
  EXPECT_EQ(rounds_, 2);  // not after the last
}

TEST_F(FollowTest, AnErrorAfterALookEndsIt) {
  const absl::Status status = FollowCampaigns(
      client_, {"campaigns/c1"},
      {.interval = absl::ZeroDuration(),
       .look = [](const auto&, const auto&) { return false; },
       .after = [] { return absl::FailedPreconditionError("in vain"); }});
  EXPECT_EQ(status, absl::FailedPreconditionError("in vain"));
}

TEST_F(FollowTest, ACampaignThatIsNotThereIsAnError) {
  const absl::Status status =
      FollowCampaigns(client_, {"campaigns/c1", "campaigns/gone"},
                      {.interval = absl::ZeroDuration(),
                       .look = [](const auto&, const auto&) { return false; }});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

TEST_F(FollowTest, ASignalEndsIt) {
  const Interruption interruption;
  const absl::Status status = FollowCampaigns(
      client_, {"campaigns/c1"},
      {.interval = absl::ZeroDuration(), .look = [](const auto&, const auto&) {
         std::raise(SIGTERM);
         return false;
       }});
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace isoshape
