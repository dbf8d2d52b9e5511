#include "cli/demo/demo_campaign.h"

#include <gtest/gtest.h>

#include <string>

#include "cli/console/client.h"
#include "tests/cli/fake_coordinator.h"

namespace isoshape {
namespace {

TEST(DemoCampaignTest, OtherDataOrBudgetsAreAnotherCampaign) {
  DemoOptions options;
  options.data = "/data/a";
  const std::string id = DemoCampaignId(options);
  EXPECT_EQ(DemoCampaignId(options), id);
  options.budgets = {1e11};
  EXPECT_NE(DemoCampaignId(options), id);
  options.budgets.clear();
  options.data = "/data/b";
  EXPECT_NE(DemoCampaignId(options), id);
}

TEST(EnsureVerificationTest, AddsTheSeedsThatAreMissing) {
  FakeCoordinator coordinator;
  v1::Trial& search = coordinator.trials.emplace_back();
  search.set_seed(1);
  v1::Trial& first = coordinator.trials.emplace_back();
  first.set_purpose(v1::Trial::VERIFICATION);
  v1::PredictShapeResponse prediction;
  prediction.set_target_flops(600);
  prediction.mutable_shape()->set_depth(3);
  Client client(coordinator.address());
  for (int call = 0; call < 2; ++call) {
    ASSERT_EQ(EnsureVerification(client, "campaigns/c1", prediction),
              absl::OkStatus());
    ASSERT_EQ(coordinator.trials.size(), 3u);
  }
  const v1::Trial& added = coordinator.trials.back();
  EXPECT_EQ(added.seed(), 1);
  EXPECT_EQ(added.purpose(), v1::Trial::VERIFICATION);
  EXPECT_EQ(added.budget_flops(), 600);
  EXPECT_EQ(added.shape().depth(), 3);
}

}  // namespace
}  // namespace isoshape
