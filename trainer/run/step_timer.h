#ifndef ISOSHAPE_TRAINER_RUN_STEP_TIMER_H_
#define ISOSHAPE_TRAINER_RUN_STEP_TIMER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "trainer/engine/device.h"
#include "trainer/run/stopwatch.h"

namespace isoshape {

// Times of a loop's steps after the start-up (kStartUpSteps), which its speeds
// are computed from.
struct StepTimes {
  int64_t steps = 0;  // that were timed; 0: too few
  // Training time of a step, seconds: all of it over all of them.
  double mean = 0;
  // Quantiles of the time of a step. On a CPU, single steps are timed. On a GPU
  // the host is ahead of the device between reports, so the stretches between
  // them are timed, each weighted by its steps. Absent if there are too few.
  std::optional<double> median, p10, p90;
};

// Times the steps of one loop. Not thread-safe.
//
//   StepTimer timer(clock, device);
//   timer.Step([&] { engine.Step(batch, factor); });
//   engine.Drain();
//   timer.OnDrained();
class StepTimer {
 public:
  // Seconds are those of `clock`, which must outlive it.
  StepTimer(const Stopwatch& clock, const Device& device)
      : clock_(clock), host_is_ahead_(device.kind == Device::Kind::kCuda) {}

  template <typename Work>
  void Step(const Work& work) {
    const double begin = clock_.Seconds();
    work();
    OnStep(begin);
  }

  // The device has done all steps.
  void OnDrained();

  // Up to the last OnDrained.
  StepTimes Times() const;

 private:
  struct Sample {
    double seconds = 0;  // of a step
    int64_t steps = 1;
  };

  void OnStep(double begin);
  // Keeps every so many-th, evenly over the run.
  void Add(const Sample& sample);
  static double Quantile(const std::vector<Sample>& sorted, double share);

  const Stopwatch& clock_;
  const bool host_is_ahead_;
  int64_t steps_ = 0;
  double started_ = 0;  // when the start-up had ended
  int64_t drained_steps_ = 0;
  double drained_ = 0;  // when these were done
  std::vector<Sample> samples_;
  int64_t offered_ = 0, stride_ = 1;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_RUN_STEP_TIMER_H_
