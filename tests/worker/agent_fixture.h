#ifndef ISOSHAPE_TESTS_WORKER_AGENT_FIXTURE_H_
#define ISOSHAPE_TESTS_WORKER_AGENT_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "messages/trial/lease_request.h"
#include "tests/temp_folder.h"
#include "tests/worker/captured_log.h"
#include "tests/worker/run/run_fixture.h"
#include "worker/agent.h"
#include "worker/run/kept_results.h"

namespace isoshape {

// One slot, so that one thread at a time uses the fakes: the agent's until it
// has assigned a trial, the slot's until it is free again. The test reads them
// when the agent has ended.
class AgentTest : public RunTest {
 protected:
  AgentTest() {
    options_.id = "w";
    options_.device = "cpu";
    options_.slots = 1;
    options_.data = {{"text", "/dev/null"}};
    auto trainer = std::make_unique<FakeTrainer>(&clock_);
    slot_trainer_ = trainer.get();
    slot_trainer_->on_begin = [this](const std::vector<std::string>& runs) {
      slot_trainer_->Say(SuccessLine(runs[0]));
      data_path_ = slot_trainer_->data_path;
    };
    owned_ = std::move(trainer);
  }
  // In the folder of results, as a worker that has ended left it.
  void KeepOne() {
    auto completion = For<v1::CompleteTrialRequest>(coordinator_.Grant(kTrial));
    completion.set_state(v1::Trial::SUCCEEDED);
    ResultKeeper keeper(options_.results, options_.server);
    EXPECT_TRUE(keeper.Keep(completion, {}).is_kept());
  }
  // What a worker left, if this is what comes of it.
  void ExpectToStay(const absl::Status& refusal) {
    const CapturedLog log;
    const TempFolder folder;
    options_.results = folder.path();
    KeepOne();
    coordinator_.refused["Complete"] = refusal;
    Start();
    EXPECT_EQ(DrainWhenIdle(), absl::OkStatus());
    EXPECT_THAT(coordinator_.CallsOf("Complete"), testing::SizeIs(1));
    EXPECT_THAT(ResultKeeper(folder.path(), options_.server).TakeLeft(),
                testing::SizeIs(1));
    EXPECT_EQ(log.Count("because the coordinator refuses it"), 1);
  }
  void Start() {
    agent_ =
        Agent::Start(options_, &clock_, &coordinator_,
                     [this](const ChildCommand&) { return std::move(owned_); });
  }
  absl::Status End() {
    while (!agent_->WaitForEnd(absl::Minutes(1))) {
    }
    return agent_->status();
  }
  // Drains the agent when its slot is free and it waits for leases.
  absl::Status DrainWhenIdle() {
    coordinator_.waits.WaitForNotification();
    agent_->Drain();
    return End();
  }

  WorkerOptions options_;
  FakeTrainer* slot_trainer_ = nullptr;  // until the agent has ended
  std::string data_path_;
  std::unique_ptr<Agent> agent_;

 private:
  std::unique_ptr<Trainer> owned_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_AGENT_FIXTURE_H_
