#include "cli/demo/demo_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Campaign TwoBudgets() {
  v1::Campaign campaign;
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.set_expected_flops(3 * 100 + 3 * 200);
  campaign.set_target_flops(600);
  return campaign;
}

v1::Trial MakeTrial(const std::string& name, double budget,
                    v1::Trial::State state) {
  v1::Trial trial;
  trial.set_name(name);
  trial.set_budget_flops(budget);
  trial.set_tokens(1);
  trial.set_flops_per_token(budget);
  trial.set_state(state);
  trial.mutable_shape()->set_depth(2);
  trial.mutable_shape()->set_width(32);
  trial.mutable_shape_card()->set_validation_loss(1.99034);
  return trial;
}

TEST(FlopsToComeTest, CountsWhatTheSearchAndTheCheckWillPropose) {
  v1::Campaign campaign = TwoBudgets();
  // Three trials at each budget, and two seeds of the check.
  EXPECT_EQ(FlopsToCome(campaign, {}), 3 * 100 + 3 * 200 + 2 * 600);
  std::vector<v1::Trial> trials = {
      MakeTrial("a", 100, v1::Trial::SUCCEEDED),
      MakeTrial("b", 200, v1::Trial::PENDING),
  };
  EXPECT_EQ(FlopsToCome(campaign, trials), 2 * 100 + 2 * 200 + 2 * 600);
  campaign.set_expected_flops(100 + 200);
  EXPECT_EQ(FlopsToCome(campaign, trials), 2 * 600);
  trials.push_back(MakeTrial("c", 600, v1::Trial::PENDING));
  EXPECT_EQ(FlopsToCome(campaign, trials), 0);
}

TEST(DemoProgressTest, ATrialThatEndedIsToldOnce) {
  std::ostringstream out;
  DemoProgress progress(out, /*terminal=*/false);
  const absl::Time start = absl::FromUnixSeconds(1000);
  std::vector<v1::Trial> trials = {MakeTrial("a", 100, v1::Trial::LEASED)};
  progress.Show(TwoBudgets(), trials, start);
  EXPECT_EQ(out.str(), "");
  trials[0].set_state(v1::Trial::SUCCEEDED);
  for (int i = 1; i <= 2; ++i) {
    progress.Show(TwoBudgets(), trials, start + i * absl::Seconds(10));
  }
  // 100 of 100 + 200 + 600 + 1200 FLOPs in 10 s.
  EXPECT_EQ(out.str(),
            "2x32    at 100 FLOPs: 1.9903 nats/byte  (time left 3m20s)\n");
}

TEST(DemoProgressTest, ATerminalHasABarBelowTheLines) {
  std::ostringstream out;
  DemoProgress progress(out, /*terminal=*/true);
  const absl::Time start = absl::FromUnixSeconds(1000);
  progress.Show(TwoBudgets(), {MakeTrial("a", 100, v1::Trial::LEASED)}, start);
  EXPECT_THAT(out.str(), HasSubstr("0/1 trials  1 running"));
  out.str("");
  progress.Note("a line");
  EXPECT_EQ(out.str(), "\r\x1b[Ka line\n");
  out.str("");
  v1::Trial failed = MakeTrial("a", 100, v1::Trial::FAILED);
  failed.set_error("out of memory");
  progress.Show(TwoBudgets(), {failed}, start + absl::Seconds(10));
  EXPECT_THAT(out.str(), HasSubstr("2x32    at 100 FLOPs: failed: out of "
                                   "memory\n"));
  EXPECT_THAT(out.str(), HasSubstr("1/1 trials  0 running"));
  EXPECT_THAT(out.str(), Not(HasSubstr("time left")));
}

}  // namespace
}  // namespace isoshape
