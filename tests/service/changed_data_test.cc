// Data that are written over while a run is trained on them, by the programs
// themselves: the trainer is the real one.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "tests/service/service_fixture.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ChangedDataTest : public ServiceTest {
 protected:
  // A file that the trainer reads during the run, and does not copy into memory
  // before (1.4 MB); the same for equal seeds.
  std::string WriteData(const std::string& name, int seed) const {
    const std::string path = (folder_ / name).string();
    std::string words;
    for (int64_t i = 0; i < 200'000; ++i) {
      absl::StrAppend(&words, "word", 10 + (i * i + seed * i) % 89, " ");
    }
    // One that is there is written over as it is: it never becomes shorter.
    if (!std::filesystem::exists(path)) std::ofstream(path).close();
    std::fstream(path, std::ios::in | std::ios::out) << words;
    return path;
  }
  void StartRealWorker(const std::string& id, const std::string& data) {
    auto worker = Start({ISOSHAPE_WORKER, "--server", address_, "--name", id,
                         "--data", absl::StrCat("text=", data), "--device",
                         "cpu", "--slots", "1", "--trainer", ISOSHAPE_TRAINER,
                         "--checkpoints", Checkpoints().string()},
                        id);
    ASSERT_TRUE(worker.ok()) << worker.status();
    workers_.emplace(id, *std::move(worker));
  }
  // One trial that lasts for a second or more.
  void CreateOneTrial(const std::string& campaign_id) {
    v1::CreateCampaignRequest request;
    v1::Campaign& campaign = *request.mutable_campaign();
    campaign.add_budgets(8e9);
    v1::Shape& shape =
        *campaign.mutable_algorithm()->mutable_listed()->add_shapes();
    shape.set_depth(2);
    shape.set_width(32);
    campaign.mutable_space()->mutable_base()->set_head_dim(16);
    campaign.mutable_space()->mutable_base()->set_context(64);
    campaign.mutable_recipe()->set_tokens_per_step(512);
    request.set_campaign_id(campaign_id);
    grpc::ClientContext context;
    v1::Campaign created;
    const grpc::Status status =
        stub_->CreateCampaign(&context, request, &created);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
};

// A result on data that nobody has any more would be one that nobody can
// repeat: the trial is given back by the worker's own fault, and another worker
// trains it on data that hold still. Both share a folder of checkpoints: the
// other may go on from what the first one wrote before its data changed, and
// has the loss of a run that nobody disturbed.
TEST_F(ChangedDataTest, TheTrialIsGivenBackAndIsTrainedElsewhere) {
  StartCoordinator();
  CreateOneTrial("c1");
  const std::string data = WriteData("a.txt", 1);
  StartRealWorker("a", data);
  WatchUntil([](const v1::CampaignEvent& event) {
    return event.kind() == v1::CampaignEvent::TRIAL_MEASURED;
  });
  WriteData("a.txt", 2);
  const std::vector<v1::CampaignEvent> events =
      WatchUntil([](const v1::CampaignEvent& event) {
        return event.trial_state() == v1::Trial::PENDING &&
               absl::StrContains(event.message(), "given back");
      });
  ASSERT_FALSE(events.empty());
  EXPECT_THAT(
      events.back().message(),
      AllOf(HasSubstr("given back by workers/a by its own fault"),
            HasSubstr("changed since the data were opened; leave data alone")));
  // No result, no loss of a lease, and nobody who is to get it at once.
  const v1::Trial waiting = GetTrial("campaigns/c1/trials/1");
  EXPECT_EQ(waiting.state(), v1::Trial::PENDING);
  EXPECT_FALSE(waiting.has_shape_card());
  EXPECT_EQ(waiting.worker_faults(), 1);
  EXPECT_EQ(waiting.lost_leases(), 0);
  ASSERT_EQ(waiting.avoided_size(), 1);
  EXPECT_EQ(waiting.avoided(0).worker(), "workers/a");

  StartRealWorker("b", WriteData("b.txt", 1));
  ExpectEachSucceededOnce(WatchUntilCompleted(), 1);
  const v1::Trial trained = GetTrial("campaigns/c1/trials/1");
  EXPECT_EQ(trained.worker(), "workers/b");
  EXPECT_TRUE(Worker("a").Running());

  Worker("a").Stop(kPatience);
  CreateOneTrial("c2");
  v1::WatchCampaignRequest request;
  request.set_name("campaigns/c2");
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const auto events_of_c2 = stub_->WatchCampaign(&context, request);
  v1::CampaignEvent event;
  while (events_of_c2->Read(&event)) {
  }
  ASSERT_TRUE(events_of_c2->Finish().ok());
  EXPECT_EQ(trained.shape_card().validation_loss(),
            GetTrial("campaigns/c2/trials/1").shape_card().validation_loss());
}

}  // namespace
}  // namespace isoshape
