#ifndef ISOSHAPE_TESTS_TRAINER_RECORDER_H_
#define ISOSHAPE_TESTS_TRAINER_RECORDER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "trainer/run/training_run.h"

namespace isoshape {

// Keeps what it hears of a run, and may order the run to stop.
struct Recorder : RunObserver {
  void OnStarted(const RunStart& at) override { start = at; }
  void OnMeasurement(const Measurement& measurement) override {
    curve.push_back(measurement);
    if (measurement.step >= stop_at) stop = true;
  }
  void OnAlive() override {}
  void OnWarning(const std::string& line) override { warnings.push_back(line); }

  std::atomic<bool> stop{false};
  int64_t stop_at = int64_t{1} << 30;
  RunStart start;
  std::vector<Measurement> curve;
  std::vector<std::string> warnings;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_TRAINER_RECORDER_H_
