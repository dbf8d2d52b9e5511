#ifndef ISOSHAPE_TESTS_WORKER_TRAINER_FAKE_TRAINER_H_
#define ISOSHAPE_TESTS_WORKER_TRAINER_FAKE_TRAINER_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/worker/scripted_clock.h"
#include "worker/trainer/trainer.h"

namespace isoshape {

// A trainer that says what the test has it say, and is ready `ready_after` it
// was started.
class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(ScriptedClock* clock) : clock_(clock) {}

  // Set by the test.
  absl::Status start_status;
  absl::Duration ready_after = absl::Seconds(1);
  std::string device = "cpu";
  std::function<void(const std::vector<std::string>& runs)> on_begin;
  std::function<void(const std::string& run)> on_stop;
  void Say(TrainerLine line) { lines_.emplace_back(std::move(line)); }
  void Die(const std::string& reason) {
    lines_.emplace_back(absl::AbortedError(reason));
  }

  // Read by the test: what the run asked of the trainer.
  int starts = 0;
  std::vector<std::vector<std::string>> begun;  // the runs of each BeginRuns
  std::string data_path;
  std::vector<std::string> stopped;
  std::optional<absl::Duration> abandoned;  // when

  absl::Status Start() override {
    if (usable_) return absl::OkStatus();
    ++starts;
    if (!start_status.ok()) return start_status;
    usable_ = true;
    ready_ = false;
    lines_.clear();
    last_heard_ = clock_->Now();
    TrainerLine ready;
    ready.type = TrainerLine::Type::kReady;
    ready.device = device;
    clock_->After(ready_after, [this, ready] { Say(ready); });
    return absl::OkStatus();
  }
  bool ready() const override { return usable_ && ready_; }
  const TrainerLine& ready_line() const override { return ready_line_; }
  absl::StatusOr<std::optional<TrainerLine>> Next(
      absl::Duration timeout) override {
    clock_->SleepUntil(timeout, [this] { return !lines_.empty(); });
    if (lines_.empty()) return std::nullopt;
    const absl::StatusOr<TrainerLine> line = std::move(lines_.front());
    lines_.pop_front();
    if (!line.ok()) return line.status();
    last_heard_ = clock_->Now();
    if (line->type == TrainerLine::Type::kReady) {
      ready_ = true;
      ready_line_ = *line;
    }
    return *line;
  }
  absl::Duration Silence() override { return clock_->Now() - last_heard_; }
  absl::Status BeginRuns(const std::vector<RunOrder>& orders,
                         const std::string& path) override {
    std::vector<std::string> runs;
    for (const RunOrder& order : orders) runs.push_back(order.run);
    begun.push_back(runs);
    data_path = path;
    last_heard_ = clock_->Now();
    if (on_begin) on_begin(runs);
    return absl::OkStatus();
  }
  absl::Status StopRun(const std::string& run) override {
    stopped.push_back(run);
    if (on_stop) on_stop(run);
    return absl::OkStatus();
  }
  void Abandon() override {
    abandoned = clock_->Elapsed();
    usable_ = false;
  }
  bool Poll() override { return true; }
  void Finish(absl::Duration /*patience*/) override { usable_ = false; }

 private:
  ScriptedClock* const clock_;
  bool usable_ = false;
  bool ready_ = false;
  TrainerLine ready_line_;
  std::deque<absl::StatusOr<TrainerLine>> lines_;
  absl::Time last_heard_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_WORKER_TRAINER_FAKE_TRAINER_H_
