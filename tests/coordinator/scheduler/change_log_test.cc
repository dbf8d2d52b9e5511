#include "coordinator/scheduler/change_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tests/coordinator/memory_store.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangeLogTest : public testing::Test {
 protected:
  ChangeLogTest() {
    for (const std::string name : {"campaigns/a", "campaigns/ab"}) {
      CampaignState& state = campaigns_[name];
      state.campaign.set_name(name);
      state.trials.emplace_back().set_name(name + "/trials/1");
    }
    workers_["workers/w"].set_name("workers/w");
  }

  std::vector<Mutation> Take() { return log_.Take(campaigns_, workers_); }

  // The kinds of the mutations, by their place in the variant.
  std::vector<size_t> Kinds() {
    std::vector<size_t> kinds;
    for (const Mutation& mutation : Take()) kinds.push_back(mutation.index());
    return kinds;
  }

  template <typename Row>
  static size_t KindOf() {
    return Mutation(Row()).index();
  }

  std::map<std::string, CampaignState> campaigns_;
  std::map<std::string, v1::Worker> workers_;
  ChangeLog log_;
};

TEST_F(ChangeLogTest, GivesEachChangedRowOnceAsItIsNow) {
  log_.CampaignChanged("campaigns/a");
  log_.CampaignChanged("campaigns/a");
  campaigns_["campaigns/a"].campaign.set_display_name("later");
  const std::vector<Mutation> rows = Take();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(std::get<PutCampaign>(rows[0]).campaign.display_name(), "later");
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(ChangeLogTest, PutsCampaignsBeforeWhatRefersToThem) {
  log_.WorkerChanged("workers/w");
  log_.AddEvent(campaigns_["campaigns/a"].campaign,
                v1::CampaignEvent::TRIAL_CHANGED, absl::UnixEpoch());
  log_.AddMeasurement("campaigns/a/trials/1", v1::Measurement());
  log_.TrialChanged("campaigns/a", 1);
  log_.CampaignChanged("campaigns/a");
  EXPECT_THAT(Kinds(),
              ElementsAre(KindOf<PutCampaign>(), KindOf<PutTrial>(),
                          KindOf<PutMeasurement>(), KindOf<AppendEvent>(),
                          KindOf<PutWorker>(), KindOf<PutCounter>()));
}

TEST_F(ChangeLogTest, ADeletedCampaignTakesWhatIsNotStoredWithIt) {
  for (const std::string name : {"campaigns/a", "campaigns/ab"}) {
    log_.CampaignChanged(name);
    log_.TrialChanged(name, 1);
    log_.AddMeasurement(name + "/trials/1", v1::Measurement());
    log_.AddEvent(campaigns_[name].campaign, v1::CampaignEvent::TRIAL_CHANGED,
                  absl::UnixEpoch());
  }
  log_.CampaignDeleted("campaigns/a");
  campaigns_.erase("campaigns/a");
  EXPECT_THAT(Kinds(),
              ElementsAre(KindOf<DeleteCampaign>(), KindOf<PutCampaign>(),
                          KindOf<PutTrial>(), KindOf<PutMeasurement>(),
                          KindOf<AppendEvent>(), KindOf<PutCounter>()));
}

TEST_F(ChangeLogTest, CountersGoOnFromWhatIsStored) {
  MemoryStore store;
  ASSERT_TRUE(store.Commit({PutCounter{"fencing_token", 41}}).ok());
  ASSERT_TRUE(log_.Load(store, absl::UnixEpoch()).ok());
  EXPECT_THAT(Take(), IsEmpty());
  EXPECT_EQ(log_.Next(Counter::kFencingToken), 42);
  EXPECT_EQ(log_.Next(Counter::kWorker), 1);
  const std::vector<Mutation> rows = Take();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(std::get<PutCounter>(rows[0]).name, "worker");
  EXPECT_EQ(std::get<PutCounter>(rows[1]).name, "fencing_token");
  EXPECT_EQ(std::get<PutCounter>(rows[1]).value, 42);
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(ChangeLogTest, TokensOfAProcessJumpWhateverTheClockSays) {
  MemoryStore store;
  constexpr int64_t kStored = 2'000'000'000'000'000;
  ASSERT_TRUE(store.Commit({PutCounter{"fencing_token", kStored}}).ok());
  const absl::Time before = absl::FromUnixMicros(kStored - 1'000'000);
  EXPECT_EQ(TokensAfter(store, before, 1000).value(), kStored + 1000);
  const absl::Time later = absl::FromUnixMicros(kStored + 7);
  EXPECT_EQ(TokensAfter(store, later, 1000).value(), kStored + 1007);
  // Near the end of numbers there is no room for jumps.
  constexpr int64_t kMany = int64_t{1} << 62;
  ASSERT_TRUE(store.Commit({PutCounter{"fencing_token", kMany}}).ok());
  EXPECT_EQ(TokensAfter(store, before, 1000).value(), kMany);
}

TEST_F(ChangeLogTest, TokensGoOnBehindWhatTheProcessBeganWith) {
  MemoryStore store;
  ASSERT_TRUE(store.Commit({PutCounter{"fencing_token", 41}}).ok());
  ASSERT_TRUE(log_.Load(store, absl::UnixEpoch(), 1000).ok());
  EXPECT_EQ(log_.Next(Counter::kFencingToken), 1001);
  // Where a commit failed it is loaded again, with more in the store.
  ASSERT_TRUE(store.Commit(Take()).ok());
  ChangeLog again;
  ASSERT_TRUE(again.Load(store, absl::UnixEpoch(), 1000).ok());
  EXPECT_EQ(again.Next(Counter::kFencingToken), 1002);
}

}  // namespace
}  // namespace isoshape
