#ifndef ISOSHAPE_TESTS_SERVICE_SERVICE_FIXTURE_H_
#define ISOSHAPE_TESTS_SERVICE_SERVICE_FIXTURE_H_

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/net/channel.h"
#include "common/process/child_process.h"
#include "isoshape/v1/campaign_service.grpc.pb.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {

// The built programs in a folder of their own. The test waits for events of the
// campaign, never for time; nothing may take longer than kPatience.
class ServiceTest : public testing::Test {
 protected:
  static constexpr absl::Duration kPatience = absl::Seconds(30);

  void SetUp() override {
    std::ofstream(folder_ / "text.txt") << "to be read by nobody\n";
    ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
    // For reading too, so that neither end waits for the other.
    fifo_ = open((folder_ / "fifo").c_str(), O_RDWR);
    ASSERT_GE(fifo_, 0);
  }

  void TearDown() override {
    workers_.clear();
    coordinator_.reset();
    close(fifo_);
    if (HasFailure()) {
      for (const auto& file : std::filesystem::directory_iterator(folder_)) {
        if (file.path().extension() != ".log") continue;
        std::cerr << "--- " << file.path().filename() << "\n"
                  << Log(file.path().stem());
      }
    }
  }

  // Starts the coordinator; again: on the same address and file.
  void StartCoordinator(const std::string& lease_duration = "30s") {
    coordinator_ = Serve("coordinator", lease_duration, {}, &address_);
    if (coordinator_ == nullptr) return;
    stub_ = v1::CampaignService::NewStub(MakeChannel(address_));
  }

  // Starts a coordinator on a file and with a log of its name; at `address`, if
  // that is not empty, which becomes the one that it says.
  std::unique_ptr<ChildProcess> Serve(const std::string& name,
                                      const std::string& lease_duration,
                                      const std::vector<std::string>& flags,
                                      std::string* address) const {
    std::vector<std::string> arguments = before_;
    arguments.insert(arguments.end(),
                     {ISOSHAPE_COORDINATOR, "--address",
                      address->empty() ? "127.0.0.1:0" : *address, "--db",
                      (folder_ / absl::StrCat(name, ".db")).string(),
                      "--lease-duration", lease_duration});
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto started = Start(std::move(arguments), name);
    if (!started.ok()) {
      ADD_FAILURE() << started.status();
      return nullptr;
    }
    const auto line = (*started)->ReadLine(kPatience);
    if (!line.ok() || !line->has_value()) {
      ADD_FAILURE() << "no line within " << kPatience << ": " << line.status();
      return nullptr;
    }
    // isoshape-coordinator 0.1.0 listening on 127.0.0.1:40123, database …
    const std::vector<std::string> words = absl::StrSplit(**line, ' ');
    EXPECT_GT(words.size(), 4u) << **line;
    if (words.size() > 4) *address = words[4].substr(0, words[4].size() - 1);
    return *std::move(started);
  }

  // A worker of one slot whose trainer is fake_trainer.py in `mode`.
  void StartWorker(const std::string& id, const std::string& mode,
                   int replicas = 1,
                   const std::vector<std::string>& flags = {}) {
    // A trainer that must be found silent is given less time.
    const bool silent = mode == "hang" || mode == "stranger";
    std::vector<std::string> arguments = {
        ISOSHAPE_WORKER,
        "--server",
        address_,
        "--name",
        id,
        "--data",
        absl::StrCat("text=", (folder_ / "text.txt").string()),
        "--slots",
        "1",
        "--device",
        "cpu",
        "--replicas",
        absl::StrCat(replicas),
        "--trainer-timeout",
        silent ? "1" : "60",
        "--checkpoints",
        Checkpoints().string(),
        "--trainer",
        absl::StrCat("exec python3 ", ISOSHAPE_FAKE_TRAINER, " ", mode, " ",
                     (folder_ / "fifo").string())};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    auto started = Start(std::move(arguments), id);
    ASSERT_TRUE(started.ok()) << started.status();
    workers_[id] = *std::move(started);
  }

  // What the coordinator or a worker wrote to standard error.
  std::string Log(const std::string& id) const {
    return ReadFile(folder_ / absl::StrCat(id, ".log"));
  }

  // Starts a campaign, of which one trial has a checkpoint and waits again.
  void LeaveACheckpoint() {
    StartCoordinator();
    CreateCampaign();
    StartWorker("first", "resume");
    WatchUntilLeasedTo("first");
    WatchUntil([](const v1::CampaignEvent& event) {
      return event.kind() == v1::CampaignEvent::TRIAL_MEASURED;
    });
    Worker("first").Stop(kPatience);
    EXPECT_EQ(CountCheckpoints(), 1);
  }
  std::filesystem::path Checkpoints() const { return folder_ / "checkpoints"; }
  // The checkpoints' folders of trials.
  int CountCheckpoints() const {
    const std::filesystem::directory_iterator folders(Checkpoints());
    return static_cast<int>(std::distance(begin(folders), end(folders)));
  }

  // Starts a program whose standard error goes to Log(`name`).
  absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      std::vector<std::string> arguments, const std::string& name) const {
    ChildCommand command;
    command.arguments = std::move(arguments);
    command.error_log = (folder_ / absl::StrCat(name, ".log")).string();
    command.environment = environment_;
    return ChildProcess::Start(command);
  }

  // Starts a program whose standard error comes as its standard output.
  std::unique_ptr<ChildProcess> StartHeard(
      const std::vector<std::string>& arguments) const {
    std::vector<std::string> heard = {"/bin/sh", "-c",
                                      "exec \"$@\" 2>&1 >/dev/null", "sh"};
    heard.insert(heard.end(), arguments.begin(), arguments.end());
    auto started = Start(heard, "heard");
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? *std::move(started) : nullptr;
  }
  // Its next line; empty at its end.
  static std::string Line(ChildProcess& process) {
    const auto line = process.ReadLine(kPatience);
    if (!line.ok()) return "";
    EXPECT_TRUE(line->has_value()) << "no line within " << kPatience;
    return line->value_or("");
  }

  // Programs that are started from now on have a clock of their own, as
  // libfaketime gives it; false if that is not installed, or cannot be loaded
  // before all else, where AddressSanitizer must be.
  bool FakeTime() {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
    return false;
#endif
    const char* const library =
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    if (!std::filesystem::exists(library)) return false;
    SetClock("+0");
    environment_ = {
        absl::StrCat("LD_PRELOAD=", library),
        absl::StrCat("LD_LIBRARY_PATH=", ISOSHAPE_NO_JEMALLOC),
        absl::StrCat("FAKETIME_TIMESTAMP_FILE=", (folder_ / "clock").string()),
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1"};
    return true;
  }
  // Sets it: `+1d` is a day ahead of ours.
  void SetClock(const std::string& offset) const {
    std::ofstream(folder_ / "clock.new") << offset << '\n';
    std::filesystem::rename(folder_ / "clock.new", folder_ / "clock");
  }

  ChildProcess& Worker(const std::string& id) { return *workers_.at(id); }

  // Waits until the worker has ended by itself; how it ended.
  std::string EndingOf(const std::string& id) {
    const auto line = Worker(id).ReadLine(kPatience);
    EXPECT_FALSE(line.ok()) << "it has not ended within " << kPatience;
    return std::string(line.status().message());
  }

  // Kills a process that cannot defend itself.
  static void Kill(ChildProcess& process) {
    ASSERT_EQ(kill(process.pid(), SIGKILL), 0);
    process.Stop(absl::Seconds(10));
    ASSERT_EQ(process.Ending(), "signal 9 (Killed)");
  }

  // Lets so many runs of trainers in mode `hold` go on.
  void LetGo(int runs) {
    ASSERT_EQ(write(fifo_, std::string(runs, '.').data(), runs), runs);
  }

  // One campaign, `campaigns/c1`, of six trials a seed (three of each budget),
  // or of three that serve both budgets.
  void CreateCampaign(int max_lost_leases = 3, bool share_trunks = false,
                      int seeds = 1) {
    v1::CreateCampaignRequest request;
    v1::Campaign& campaign = *request.mutable_campaign();
    campaign.add_budgets(2.5e11);
    campaign.add_budgets(7.5e11);
    campaign.mutable_algorithm()->mutable_grid()->set_sizes(3);
    campaign.mutable_algorithm()->mutable_grid()->set_aspect_ratios(1);
    campaign.mutable_algorithm()->mutable_grid()->set_share_trunks(
        share_trunks);
    campaign.set_seeds(seeds);
    campaign.set_max_lost_leases(max_lost_leases);
    request.set_campaign_id("c1");
    grpc::ClientContext context;
    v1::Campaign created;
    const grpc::Status status =
        stub_->CreateCampaign(&context, request, &created);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  // Reads the campaign's events, from the first, until one satisfies `wanted`,
  // and returns those read; over restarts of the coordinator.
  std::vector<v1::CampaignEvent> WatchUntil(
      const std::function<bool(const v1::CampaignEvent&)>& wanted) {
    const absl::Time deadline = absl::Now() + kPatience;
    std::vector<v1::CampaignEvent> events;
    v1::WatchCampaignRequest request;
    request.set_name("campaigns/c1");
    while (absl::Now() < deadline) {
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      context.set_deadline(absl::ToChronoTime(deadline));
      const auto reader = stub_->WatchCampaign(&context, request);
      v1::CampaignEvent event;
      while (reader->Read(&event)) {
        events.push_back(event);
        request.set_after_sequence(event.sequence());
        if (wanted(event)) {
          context.TryCancel();
          return events;
        }
      }
      if (reader->Finish().ok()) break;  // it ended, and nothing was wanted
    }
    ADD_FAILURE() << "the event did not come; the last of " << events.size()
                  << ": "
                  << (events.empty() ? "none" : events.back().DebugString());
    return events;
  }
  std::vector<v1::CampaignEvent> WatchUntilCompleted() {
    return WatchUntil([](const v1::CampaignEvent& event) {
      return event.campaign_state() == v1::Campaign::COMPLETED;
    });
  }
  // Until some trial has been leased to this worker.
  void WatchUntilLeasedTo(const std::string& id) {
    WatchUntil([&](const v1::CampaignEvent& event) {
      return event.trial_state() == v1::Trial::LEASED &&
             GetTrial(event.trial()).worker() == "workers/" + id;
    });
  }

  v1::Trial GetTrial(const std::string& name) {
    grpc::ClientContext context;
    v1::GetTrialRequest request;
    request.set_name(name);
    v1::Trial trial;
    const grpc::Status status = stub_->GetTrial(&context, request, &trial);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return trial;
  }
  std::vector<v1::Trial> Trials() {
    grpc::ClientContext context;
    v1::ListTrialsRequest request;
    request.set_parent("campaigns/c1");
    v1::ListTrialsResponse response;
    const grpc::Status status = stub_->ListTrials(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.trials().begin(), response.trials().end()};
  }
  int LostLeases() {
    int lost = 0;
    for (const v1::Trial& trial : Trials()) lost += trial.lost_leases();
    return lost;
  }

  // Every trial ended in success, once.
  void ExpectEachSucceededOnce(const std::vector<v1::CampaignEvent>& events,
                               int count = 6) {
    std::map<std::string, int> successes;
    for (const v1::CampaignEvent& event : events) {
      if (event.kind() == v1::CampaignEvent::TRIAL_CHANGED &&
          event.trial_state() == v1::Trial::SUCCEEDED) {
        ++successes[event.trial()];
      }
    }
    const std::vector<v1::Trial> trials = Trials();
    EXPECT_EQ(static_cast<int>(trials.size()), count);
    for (const v1::Trial& trial : trials) {
      EXPECT_EQ(trial.state(), v1::Trial::SUCCEEDED) << trial.DebugString();
      EXPECT_EQ(successes[trial.name()], 1) << trial.name();
    }
  }

  const TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
  int fifo_ = -1;
  std::string address_;
  std::vector<std::string> environment_;
  std::vector<std::string> before_;  // the command by which Serve starts it
  std::unique_ptr<ChildProcess> coordinator_;
  std::map<std::string, std::unique_ptr<ChildProcess>> workers_;
  std::unique_ptr<v1::CampaignService::Stub> stub_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SERVICE_SERVICE_FIXTURE_H_
