#include "coordinator/planning/user_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "coordinator/planning/campaign_defaults.h"
#include "coordinator/planning/planner.h"
#include "tests/coordinator/small_campaign.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

v1::Campaign FilledCampaign(const std::string& preset = "") {
  v1::Campaign campaign = SmallCampaign();
  campaign.mutable_space()->set_preset(preset);
  FillCampaignDefaults(&campaign);
  return campaign;
}

v1::Trial Asked() {
  v1::Trial trial;
  trial.mutable_shape()->set_depth(2);
  trial.mutable_shape()->set_width(64);
  trial.set_budget_flops(2.5e11);
  return trial;
}

TEST(UserTrial, TakesEveryOptionThatIsLeftOpenFromTheCampaign) {
  const auto trial = PrepareUserTrial(FilledCampaign("gpt2"), Asked());
  ASSERT_TRUE(trial.ok()) << trial.status();
  const v1::Shape& shape = trial->shape();
  EXPECT_TRUE(shape.tied_embedding());
  EXPECT_TRUE(shape.bias());
  EXPECT_FALSE(shape.qk_norm());
  EXPECT_EQ(shape.norm(), v1::NORM_LAYER);
  EXPECT_EQ(shape.positions(), v1::POSITIONS_LEARNED);
  EXPECT_EQ(shape.activation(), v1::ACTIVATION_GELU);
  EXPECT_EQ(shape.heads(), 4);
  EXPECT_EQ(shape.ffn_width(), 256);
  EXPECT_EQ(trial->purpose(), v1::Trial::SEARCH);
  EXPECT_GT(trial->steps(), 0);
}

TEST(UserTrial, KeepsWhatIsAsked) {
  v1::Trial asked = Asked();
  asked.mutable_shape()->set_qk_norm(true);
  asked.mutable_shape()->set_ffn_width(96);
  asked.mutable_shape()->set_norm(v1::NORM_RMS);
  asked.set_purpose(v1::Trial::VERIFICATION);
  const auto trial = PrepareUserTrial(FilledCampaign("gpt2"), asked);
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_TRUE(trial->shape().qk_norm());
  EXPECT_TRUE(trial->shape().bias());
  EXPECT_EQ(trial->shape().ffn_width(), 96);
  EXPECT_EQ(trial->shape().norm(), v1::NORM_RMS);
  EXPECT_EQ(trial->purpose(), v1::Trial::VERIFICATION);
}

TEST(UserTrial, IsRefusedWithTheComputeThatItsTokensTake) {
  v1::Trial asked = Asked();
  asked.mutable_shape()->set_width(256);
  asked.set_budget_flops(1e11);
  const auto trial = PrepareUserTrial(FilledCampaign("gpt2"), asked);
  EXPECT_EQ(trial.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(trial.status().message()),
              testing::MatchesRegex(
                  "trial.shape is not feasible: 2x256 would train .* tokens at "
                  "1e\\+11 FLOPs, below the floor of 40960, which takes .*; "
                  "give another shape, or another budget"));
}

// The cost was told to the nearest of three digits, which may be too few.
TEST(FillTrialFigures, TheCostOfAStepThatItNamesIsEnough) {
  for (const int width : {32, 48, 64, 80, 96, 112, 128, 144}) {
    v1::Trial trial = Asked();
    trial.mutable_shape()->set_width(width);
    trial = PrepareUserTrial(FilledCampaign(), trial).value();
    trial.set_budget_flops(123456);
    const absl::Status refused = FillTrialFigures(FilledCampaign(), &trial);
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    const std::string message(refused.message());
    EXPECT_THAT(message, HasSubstr("budget 123456 FLOPs does not pay for"));
    const std::string mark = "which costs ";
    const size_t at = message.find(mark);
    ASSERT_NE(at, std::string::npos) << message;
    EXPECT_GE(
        std::stod(message.substr(at + mark.size())),
        trial.flops_per_token() * static_cast<double>(trial.tokens_per_step()))
        << message;
  }
}

TEST(UserTrial, IsRefusedIfItsTokensCannotBeCounted) {
  v1::Trial asked = Asked();
  asked.set_budget_flops(1e30);
  const absl::Status tokens =
      PrepareUserTrial(FilledCampaign(), asked).status();
  EXPECT_EQ(tokens.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(tokens.message()), HasSubstr("1e+30 is too large"));

  v1::Campaign growing = FilledCampaign();
  growing.mutable_recipe()->set_batch_exponent(1);
  asked.set_budget_flops(2.5e21);  // 2048 x 1e10 tokens a step
  const absl::Status step = PrepareUserTrial(growing, asked).status();
  EXPECT_EQ(step.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(step.message()), HasSubstr("is too large"));
}

TEST(UserTrial, IsRefusedIfItsLossWouldNotCompare) {
  v1::Trial asked = Asked();
  asked.mutable_shape()->set_context(64);
  EXPECT_EQ(PrepareUserTrial(FilledCampaign(), asked).status().code(),
            absl::StatusCode::kFailedPrecondition);
  asked = Asked();
  asked.mutable_shape()->set_objective(v1::OBJECTIVE_MASKED);
  EXPECT_EQ(PrepareUserTrial(FilledCampaign(), asked).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
