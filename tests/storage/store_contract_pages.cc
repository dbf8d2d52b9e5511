// Lists of the store: their order, pages and what they hold.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/json/proto_time.h"
#include "tests/storage/store_contract.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kC1[] = "campaigns/c1";
constexpr char kC2[] = "campaigns/c2";
constexpr char kT1[] = "campaigns/c1/trials/1";

}  // namespace

TEST_P(StoreContract, CampaignsAreListedNewestFirstThenByNamePageByPage) {
  Put({PutCampaign{CampaignAt("campaigns/old", 1)},
       PutCampaign{CampaignAt("campaigns/a", 5)},
       PutCampaign{CampaignAt("campaigns/b", 5)},
       PutCampaign{CampaignAt("campaigns/new", 9)}});
  EXPECT_THAT(Names(store_->ListCampaigns({})),
              ElementsAre("campaigns/new", "campaigns/b", "campaigns/a",
                          "campaigns/old"));
  EXPECT_THAT(Names(store_->ListCampaigns({.after = {}, .limit = 2})),
              ElementsAre("campaigns/new", "campaigns/b"));
  EXPECT_THAT(
      Names(store_->ListCampaigns({.after = "campaigns/b", .limit = 2})),
      ElementsAre("campaigns/a", "campaigns/old"));
  EXPECT_THAT(Names(store_->ListCampaigns({.after = "campaigns/old"})),
              IsEmpty());
}

TEST_P(StoreContract, APageAfterADeletedCampaignIsNotFoundRatherThanEmpty) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutCampaign{CampaignAt(kC2, 2)}});
  Put({DeleteCampaign{kC2}});
  EXPECT_EQ(store_->ListCampaigns({.after = kC2}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, TrialsAreListedByNumberAndNotAsText) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutCampaign{CampaignAt(kC2, 1)},
       PutTrial{TrialOf(kC1, 10)}, PutTrial{TrialOf(kC1, 9)},
       PutTrial{TrialOf(kC1, 100)}, PutTrial{TrialOf(kC2, 11)}});
  EXPECT_THAT(Names(store_->ListTrials(kC1, std::nullopt, {})),
              ElementsAre("campaigns/c1/trials/9", "campaigns/c1/trials/10",
                          "campaigns/c1/trials/100"));
  EXPECT_THAT(
      Names(store_->ListTrials(kC1, std::nullopt, {.after = 9, .limit = 1})),
      ElementsAre("campaigns/c1/trials/10"));
  EXPECT_THAT(Names(store_->ListTrials(kC1, std::nullopt, {.after = 100})),
              IsEmpty());
}

TEST_P(StoreContract, TrialsOfAStateFollowEachChangeOfState) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
       PutTrial{TrialOf(kC1, 2)}, PutTrial{TrialOf(kC1, 3)}});
  Put({PutTrial{TrialOf(kC1, 2, v1::Trial::LEASED)}});
  EXPECT_THAT(Names(store_->ListTrials(kC1, v1::Trial::PENDING, {})),
              ElementsAre("campaigns/c1/trials/1", "campaigns/c1/trials/3"));
  EXPECT_THAT(Names(store_->ListTrials(kC1, v1::Trial::LEASED, {})),
              ElementsAre("campaigns/c1/trials/2"));
  EXPECT_THAT(Names(store_->ListTrials(kC1, v1::Trial::PENDING,
                                       {.after = 1, .limit = 1})),
              ElementsAre("campaigns/c1/trials/3"));
  EXPECT_THAT(Names(store_->ListTrials(kC1, v1::Trial::FAILED, {})), IsEmpty());
}

TEST_P(StoreContract, MeasurementsAreListedByStepFromStepZero) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
       PutTrial{TrialOf(kC1, 2)}, MeasurementOf(kT1, 20), MeasurementOf(kT1, 0),
       MeasurementOf(kT1, 3), MeasurementOf("campaigns/c1/trials/2", 4)});
  EXPECT_THAT(Steps(store_->ListMeasurements(kT1, {})), ElementsAre(0, 3, 20));
  EXPECT_THAT(Steps(store_->ListMeasurements(kT1, {.after = 0, .limit = 1})),
              ElementsAre(3));
  EXPECT_THAT(Steps(store_->ListMeasurements(kT1, {.after = 20})), IsEmpty());
}

TEST_P(StoreContract, EventsAreListedBySequenceWithinTheirCampaign) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutCampaign{CampaignAt(kC2, 1)},
       EventOf(kC1, 1), EventOf(kC2, 2), EventOf(kC1, 3), EventOf(kC1, 10)});
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})), ElementsAre(1, 3, 10));
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {.after = 1, .limit = 1})),
              ElementsAre(3));
  EXPECT_THAT(Sequences(store_->ListEvents(kC2, {.after = 2})), IsEmpty());
}

TEST_P(StoreContract, AMeasurementsEventIsListedWithItsPoint) {
  AppendEvent event = EventOf(kC1, 3);
  event.event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
  event.event.set_trial(kT1);
  event.event.set_message(
      "campaigns/c1/trials/1 step 20, validation loss 3.0000");
  *event.event.mutable_measurement() = MeasurementOf(kT1, 20, 3.0).measurement;
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
       MeasurementOf(kT1, 20, 3.0), event});
  EXPECT_EQ(store_->ListEvents(kC1, {})->at(0).ShortDebugString(),
            event.event.ShortDebugString());
  // A curve that began anew has none there.
  Put({DropMeasurements{kT1, 10}});
  const auto events = store_->ListEvents(kC1, {});
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->at(0).measurement().ShortDebugString(), "step: 20");
  EXPECT_EQ(events->at(0).message(), "campaigns/c1/trials/1 step 20");
}

TEST_P(StoreContract, PruningForgetsOldEventsOfMeasurementsInSlices) {
  const absl::Time time = absl::FromUnixSeconds(100);
  std::vector<Mutation> rows = {PutCampaign{CampaignAt(kC1, 1)},
                                PutTrial{TrialOf(kC1, 1)}};
  for (int64_t i = 1; i <= 8; ++i) {
    AppendEvent event = EventOf(kC1, i);
    *event.event.mutable_time() =
        ToProto(i < 7 ? time - absl::Seconds(1) : time);
    event.event.set_trial(kT1);
    if (i % 2 == 0) event.event.set_kind(v1::CampaignEvent::TRIAL_MEASURED);
    rows.push_back(event);
  }
  Put(rows);
  Put({PruneEvents{time, 3}});
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})),
              ElementsAre(1, 3, 4, 5, 6, 7, 8));
  Reopen();
  for (int i = 0; i < 3; ++i) Put({PruneEvents{time, 3}});
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})),
              ElementsAre(1, 3, 5, 7, 8));
}

TEST_P(StoreContract, APageEndsWhereItsRowsHaveTheBytesThatWereAskedFor) {
  v1::Trial large = TrialOf(kC1, 1);
  large.set_reason(std::string(1000, 'r'));
  std::vector<Mutation> rows = {PutCampaign{CampaignAt(kC1, 1)}};
  for (int64_t i = 1; i <= 5; ++i) {
    large.set_name(absl::StrCat(kC1, "/trials/", i));
    rows.push_back(PutTrial{large});
    AppendEvent event = EventOf(kC1, i);
    event.event.set_message(std::string(1000, 'm'));
    rows.push_back(event);
  }
  Put(rows);
  EXPECT_EQ(
      store_->ListTrials(kC1, std::nullopt, {.after = {}, .max_bytes = 2500})
          ->size(),
      3u);
  EXPECT_EQ(store_->ListTrials(kC1, std::nullopt, {.after = {}, .max_bytes = 1})
                ->size(),
            1u);
  EXPECT_THAT(
      Sequences(store_->ListEvents(kC1, {.after = 2, .max_bytes = 1500})),
      ElementsAre(3, 4));
}

TEST_P(StoreContract, WorkersAreListedByName) {
  Put({PutWorker{WorkerNamed("workers/b")}, PutWorker{WorkerNamed("workers/a")},
       PutWorker{WorkerNamed("workers/c")}});
  EXPECT_THAT(Names(store_->ListWorkers({.after = {}, .limit = 2})),
              ElementsAre("workers/a", "workers/b"));
  EXPECT_THAT(Names(store_->ListWorkers({.after = "workers/b"})),
              ElementsAre("workers/c"));
}

TEST_P(StoreContract, WorkersAreVisitedByNameUntilEnoughWereSeen) {
  std::vector<std::string> seen;
  const auto see = [&seen](const v1::Worker& worker, size_t most) {
    seen.push_back(worker.name());
    return seen.size() < most;
  };
  EXPECT_TRUE(
      store_->VisitWorkers([&](const auto& each) { return see(each, 9); })
          .ok());
  EXPECT_THAT(seen, IsEmpty());
  Put({PutWorker{WorkerNamed("workers/b")}, PutWorker{WorkerNamed("workers/a")},
       PutWorker{WorkerNamed("workers/c")}});
  EXPECT_TRUE(
      store_->VisitWorkers([&](const auto& each) { return see(each, 9); })
          .ok());
  EXPECT_THAT(seen, ElementsAre("workers/a", "workers/b", "workers/c"));
  seen.clear();
  EXPECT_TRUE(
      store_->VisitWorkers([&](const auto& each) { return see(each, 2); })
          .ok());
  EXPECT_THAT(seen, ElementsAre("workers/a", "workers/b"));
}

}  // namespace isoshape
