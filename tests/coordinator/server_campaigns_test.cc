// CampaignService as its clients see it, and the server itself.
#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/coordinator/server_fixture.h"

namespace isoshape {
namespace {

using Stub = v1::CampaignService::Stub;

TEST_F(ServerTest, SaysThatItServes) {
  // grpc.health.v1.Health/Check of "": an empty request; the answer is status
  // (field 1) SERVING (1).
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  const auto call = stub.PrepareUnaryCall(
      &context, "/grpc.health.v1.Health/Check", request, &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  ASSERT_TRUE(status.ok()) << status.error_message();
  grpc::Slice bytes;
  ASSERT_TRUE(response.DumpToSingleSlice(&bytes).ok());
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "\x08\x01");
}

// Each stream takes 18 kB, and whoever reaches the port may open any number.
TEST_F(ServerTest, HealthIsAskedForAndNotWatched) {
  const grpc::Status status = SendTo("/grpc.health.v1.Health/Watch", "");
  EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(),
            "health is not watched here; call Check every few seconds");
}

// Of four places half for one caller, whatever he watches.
TEST_F(ServerTest, ACallerWatchesNoMoreThanThereIsRoomForBesideOthers) {
  watch_places_ = 4;
  Start();
  Create();
  v1::WatchCampaignRequest of_one;
  of_one.set_name("campaigns/c1");
  v1::CampaignEvent event;
  v1::ChangeBatch batch;
  grpc::ClientContext first, second;
  const auto events = campaigns_->WatchCampaign(&first, of_one);
  ASSERT_TRUE(events->Read(&event));
  const auto changes = campaigns_->WatchChanges(&second, {});
  ASSERT_TRUE(changes->Read(&batch));
  {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    const auto refused = campaigns_->WatchCampaign(&context, of_one);
    EXPECT_FALSE(refused->Read(&event));
    const grpc::Status status = refused->Finish();
    EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(status.error_message(),
                testing::HasSubstr("has 2 streams that watch, 2 of them yours, "
                                   "and no room for more of yours; end some"));
  }
  const auto watch_changes = [&] {
    grpc::ClientContext context;
    const auto reader = campaigns_->WatchChanges(&context, {});
    if (reader->Read(&batch)) {
      context.TryCancel();
      reader->Finish();
      return StatusCode::OK;
    }
    return reader->Finish().error_code();
  };
  EXPECT_EQ(watch_changes(), StatusCode::RESOURCE_EXHAUSTED);
  // Other calls are none of these.
  EXPECT_EQ(GetCampaign().name(), "campaigns/c1");
  first.TryCancel();
  while (events->Read(&event)) {
  }
  events->Finish();
  // The coordinator hears of it soon.
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (watch_changes() != StatusCode::OK) ASSERT_LT(absl::Now(), end);
  second.TryCancel();
  changes->Finish();
}

TEST_F(ServerTest, SecondServerOnTheSamePortIsRefused) {
  auto options = OptionsAt(server_->address());
  options.db = folder_.File("another.db");
  const auto second = Server::Start(options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              testing::HasSubstr("choose another port with --address"));
}

TEST_F(ServerTest, RefusesALeaseDurationOutOfRange) {
  auto options = OptionsAt("127.0.0.1:0");
  for (const absl::Duration bad :
       {absl::ZeroDuration(), absl::Milliseconds(999), absl::Hours(25)}) {
    options.lease_duration = bad;
    EXPECT_EQ(Server::Start(options).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(ServerTest, CampaignIsThereAfterARestart) {
  const v1::Campaign created = Create();
  Start();
  v1::Campaign read = GetCampaign();
  EXPECT_EQ(read.waiting(),
            "3 trials wait: no worker is connected; start one with 'isoshape "
            "worker --data text=PATH'");
  read.clear_waiting();
  EXPECT_EQ(read.SerializeAsString(), created.SerializeAsString());
  EXPECT_EQ(read.trial_counts().pending(), 3);
}

TEST_F(ServerTest, RepeatedRequestIsAnsweredAsBefore) {
  const v1::Campaign first = Create("", "request-1");
  EXPECT_EQ(Create("", "request-1").name(), first.name());
  Start();  // and over a restart
  EXPECT_EQ(Create("", "request-1").name(), first.name());
  EXPECT_NE(Create("", "request-2").name(), first.name());
}

TEST_F(ServerTest, RequestIdOfAnotherRequestIsRefused) {
  Create("c1", "request-1");
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.set_campaign_id("c2");
  request.set_request_id("request-1");
  Refused(StatusCode::INVALID_ARGUMENT, "request-1", *campaigns_,
          &Stub::CreateCampaign, request);
}

TEST_F(ServerTest, UnknownNamesAreNotFoundAndNamed) {
  v1::GetCampaignRequest campaign;
  campaign.set_name("campaigns/none");
  Refused(StatusCode::NOT_FOUND, "campaigns/none", *campaigns_,
          &Stub::GetCampaign, campaign);
  v1::GetTrialRequest trial;
  trial.set_name("campaigns/none/trials/1");
  Refused(StatusCode::NOT_FOUND, "campaigns/none/trials/1", *campaigns_,
          &Stub::GetTrial, trial);
  v1::ListTrialsRequest trials;
  trials.set_parent("campaigns/none");
  Refused(StatusCode::NOT_FOUND, "campaigns/none", *campaigns_,
          &Stub::ListTrials, trials);
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/none");
  Refused(StatusCode::NOT_FOUND, "campaigns/none", *campaigns_,
          &Stub::CancelCampaign, cancel);
}

TEST_F(ServerTest, MalformedNamesAndPagesAreInvalid) {
  v1::GetCampaignRequest campaign;
  campaign.set_name("c1");
  Refused(StatusCode::INVALID_ARGUMENT, "'c1'", *campaigns_, &Stub::GetCampaign,
          campaign);
  v1::ListCampaignsRequest list;
  list.set_page_size(1001);
  Refused(StatusCode::INVALID_ARGUMENT, "1001", *campaigns_,
          &Stub::ListCampaigns, list);
  list.set_page_size(0);
  list.set_page_token("made up");
  Refused(StatusCode::INVALID_ARGUMENT, "page_token", *campaigns_,
          &Stub::ListCampaigns, list);
}

TEST_F(ServerTest, ListsCampaignsNewestFirstByPages) {
  for (const char* id : {"a", "b", "c"}) {
    Create(id);
    clock_.Advance(absl::Seconds(1));
  }
  v1::ListCampaignsRequest request;
  request.set_page_size(2);
  auto page = Campaigns(&Stub::ListCampaigns, request);
  ASSERT_EQ(page.campaigns_size(), 2);
  EXPECT_EQ(page.campaigns(0).name(), "campaigns/c");
  EXPECT_EQ(page.campaigns(1).name(), "campaigns/b");
  request.set_page_token(page.next_page_token());
  page = Campaigns(&Stub::ListCampaigns, request);
  ASSERT_EQ(page.campaigns_size(), 1);
  EXPECT_EQ(page.campaigns(0).name(), "campaigns/a");
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(ServerTest, RunningCampaignIsDeletedByForceOnly) {
  Create();
  v1::DeleteCampaignRequest request;
  request.set_name("campaigns/c1");
  Refused(StatusCode::FAILED_PRECONDITION, "is running", *campaigns_,
          &Stub::DeleteCampaign, request);
  request.set_force(true);
  Campaigns(&Stub::DeleteCampaign, request);
  v1::GetCampaignRequest get;
  get.set_name("campaigns/c1");
  Refused(StatusCode::NOT_FOUND, "campaigns/c1", *campaigns_,
          &Stub::GetCampaign, get);
}

TEST_F(ServerTest, WatchingSendsWhatWasAndWhatComesAndEndsWithTheCampaign) {
  Create();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  v1::WatchCampaignRequest request;
  request.set_name("campaigns/c1");
  const auto reader = campaigns_->WatchCampaign(&context, request);
  v1::CampaignEvent event;
  int64_t last = 0;
  // The campaign and its three trials are there already.
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(reader->Read(&event));
    EXPECT_GT(event.sequence(), last);
    last = event.sequence();
  }
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/c1");
  Campaigns(&Stub::CancelCampaign, cancel);
  int cancelled = 0;
  while (reader->Read(&event)) {
    EXPECT_GT(event.sequence(), last);
    last = event.sequence();
    cancelled += event.trial_state() == v1::Trial::CANCELLED ? 1 : 0;
  }
  EXPECT_EQ(cancelled, 3);
  EXPECT_EQ(event.campaign_state(), v1::Campaign::CANCELLED);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServerTest, WatchingAfterAnEventSendsOnlyLaterOnes) {
  Create();
  v1::CancelCampaignRequest cancel;
  cancel.set_name("campaigns/c1");
  Campaigns(&Stub::CancelCampaign, cancel);
  const auto sequences = [&](int64_t after) {
    grpc::ClientContext context;
    v1::WatchCampaignRequest request;
    request.set_name("campaigns/c1");
    request.set_after_sequence(after);
    const auto reader = campaigns_->WatchCampaign(&context, request);
    std::vector<int64_t> read;
    v1::CampaignEvent event;
    while (reader->Read(&event)) read.push_back(event.sequence());
    EXPECT_TRUE(reader->Finish().ok());
    return read;
  };
  const std::vector<int64_t> all = sequences(0);
  ASSERT_GT(all.size(), 3u);
  EXPECT_EQ(sequences(all[2]),
            std::vector<int64_t>(all.begin() + 3, all.end()));
}

TEST_F(ServerTest, StoppingEndsWatchersWithUnavailableAndDoesNotWaitForThem) {
  Create();
  grpc::ClientContext context;
  v1::WatchCampaignRequest request;
  request.set_name("campaigns/c1");
  const auto reader = campaigns_->WatchCampaign(&context, request);
  v1::CampaignEvent event;
  ASSERT_TRUE(reader->Read(&event));
  server_->Stop();
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, ACampaignOfManyTrialsIsAnsweredWhenAllAreStored) {
  v1::CreateCampaignRequest request;
  *request.mutable_campaign() = SmallCampaign();
  request.mutable_campaign()->set_seeds(100);
  request.mutable_campaign()->mutable_algorithm()->mutable_grid()->set_sizes(
      10);
  const v1::Campaign created =
      Campaigns(&v1::CampaignService::Stub::CreateCampaign, request);
  EXPECT_EQ(created.trial_counts().pending(), 1000);
  v1::GetCampaignRequest get;
  get.set_name(created.name());
  EXPECT_EQ(Campaigns(&v1::CampaignService::Stub::GetCampaign, get)
                .trial_counts()
                .pending(),
            1000);
}

}  // namespace
}  // namespace isoshape
