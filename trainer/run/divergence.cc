#include "trainer/run/divergence.h"

#include <sstream>

namespace isoshape {
namespace {

// Shares of the steps: before a loss above the first counts, and how long it
// must have been there.
constexpr double kGrace = 0.2;
constexpr double kPatience = 0.1;

}  // namespace

std::string DivergenceProblem(const StepSums& sums, int64_t steps_done,
                              int64_t steps, LossHistory& history) {
  std::ostringstream problem;
  const int64_t before = steps_done - sums.steps;
  if (!sums.finite) {
    problem << "the loss or the gradient norm was not finite within step "
            << before + 1 << " to " << steps_done
            << "; a smaller learning rate may help";
    return problem.str();
  }
  const double loss = sums.loss / static_cast<double>(sums.steps);
  if (steps_done == 1) history.first_loss = loss;
  if (loss <= history.first_loss) {
    history.above_since = 0;
    return "";
  }
  if (history.above_since == 0) history.above_since = before;
  const double total = static_cast<double>(steps);
  if (static_cast<double>(steps_done) > kGrace * total &&
      static_cast<double>(steps_done - history.above_since) >=
          kPatience * total) {
    problem << "the training loss has been above that of the first step, "
            << history.first_loss << ", since step " << history.above_since
            << " and is " << loss << " at step " << steps_done
            << "; a smaller learning rate may help";
  }
  return problem.str();
}

}  // namespace isoshape
