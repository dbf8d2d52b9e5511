#include "trainer/run/evaluation.h"

#include <cmath>
#include <vector>

namespace isoshape {

LossEstimate EstimateLoss(const std::vector<double>& losses) {
  const double count = static_cast<double>(losses.size());
  double sum = 0;
  for (const double loss : losses) sum += loss;
  const double mean = sum / count;
  double squares = 0;
  for (const double loss : losses) squares += (loss - mean) * (loss - mean);
  return {mean,
          losses.size() > 1 ? std::sqrt(squares / (count - 1) / count) : 0};
}

LossEstimate EvaluateHeldOut(Engine& engine, const HeldOut& held_out,
                             const std::function<void()>& between) {
  std::vector<double> losses;
  for (const Batch& batch : held_out.batches) {
    between();
    const std::vector<double> part = engine.Evaluate(batch);
    losses.insert(losses.end(), part.begin(), part.end());
  }
  return EstimateLoss(losses);
}

}  // namespace isoshape
