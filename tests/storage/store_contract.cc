#include "tests/storage/store_contract.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "messages/proto_time.h"
#include "tests/storage/store_rows.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kC1[] = "campaigns/c1";
constexpr char kC2[] = "campaigns/c2";
constexpr char kT1[] = "campaigns/c1/trials/1";

template <typename Row>
std::vector<std::string> Names(const absl::StatusOr<std::vector<Row>>& rows) {
  std::vector<std::string> names;
  if (!rows.ok()) return {std::string(rows.status().ToString())};
  for (const Row& row : *rows) names.push_back(row.name());
  return names;
}

std::vector<int64_t> Steps(
    const absl::StatusOr<std::vector<v1::Measurement>>& rows) {
  std::vector<int64_t> steps;
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return steps;
  for (const v1::Measurement& row : *rows) steps.push_back(row.step());
  return steps;
}

std::vector<int64_t> Sequences(
    const absl::StatusOr<std::vector<v1::CampaignEvent>>& rows) {
  std::vector<int64_t> sequences;
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return sequences;
  for (const v1::CampaignEvent& row : *rows) {
    sequences.push_back(row.sequence());
  }
  return sequences;
}

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
