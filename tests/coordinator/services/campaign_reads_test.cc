#include "coordinator/services/campaign_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "messages/names/resource_name.h"
#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using ::testing::StartsWith;

// What is said of a campaign of which so many trials wait.
std::string WaitingOf(int pending) {
  MemoryStore store;
  v1::Campaign campaign;
  campaign.set_name("campaigns/c1");
  campaign.set_state(v1::Campaign::RUNNING);
  campaign.set_dataset("text");
  campaign.mutable_trial_counts()->set_pending(pending);
  std::vector<Mutation> mutations = {PutCampaign{campaign}};
  for (int number = 1; number <= pending; ++number) {
    v1::Trial trial;
    trial.set_name(MakeTrialName(campaign.name(), number));
    trial.set_state(v1::Trial::PENDING);
    mutations.emplace_back(PutTrial{trial});
  }
  EXPECT_TRUE(store.Commit(mutations).ok());
  v1::GetCampaignRequest request;
  request.set_name(campaign.name());
  const auto read = ReadCampaign(store, request, absl::FromUnixSeconds(1000),
                                 absl::Seconds(30));
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? read->waiting() : "";
}

// No call reads all of them, and none says that it did.
TEST(ReadCampaignTest, SaysOfHowManyTrialsItTellsWhyTheyWait) {
  EXPECT_EQ(WaitingOf(0), "");
  EXPECT_THAT(WaitingOf(1000),
              StartsWith("1000 trials wait: no worker is connected; start"));
  EXPECT_THAT(WaitingOf(1001),
              StartsWith("of the first 1000, 1000 trials wait: no worker is "
                         "connected; start"));
}

}  // namespace
}  // namespace isoshape
