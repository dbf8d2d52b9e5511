#include "trainer/run/step_timer.h"

#include <torch/cuda.h>

#include <algorithm>
#include <cstddef>

#include "trainer/run/warm_up.h"

namespace isoshape {
namespace {

// Samples for a median with a spread, at least, and samples that are kept.
constexpr size_t kMinSamples = 5, kMaxSamples = 4096;

}  // namespace

void StepTimer::OnStep(double begin) {
  ++steps_;
  if (steps_ == kStartUpSteps) {
    if (host_is_ahead_) torch::cuda::synchronize();
    started_ = drained_ = clock_.Seconds();
    drained_steps_ = steps_;
  } else if (steps_ > kStartUpSteps && !host_is_ahead_) {
    Add({clock_.Seconds() - begin, 1});
  }
}

void StepTimer::OnDrained() {
  if (steps_ <= kStartUpSteps || steps_ == drained_steps_) return;
  const double now = clock_.Seconds();
  if (host_is_ahead_) {
    const int64_t steps = steps_ - drained_steps_;
    Add({(now - drained_) / static_cast<double>(steps), steps});
  }
  drained_ = now;
  drained_steps_ = steps_;
}

void StepTimer::Add(const Sample& sample) {
  if (offered_++ % stride_ != 0) return;
  samples_.push_back(sample);
  if (samples_.size() < kMaxSamples) return;
  for (size_t i = 0; i < kMaxSamples / 2; ++i) samples_[i] = samples_[2 * i];
  samples_.resize(kMaxSamples / 2);
  stride_ *= 2;
}

double StepTimer::Quantile(const std::vector<Sample>& sorted, double share) {
  int64_t all = 0;
  for (const Sample& sample : sorted) all += sample.steps;
  double left = share * static_cast<double>(all);
  for (const Sample& sample : sorted) {
    left -= static_cast<double>(sample.steps);
    if (left <= 0) return sample.seconds;
  }
  return sorted.back().seconds;
}

StepTimes StepTimer::Times() const {
  StepTimes times;
  // The start-up is left out only if at least as many steps remain for the
  // times.
  if (drained_steps_ < 2 * kStartUpSteps) return times;
  times.steps = drained_steps_ - kStartUpSteps;
  times.mean = (drained_ - started_) / static_cast<double>(times.steps);
  if (samples_.size() < kMinSamples) return times;
  std::vector<Sample> sorted = samples_;
  std::sort(sorted.begin(), sorted.end(), [](const Sample& a, const Sample& b) {
    return a.seconds < b.seconds;
  });
  times.p10 = Quantile(sorted, 0.1);
  times.median = Quantile(sorted, 0.5);
  times.p90 = Quantile(sorted, 0.9);
  return times;
}

}  // namespace isoshape
