#include "machine/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cmath>

namespace isoshape {

std::vector<int> AllowedCpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

int UsableCpus(int allowed, const CgroupLimits& limits) {
  const double whole = std::floor(limits.cpus.value_or(allowed));
  return static_cast<int>(
      std::clamp(whole, 1.0, std::max(1.0, static_cast<double>(allowed))));
}

int UsableCpus() {
  return UsableCpus(static_cast<int>(AllowedCpus().size()), ReadCgroupLimits());
}

}  // namespace isoshape
