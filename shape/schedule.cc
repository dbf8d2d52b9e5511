#include "shape/schedule.h"

#include <algorithm>
#include <cmath>

namespace isoshape {

int64_t WarmupSteps(int64_t steps, double warmup_fraction) {
  return std::max<int64_t>(
      1, std::llround(static_cast<double>(steps) * warmup_fraction));
}

int64_t CooldownStart(int64_t steps, double cooldown_fraction) {
  return steps - std::llround(static_cast<double>(steps) * cooldown_fraction);
}

}  // namespace isoshape
