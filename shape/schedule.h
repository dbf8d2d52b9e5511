#ifndef ISOSHAPE_SHAPE_SCHEDULE_H_
#define ISOSHAPE_SHAPE_SCHEDULE_H_

#include <cstdint>

namespace isoshape {

// Steps of linear warmup of a run of `steps` steps, at least one.
int64_t WarmupSteps(int64_t steps, double warmup_fraction);

// The first step of the cooldown of a run of `steps` steps; `steps` if it
// has none. A cooldown of so many steps branches off a longer run there.
int64_t CooldownStart(int64_t steps, double cooldown_fraction);

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_SCHEDULE_H_
