#ifndef ISOSHAPE_TESTS_WORKER_RUN_RUN_FIXTURE_H_
#define ISOSHAPE_TESTS_WORKER_RUN_RUN_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/worker/coordinator/fake_leasing_coordinator.h"
#include "tests/worker/scripted_clock.h"
#include "tests/worker/trainer/fake_trainer.h"
#include "worker/run/run.h"
#include "worker/run/run_group.h"

namespace isoshape {

inline TrainerLine MeasurementLine(const std::string& run, int64_t step,
                                   double loss = 3) {
  TrainerLine line;
  line.type = TrainerLine::Type::kMeasurement;
  line.run = run;
  line.measurement.set_step(step);
  line.measurement.set_train_loss(loss);
  return line;
}
inline TrainerLine HeartbeatLine(const std::string& run) {
  TrainerLine line;
  line.type = TrainerLine::Type::kHeartbeat;
  line.run = run;
  return line;
}
inline TrainerLine ResultLine(const std::string& run, Outcome outcome,
                              const std::string& error = "") {
  TrainerLine line;
  line.type = TrainerLine::Type::kResult;
  line.run = run;
  line.outcome = outcome;
  line.error = error;
  return line;
}
inline TrainerLine SuccessLine(const std::string& run, double loss = 2) {
  TrainerLine line = ResultLine(run, Outcome::kSucceeded);
  line.shape_card.emplace().set_validation_loss(loss);
  return line;
}

// Runs between a coordinator, a trainer and a clock of the test's own. What is
// to happen is planned on the clock; then Execute runs to the end, on this
// thread and in no time.
class RunTest : public testing::Test {
 protected:
  static constexpr absl::Duration kHeartbeatInterval = absl::Seconds(10);
  static constexpr char kTrial[] = "campaigns/c/trials/1";

  RunTest() {
    context_.coordinator = &coordinator_;
    context_.heartbeats = &heartbeats_;
    context_.clock = &clock_;
    coordinator_.SetHeartbeatInterval(kHeartbeatInterval);
    context_.trainer_timeout = absl::Seconds(60);
    context_.drain = &drain_;
    // The usual trainer stops when it is told to.
    trainer_.on_stop = [this](const std::string& run) {
      trainer_.Say(ResultLine(run, Outcome::kStopped));
    };
  }

  // The trainer answers every run at once with this line.
  void Answer(const TrainerLine& line) {
    trainer_.on_begin = [this, line](const std::vector<std::string>& runs) {
      TrainerLine answer = line;
      answer.run = runs[0];
      trainer_.Say(answer);
    };
  }
  // Trains what is leased, to the end.
  RunGroup::End Execute(const std::vector<v1::Lease>& leases,
                        const std::string& data_path = "/dev/null") {
    RunGroup group(leases, data_path, context_, trainer_);
    return group.Execute();
  }
  RunGroup::End Execute() { return Execute({coordinator_.Grant(kTrial)}); }

  // From the beginning of the run, the trainer sends a heartbeat or a
  // measurement every `interval`, `count` times, and then says that the run has
  // succeeded.
  void TrainQuietly(absl::Duration interval, int count) {
    Train(interval, count,
          [](const std::string& run, int) { return HeartbeatLine(run); });
  }
  void TrainMeasured(absl::Duration interval, int count) {
    Train(interval, count, [](const std::string& run, int step) {
      return MeasurementLine(run, step);
    });
  }

  FakeLeasingCoordinator::Trial& TrialNamed(const std::string& name = kTrial) {
    return coordinator_.trials[name];
  }
  // The state that the trial was completed with; UNSPECIFIED: it was not.
  v1::Trial::State Completed(const std::string& name = kTrial) {
    const auto& result = TrialNamed(name).result;
    return result ? result->state() : v1::Trial::STATE_UNSPECIFIED;
  }
  std::string Released(const std::string& name = kTrial) {
    const auto& release = TrialNamed(name).release;
    return release ? release->reason() : "not released";
  }
  bool ReleasedAsLost(const std::string& name = kTrial) {
    const auto& release = TrialNamed(name).release;
    return release && release->cause() == v1::ReleaseTrialRequest::TRAINER_LOST;
  }

  ScriptedClock clock_;
  FakeLeasingCoordinator coordinator_{&clock_};
  SharedHeartbeats heartbeats_{&coordinator_, &clock_};
  FakeTrainer trainer_{&clock_};
  Event drain_;
  Run::Context context_;

 private:
  template <typename LineAt>
  void Train(absl::Duration interval, int count, LineAt line_at) {
    trainer_.on_begin = [=, this](const std::vector<std::string>& runs) {
      for (const std::string& run : runs) {
        for (int step = 1; step <= count; ++step) {
          clock_.After(step * interval,
                       [=, this] { trainer_.Say(line_at(run, step)); });
        }
        clock_.After(count * interval,
                     [=, this] { trainer_.Say(SuccessLine(run)); });
      }
    };
  }
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_RUN_RUN_FIXTURE_H_
