#include "cli/claims/phase_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

v1::Campaign CampaignOf(const std::string& name, int leased,
                        const std::string& waiting) {
  v1::Campaign campaign;
  campaign.set_name(name);
  campaign.mutable_trial_counts()->set_leased(leased);
  campaign.set_waiting(waiting);
  return campaign;
}

// What a campaign says while its own trials run, no time mends; what it says
// while those of others run may pass.
TEST(PhaseProgressTest, WaitsForWhatMayPassThoughAnotherCampaignRuns) {
  const absl::Time start = absl::UnixEpoch();
  PhaseProgress progress;
  progress.Look(CampaignOf("campaigns/c1", 2, ""), {});
  progress.Look(CampaignOf("campaigns/c2", 0, "4 trials wait: w1 drains"), {});
  EXPECT_EQ(progress.CheckWaiting(true, start), absl::OkStatus());
  const absl::Time later = start + absl::Minutes(5);
  const absl::Status status = progress.CheckWaiting(true, later);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("c2: 4 trials wait: w1 drains, and the worker of this "
                        "command is the only one"));
}

TEST(PhaseProgressTest, EachCampaignHasWaitedForItself) {
  const absl::Time start = absl::UnixEpoch();
  const absl::Time later = start + absl::Minutes(5);
  PhaseProgress progress;
  progress.Look(CampaignOf("campaigns/c1", 0, "1 trial waits: w1 drains"), {});
  EXPECT_EQ(progress.CheckWaiting(true, start), absl::OkStatus());
  progress.Look(CampaignOf("campaigns/c1", 1, ""), {});
  progress.Look(CampaignOf("campaigns/c2", 0, "2 trials wait: w1 drains"), {});
  EXPECT_EQ(progress.CheckWaiting(true, later), absl::OkStatus());
  progress.Look(CampaignOf("campaigns/c1", 0, "1 trial waits: w1 drains"), {});
  EXPECT_EQ(progress.CheckWaiting(true, later), absl::OkStatus());
}

TEST(PhaseProgressTest, EndsAtOnceForWhatNoTimeMends) {
  PhaseProgress progress;
  progress.Look(CampaignOf("campaigns/c1", 0, "1 trial waits: w1 drains"), {});
  progress.Look(CampaignOf("campaigns/c2", 1, "3 trials wait: no tf32"), {});
  const absl::Status status = progress.CheckWaiting(true, absl::UnixEpoch());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("c2: 3 trials wait"));
  // Of others' workers one may come that can.
  EXPECT_EQ(progress.CheckWaiting(false, absl::UnixEpoch()), absl::OkStatus());
}

}  // namespace
}  // namespace isoshape
