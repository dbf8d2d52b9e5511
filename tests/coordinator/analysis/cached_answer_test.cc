#include "coordinator/analysis/cached_answer.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/analysis/campaign_versions.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {
namespace {

AnalysisAnswer Good() { return std::make_shared<v1::DescribeShapeResponse>(); }
AnalysisAnswer Bad() { return absl::FailedPreconditionError("too few"); }

class CachedAnswerTest : public testing::Test {
 protected:
  CampaignReading Read() const {
    CampaignReading reading;
    reading.version = versions_.newest();
    return reading;
  }
  void Wait(bool newest_only) {
    cached_.Wait([](const AnalysisAnswer&, const v1::DataBasis&) {}, versions_,
                 newest_only);
  }

  CampaignVersions versions_;
  CachedAnswer cached_;
};

TEST_F(CachedAnswerTest, AStaleAnswerIsGivenButNoStaleError) {
  EXPECT_FALSE(cached_.CanGive(versions_, /*newest_only=*/false));
  const CampaignReading reading = Read();
  for (const AnalysisAnswer& answer : {Good(), Bad()}) {
    CampaignVersions versions;
    cached_.Set(answer, reading, versions);
    EXPECT_TRUE(cached_.CanGive(versions, /*newest_only=*/true));
    versions.TrialSucceeded();
    EXPECT_FALSE(cached_.CanGive(versions, /*newest_only=*/true));
    EXPECT_EQ(cached_.CanGive(versions, /*newest_only=*/false), answer.ok());
    EXPECT_EQ(cached_.Basis(versions).newer_trials(), 1);
  }
}

TEST_F(CachedAnswerTest, NothingIsGivenOfADeletedCampaign) {
  cached_.Set(Good(), Read(), versions_);
  versions_.CampaignDeleted();
  EXPECT_FALSE(cached_.CanGive(versions_, /*newest_only=*/false));
}

TEST_F(CachedAnswerTest, AWaiterForTheNewestIsNotSatisfiedByLess) {
  const CampaignReading old = Read();
  versions_.TrialSucceeded();
  Wait(/*newest_only=*/true);
  Wait(/*newest_only=*/false);
  EXPECT_EQ(cached_.Set(Good(), old, versions_).size(), 1);
  EXPECT_TRUE(cached_.IsAwaitedAfter(old.version.number));
  EXPECT_EQ(cached_.Set(Good(), Read(), versions_).size(), 1);
  EXPECT_FALSE(cached_.HasWaiters());
}

TEST_F(CachedAnswerTest, AStaleErrorIsWaitedOutOnce) {
  Wait(/*newest_only=*/false);
  const CampaignReading first = Read();
  versions_.TrialSucceeded();
  EXPECT_EQ(cached_.Set(Bad(), first, versions_).size(), 0);
  EXPECT_FALSE(cached_.IsAwaitedAt(first.version.number));
  const CampaignReading second = Read();
  EXPECT_TRUE(cached_.IsAwaitedAt(second.version.number));
  versions_.TrialSucceeded();  // the second answer is stale too
  EXPECT_EQ(cached_.Set(Bad(), second, versions_).size(), 1);
}

}  // namespace
}  // namespace isoshape
