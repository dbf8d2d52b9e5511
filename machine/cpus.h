#ifndef ISOSHAPE_MACHINE_CPUS_H_
#define ISOSHAPE_MACHINE_CPUS_H_

#include <vector>

#include "machine/cgroup.h"

namespace isoshape {

// Processors that this process may run on, ascending; at least one.
std::vector<int> AllowedCpus();

// Threads that can compute at the same time without being held up: `allowed`
// processors, or the whole ones of a control group's quota if these are fewer;
// at least one. More threads would use up the quota early in each period and
// then wait for its end, which falsifies what is measured of a step.
int UsableCpus(int allowed, const CgroupLimits& limits);
// That of this process.
int UsableCpus();

}  // namespace isoshape

#endif  // ISOSHAPE_MACHINE_CPUS_H_
