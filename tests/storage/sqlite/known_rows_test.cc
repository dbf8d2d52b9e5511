#include "storage/sqlite/known_rows.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

constexpr char kC1[] = "campaigns/c1";
constexpr char kC2[] = "campaigns/c2";
constexpr char kT7[] = "campaigns/c1/trials/7";

class KnownRowsTest : public testing::Test {
 protected:
  bool Covers(const std::vector<Mutation>& mutations) {
    const auto has_campaign = [this](absl::string_view name) {
      ++lookups_;
      return tables_.contains(std::string(name));
    };
    const auto has_trial = [this](const TrialName& name) {
      ++lookups_;
      return tables_.contains(MakeTrialName(name.campaign, name.number));
    };
    return known_.Cover(mutations,
                        {.has_campaign = has_campaign, .has_trial = has_trial});
  }

  std::set<std::string> tables_;
  int lookups_ = 0;
  KnownRows known_{/*last_event=*/5};
};

TEST_F(KnownRowsTest, WhatRefersToNothingIsCovered) {
  EXPECT_TRUE(Covers({PutCampaign{CampaignAt(kC1, 1)}, PutCounter{"n", 1},
                      PutWorker{WorkerNamed("workers/w1", 1)},
                      DeleteWorker{"workers/w2"}, PruneRequests{},
                      PruneEvents{}, PutRequest{}, DropMeasurements{kT7, 0}}));
  EXPECT_EQ(lookups_, 0);
}

TEST_F(KnownRowsTest, AReferenceIsCoveredByWhatWasCommittedOrIsInTheTables) {
  EXPECT_FALSE(Covers({PutTrial{TrialOf(kC1, 7)}}));
  EXPECT_FALSE(Covers({MeasurementOf(kT7, 1)}));
  EXPECT_FALSE(Covers({EventOf(kC1, 6)}));
  const std::vector<Mutation> both = {PutCampaign{CampaignAt(kC1, 1)},
                                      PutTrial{TrialOf(kC1, 7)},
                                      MeasurementOf(kT7, 1), EventOf(kC1, 6)};
  EXPECT_TRUE(Covers(both));
  // It was only asked.
  EXPECT_FALSE(Covers({MeasurementOf(kT7, 1)}));
  known_.Add(both);
  lookups_ = 0;
  EXPECT_TRUE(Covers({MeasurementOf(kT7, 1), EventOf(kC1, 7)}));
  EXPECT_EQ(lookups_, 0);
  tables_ = {kC2};
  EXPECT_TRUE(Covers({PutTrial{TrialOf(kC2, 1)}}));
  lookups_ = 0;
  EXPECT_TRUE(Covers({PutTrial{TrialOf(kC2, 2)}}));
  EXPECT_EQ(lookups_, 0);
}

TEST_F(KnownRowsTest, AnEventIsCoveredBehindTheLast) {
  tables_ = {kC1};
  EXPECT_FALSE(Covers({EventOf(kC1, 5)}));
  EXPECT_TRUE(Covers({EventOf(kC1, 6), EventOf(kC1, 9)}));
  EXPECT_FALSE(Covers({EventOf(kC1, 6), EventOf(kC1, 6)}));
  known_.Add({EventOf(kC1, 9)});
  EXPECT_FALSE(Covers({EventOf(kC1, 9)}));
  EXPECT_TRUE(Covers({EventOf(kC1, 10)}));
}

TEST_F(KnownRowsTest, ANameThatIsNoneAndADeletionAreNotCovered) {
  v1::Trial trial = TrialOf(kC1, 7);
  trial.set_name("campaigns/c1/trials/x");
  EXPECT_FALSE(Covers({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{trial}}));
  EXPECT_FALSE(Covers({DropMeasurements{"x", 1}}));
  EXPECT_FALSE(Covers({DeleteCampaign{kC1}}));
}

TEST_F(KnownRowsTest, WhatWasDeletedOrTakenBackIsAskedOfTheTables) {
  known_.Add({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 7)}});
  EXPECT_TRUE(Covers({MeasurementOf(kT7, 1)}));
  known_.Add({DeleteCampaign{kC1}, PutCampaign{CampaignAt(kC1, 2)}});
  EXPECT_FALSE(Covers({MeasurementOf(kT7, 1)}));
  EXPECT_TRUE(Covers({PutTrial{TrialOf(kC1, 7)}}));
  known_.Clear();
  EXPECT_FALSE(Covers({PutTrial{TrialOf(kC1, 7)}}));
}

}  // namespace
}  // namespace isoshape
