#include "machine/cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

namespace isoshape {
namespace {

// Version 1 writes the greatest multiple of a page for "no limit".
constexpr int64_t kNoMemoryLimit = int64_t{1} << 60;

// A mounted hierarchy: version 2, or one of version 1 with some controllers.
struct Hierarchy {
  bool version2 = false;
  std::string controllers;  // `,cpu,cpuacct,`
  std::string mount_root;   // the group that is seen at `mount_point`
  std::string mount_point;

  bool Has(const std::string& controller) const {
    return version2 ||
           controllers.find(',' + controller + ',') != std::string::npos;
  }
};

// proc_pid_mountinfo(5): ID PARENT DEVICE ROOT POINT OPTIONS … - TYPE SOURCE
// SUPER-OPTIONS.
std::vector<Hierarchy> ReadHierarchies(const std::string& root) {
  std::vector<Hierarchy> hierarchies;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::istringstream before(line.substr(0, separator));
    std::istringstream after(line.substr(separator + 3));
    Hierarchy mount;
    std::string skipped, type, source, options;
    before >> skipped >> skipped >> skipped >> mount.mount_root >>
        mount.mount_point;
    after >> type >> source >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    mount.version2 = type == "cgroup2";
    mount.controllers = ',' + options + ',';
    hierarchies.push_back(mount);
  }
  return hierarchies;
}

// The path of this process's group in a hierarchy, from proc_pid_cgroup(5):
// ID:CONTROLLERS:PATH, with the ID 0 and no controllers for version 2.
std::optional<std::string> GroupPath(const std::string& root, bool version2,
                                     const std::string& controller) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers =
        ',' + line.substr(first + 1, second - first - 1) + ',';
    if (version2
            ? controllers == ",,"
            : controllers.find(',' + controller + ',') != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

// Calls `visit` with the folder of this process's group, and of each above it
// that is mounted. If the group is not below what is mounted (a container that
// shows its own group as the root of the mount), that root is its group.
template <typename Visit>
void VisitGroups(const std::string& root, const std::string& controller,
                 const Visit& visit) {
  for (const Hierarchy& mount : ReadHierarchies(root)) {
    if (!mount.Has(controller)) continue;
    std::string path =
        GroupPath(root, mount.version2, controller).value_or("/");
    if (mount.mount_root != "/") {
      const bool below = (path + '/').starts_with(mount.mount_root + '/');
      path = below ? path.substr(mount.mount_root.size()) : "";
    }
    // NOLINTNEXTLINE(abseil-string-find-str-contains): no Abseil in this folder
    if (path.find("/..") != std::string::npos) path.clear();
    while (!path.empty() && path.back() == '/') path.pop_back();
    for (;;) {
      std::string folder = root;
      folder += mount.mount_point;
      folder += path;
      visit(folder, mount.version2);
      if (path.empty()) break;
      path.erase(path.rfind('/'));
    }
  }
}

// The numbers at the beginning of a file, at most two; none for `max`.
std::vector<int64_t> Numbers(const std::string& path) {
  std::vector<int64_t> numbers;
  std::ifstream file(path);
  for (int64_t value; numbers.size() < 2 && file >> value;) {
    numbers.push_back(value);
  }
  return numbers;
}

template <typename Value>
void TakeMinimum(Value value, std::optional<Value>& minimum) {
  minimum = std::min(minimum.value_or(value), value);
}

}  // namespace

CgroupLimits ReadCgroupLimits(const std::string& root) {
  CgroupLimits limits;
  VisitGroups(root, "memory", [&](const std::string& group, bool version2) {
    const std::vector<int64_t> bytes =
        Numbers(group + (version2 ? "/memory.max" : "/memory.limit_in_bytes"));
    if (!bytes.empty() && bytes[0] > 0 && bytes[0] < kNoMemoryLimit) {
      TakeMinimum(bytes[0], limits.memory_bytes);
    }
  });
  VisitGroups(root, "cpu", [&](const std::string& group, bool version2) {
    std::vector<int64_t> quota_and_period =
        Numbers(group + (version2 ? "/cpu.max" : "/cpu.cfs_quota_us"));
    if (!version2) {
      const std::vector<int64_t> period = Numbers(group + "/cpu.cfs_period_us");
      quota_and_period.resize(1, -1);
      if (!period.empty()) quota_and_period.push_back(period[0]);
    }
    if (quota_and_period.size() == 2 && quota_and_period[0] > 0 &&
        quota_and_period[1] > 0) {
      TakeMinimum(static_cast<double>(quota_and_period[0]) /
                      static_cast<double>(quota_and_period[1]),
                  limits.cpus);
    }
  });
  return limits;
}

}  // namespace isoshape
