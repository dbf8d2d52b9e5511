#include "tests/storage/store_contract.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kC1[] = "campaigns/c1";
constexpr char kC2[] = "campaigns/c2";
constexpr char kT1[] = "campaigns/c1/trials/1";

PutRequest RequestAt(const std::string& id, absl::Time time) {
  PutRequest request;
  request.method = "/isoshape.v1.WorkerService/CompleteTrial";
  request.request_id = id;
  // Bytes, not text: a NUL, and not UTF-8.
  request.fingerprint = std::string("\x00\xff\x80", 3);
  request.response = std::string("\n\x00\xfe", 3);
  request.time = time;
  return request;
}

}  // namespace

void StoreContract::SetUp() {
  home_ = GetParam().make_home();
  Reopen();
}

void StoreContract::Reopen() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<Store>> store = home_->Open();
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void StoreContract::Put(const std::vector<Mutation>& mutations) {
  const absl::Status status = store_->Commit(mutations);
  ASSERT_TRUE(status.ok()) << status;
}

TEST_P(StoreContract, VisitsTrialsByNumberWithTheCounterOfTheSameCommit) {
  std::vector<std::string> seen;
  const auto note = [&](const v1::Trial& trial) {
    seen.push_back(trial.name());
  };
  EXPECT_EQ(store_->VisitTrials(kC1, "event_sequence", note).status().code(),
            absl::StatusCode::kNotFound);
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutCampaign{CampaignAt(kC2, 2)}});
  EXPECT_EQ(store_->VisitTrials(kC1, "event_sequence", note).value(), 0);
  EXPECT_THAT(seen, IsEmpty());
  Put({PutTrial{TrialOf(kC1, 10)}, PutTrial{TrialOf(kC1, 9)},
       PutTrial{TrialOf(kC2, 1)}, PutCounter{"event_sequence", 7}});
  const absl::StatusOr<int64_t> sequence =
      store_->VisitTrials(kC1, "event_sequence", note);
  ASSERT_TRUE(sequence.ok()) << sequence.status();
  EXPECT_EQ(*sequence, 7);
  EXPECT_THAT(seen,
              ElementsAre("campaigns/c1/trials/9", "campaigns/c1/trials/10"));
}

TEST_P(StoreContract, WhatIsStagedIsThereWhenItIsFinishedOrRead) {
  const auto stage = [&](int64_t n) {
    return store_->Stage(std::make_shared<const std::vector<Mutation>>(
        std::vector<Mutation>{PutCounter{"n", n}}));
  };
  ASSERT_TRUE(stage(1).ok());
  ASSERT_TRUE(stage(2).ok());
  ASSERT_TRUE(store_->Finish().ok());
  ASSERT_TRUE(stage(3).ok());
  EXPECT_EQ(store_->GetCounter("n").value(), 3);
  // It was read, so it is on disk.
  store_->TakeBack();
  EXPECT_EQ(store_->GetCounter("n").value(), 3);
  ASSERT_TRUE(store_->Finish().ok());
  Reopen();
  EXPECT_EQ(store_->GetCounter("n").value(), 3);
}

TEST_P(StoreContract, NothingIsFoundInANewStore) {
  EXPECT_EQ(store_->GetCampaign(kC1).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetTrial(kT1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetRequest("m", "r").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ListTrials(kC1, std::nullopt, {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ListEvents(kC1, {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ListMeasurements(kT1, {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(Names(store_->ListCampaigns({})), IsEmpty());
  EXPECT_THAT(Names(store_->ListWorkers({})), IsEmpty());
  EXPECT_EQ(store_->GetCounter("never").value(), 0);
}

TEST_P(StoreContract, EveryKindOfRowComesBackAsItWasPutAlsoAfterReopening) {
  const v1::Campaign campaign = CampaignAt(kC1, 10);
  const v1::Trial trial = TrialOf(kC1, 1, v1::Trial::LEASED);
  const PutMeasurement measurement = MeasurementOf(kT1, 0, 5.5);
  const AppendEvent event = EventOf(kC1, 1);
  const v1::Worker worker = WorkerNamed("workers/w1", 3);
  const PutRequest request =
      RequestAt("r1", absl::FromUnixNanos(1'700'000'000'123'456'789));
  Put({PutCampaign{campaign}, PutTrial{trial}, measurement, event,
       PutWorker{worker}, request,
       PutCounter{"fencing_token", int64_t{1} << 62}});
  for (int pass = 0; pass < 2; ++pass) {
    SCOPED_TRACE(pass == 0 ? "before reopening" : "after reopening");
    EXPECT_THAT(store_->GetCampaign(kC1).value(), EqualsProto(campaign));
    EXPECT_THAT(store_->ListCampaigns({}).value(),
                ElementsAre(EqualsProto(campaign)));
    EXPECT_THAT(store_->GetTrial(kT1).value(), EqualsProto(trial));
    EXPECT_THAT(store_->ListTrials(kC1, std::nullopt, {}).value(),
                ElementsAre(EqualsProto(trial)));
    EXPECT_THAT(store_->ListMeasurements(kT1, {}).value(),
                ElementsAre(EqualsProto(measurement.measurement)));
    EXPECT_THAT(store_->ListEvents(kC1, {}).value(),
                ElementsAre(EqualsProto(event.event)));
    EXPECT_THAT(store_->ListWorkers({}).value(),
                ElementsAre(EqualsProto(worker)));
    EXPECT_THAT(store_->GetWorker("workers/w1").value(), EqualsProto(worker));
    const PutRequest answer = store_->GetRequest(request.method, "r1").value();
    EXPECT_EQ(answer.method, request.method);
    EXPECT_EQ(answer.request_id, "r1");
    EXPECT_EQ(answer.fingerprint, request.fingerprint);
    EXPECT_EQ(answer.response, request.response);
    EXPECT_EQ(answer.time, request.time);
    EXPECT_EQ(store_->GetCounter("fencing_token").value(), int64_t{1} << 62);
    Reopen();
  }
}

TEST_P(StoreContract, PuttingAgainReplacesAndKeepsWhatBelongsToTheRow) {
  Put({PutCampaign{CampaignAt(kC1, 10)}, PutTrial{TrialOf(kC1, 1)},
       MeasurementOf(kT1, 5, 3.0), EventOf(kC1, 1),
       PutWorker{WorkerNamed("workers/w1", 1)}, PutCounter{"n", 1}});
  v1::Campaign paused = CampaignAt(kC1, 10);
  paused.set_state(v1::Campaign::PAUSED);
  const v1::Trial done = TrialOf(kC1, 1, v1::Trial::SUCCEEDED);
  Put({PutCampaign{paused}, PutTrial{done}, MeasurementOf(kT1, 5, 2.5),
       PutWorker{WorkerNamed("workers/w1", 8)}, PutCounter{"n", 2}});
  EXPECT_THAT(store_->GetCampaign(kC1).value(), EqualsProto(paused));
  EXPECT_THAT(store_->GetTrial(kT1).value(), EqualsProto(done));
  const auto curve = store_->ListMeasurements(kT1, {}).value();
  ASSERT_THAT(curve, SizeIs(1));
  EXPECT_EQ(curve[0].validation_loss(), 2.5);
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})), ElementsAre(1));
  const auto workers = store_->ListWorkers({}).value();
  ASSERT_THAT(workers, SizeIs(1));
  EXPECT_EQ(workers[0].slots(), 8);
  EXPECT_EQ(store_->GetCounter("n").value(), 2);
}

TEST_P(StoreContract, ACurveIsDroppedBehindAStep) {
  const std::string other = "campaigns/c1/trials/2";
  Put({PutCampaign{CampaignAt(kC1, 10)}, PutTrial{TrialOf(kC1, 1)},
       PutTrial{TrialOf(kC1, 2)}, MeasurementOf(kT1, 5, 3.0),
       MeasurementOf(kT1, 6, 2.9), MeasurementOf(kT1, 9, 2.8),
       MeasurementOf(other, 9, 2.8)});
  Put({DropMeasurements{kT1, 5}, MeasurementOf(kT1, 7, 2.5)});
  const auto curve = store_->ListMeasurements(kT1, {}).value();
  ASSERT_THAT(curve, SizeIs(2));
  EXPECT_EQ(curve[0].step(), 5);
  EXPECT_EQ(curve[1].step(), 7);
  EXPECT_THAT(store_->ListMeasurements(other, {}).value(), SizeIs(1));
}

TEST_P(StoreContract, ADeletedWorkerIsForgotten) {
  Put({PutWorker{WorkerNamed("workers/a")},
       PutWorker{WorkerNamed("workers/b")}});
  Put({DeleteWorker{"workers/a"}, DeleteWorker{"workers/never"}});
  EXPECT_THAT(Names(store_->ListWorkers({})), ElementsAre("workers/b"));
  EXPECT_EQ(store_->GetWorker("workers/a").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, AReferenceToAMissingRowIsAFailedPrecondition) {
  EXPECT_EQ(store_->Commit({PutTrial{TrialOf(kC1, 1)}}).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Commit({EventOf(kC1, 1)}).code(),
            absl::StatusCode::kFailedPrecondition);
  Put({PutCampaign{CampaignAt(kC1, 1)}});
  EXPECT_EQ(store_->Commit({MeasurementOf(kT1, 1)}).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(StoreContract, AMalformedTrialNameIsAnInvalidArgument) {
  Put({PutCampaign{CampaignAt(kC1, 1)}});
  v1::Trial trial = TrialOf(kC1, 1);
  trial.set_name("campaigns/c1/trials/x");
  EXPECT_EQ(store_->Commit({PutTrial{trial}}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->GetTrial(trial.name()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->ListMeasurements(trial.name(), {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreContract, ATakenEventSequenceAlreadyExistsInAnyCampaign) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutCampaign{CampaignAt(kC2, 1)},
       EventOf(kC1, 7)});
  EXPECT_EQ(store_->Commit({EventOf(kC1, 7)}).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->Commit({EventOf(kC2, 7)}).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreContract, WhereTheLastMutationFailsNothingOfTheListHappens) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
       PutCounter{"n", 1}, RequestAt("kept", absl::FromUnixSeconds(1))});
  const absl::Status status = store_->Commit(
      {PutTrial{TrialOf(kC1, 1, v1::Trial::LEASED)}, PutTrial{TrialOf(kC1, 2)},
       MeasurementOf(kT1, 1), EventOf(kC1, 1), PutCounter{"n", 2},
       PutWorker{WorkerNamed("workers/w1")},
       PruneRequests{absl::FromUnixSeconds(5)},
       MeasurementOf("campaigns/c1/trials/99", 1)});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_EQ(store_->GetTrial(kT1)->state(), v1::Trial::PENDING);
    EXPECT_THAT(Names(store_->ListTrials(kC1, std::nullopt, {})),
                ElementsAre(kT1));
    EXPECT_THAT(Steps(store_->ListMeasurements(kT1, {})), IsEmpty());
    EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})), IsEmpty());
    EXPECT_EQ(store_->GetCounter("n").value(), 1);
    EXPECT_THAT(Names(store_->ListWorkers({})), IsEmpty());
    EXPECT_TRUE(
        store_->GetRequest(RequestAt("", {}).method, "kept").status().ok());
    Reopen();
  }
  // The store goes on.
  Put({PutTrial{TrialOf(kC1, 2)}});
}

TEST_P(StoreContract, MutationsOfOneListSeeThoseBeforeThem) {
  Put({PutCampaign{CampaignAt(kC1, 1)}, PutTrial{TrialOf(kC1, 1)},
       DeleteCampaign{kC1}, PutCampaign{CampaignAt(kC1, 2)}});
  EXPECT_THAT(Names(store_->ListTrials(kC1, std::nullopt, {})), IsEmpty());
  EXPECT_EQ(store_->GetCampaign(kC1)->create_time().seconds(), 2);
  EXPECT_EQ(
      store_->Commit({DeleteCampaign{kC1}, PutTrial{TrialOf(kC1, 1)}}).code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(store_->GetCampaign(kC1).ok());
}

TEST_P(StoreContract, AnEmptyListDoesNothing) {
  EXPECT_TRUE(store_->Commit({}).ok());
}

TEST_P(StoreContract, DeletingACampaignTakesAllOfItsRowsAndNoOthers) {
  for (const char* campaign : {kC1, kC2}) {
    const std::string trial = MakeTrialName(campaign, 1);
    Put({PutCampaign{CampaignAt(campaign, 1)}, PutTrial{TrialOf(campaign, 1)},
         MeasurementOf(trial, 1), EventOf(campaign, campaign == kC1 ? 1 : 2)});
  }
  Put({PutCounter{"fencing_token", 9}});
  Put({DeleteCampaign{kC1}});
  EXPECT_EQ(store_->GetCampaign(kC1).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetTrial(kT1).status().code(), absl::StatusCode::kNotFound);
  // Nothing of it is behind a new campaign of the same name.
  Put({PutCampaign{CampaignAt(kC1, 5)}, PutTrial{TrialOf(kC1, 1)}});
  EXPECT_THAT(Steps(store_->ListMeasurements(kT1, {})), IsEmpty());
  EXPECT_THAT(Sequences(store_->ListEvents(kC1, {})), IsEmpty());
  EXPECT_THAT(Steps(store_->ListMeasurements("campaigns/c2/trials/1", {})),
              ElementsAre(1));
  EXPECT_THAT(Sequences(store_->ListEvents(kC2, {})), ElementsAre(2));
  EXPECT_EQ(store_->GetCounter("fencing_token").value(), 9);
}

TEST_P(StoreContract, DeletingACampaignThatIsNotThereIsNoError) {
  EXPECT_TRUE(store_->Commit({DeleteCampaign{kC1}}).ok());
}

TEST_P(StoreContract, PruningForgetsTheOldestAnswersFirst) {
  const absl::Time time = absl::FromUnixSeconds(100);
  const std::string method = RequestAt("", time).method;
  for (const int i : {3, 1, 4, 2}) {
    Put({RequestAt(absl::StrCat(i), time - absl::Seconds(10 - i))});
  }
  Put({PruneRequests{time, 2}});
  for (const int i : {1, 2, 3, 4}) {
    EXPECT_EQ(store_->GetRequest(method, absl::StrCat(i)).ok(), i > 2) << i;
  }
}

TEST_P(StoreContract, PruningForgetsAnswersOlderThanTheTimeAndKeepsOneAtIt) {
  const absl::Time time = absl::FromUnixSeconds(100);
  const std::string method = RequestAt("", time).method;
  Put({RequestAt("older", time - absl::Nanoseconds(1)), RequestAt("at", time),
       RequestAt("newer", time + absl::Seconds(1))});
  Put({PruneRequests{time}});
  EXPECT_EQ(store_->GetRequest(method, "older").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(store_->GetRequest(method, "at").ok());
  EXPECT_TRUE(store_->GetRequest(method, "newer").ok());
  EXPECT_EQ(store_->GetRequest("another method", "at").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace isoshape
