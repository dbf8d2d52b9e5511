#ifndef ISOSHAPE_MACHINE_CGROUP_H_
#define ISOSHAPE_MACHINE_CGROUP_H_

#include <cstdint>
#include <optional>
#include <string>

namespace isoshape {

// What control groups leave to a process; absent: no limit.
struct CgroupLimits {
  std::optional<int64_t> memory_bytes;
  std::optional<double> cpus;  // processor time per time: 0.5 is half of one
};

// Reads the limits of this process's own groups and of all groups above them,
// of which each holds, so that the minimum counts: memory.max and cpu.max of
// version 2, memory.limit_in_bytes and cpu.cfs_quota_us of version 1. The
// groups are those of /proc/self/cgroup, below the mounts of
// /proc/self/mountinfo. What cannot be read is no limit. Files are looked up
// below `root`.
CgroupLimits ReadCgroupLimits(const std::string& root = "");

}  // namespace isoshape

#endif  // ISOSHAPE_MACHINE_CGROUP_H_
