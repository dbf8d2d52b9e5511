#include "machine/cgroup.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "machine/cpus.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

constexpr char kVersion2[] =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr char kVersion1[] =
    "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup "
    "rw,cpu,cpuacct\n"
    "33 23 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

// A root of a file system with what it holds of control groups.
class CgroupTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& content) const {
    root_.Write(path, content);
  }
  void Process(const std::string& groups, const std::string& mounts) const {
    Write("/proc/self/cgroup", groups);
    Write("/proc/self/mountinfo",
          "22 1 0:20 / / rw - ext4 /dev/root rw\n" + mounts);
  }
  CgroupLimits Read() const { return ReadCgroupLimits(root_.path()); }

  const TempFolder root_;
};

TEST_F(CgroupTest, WithoutGroupsThereIsNoLimit) {
  EXPECT_EQ(Read().memory_bytes, std::nullopt);
  EXPECT_EQ(Read().cpus, std::nullopt);
  Process("0::/\n", kVersion2);
  Write("/sys/fs/cgroup/memory.max", "max\n");
  Write("/sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(Read().memory_bytes, std::nullopt);
  EXPECT_EQ(Read().cpus, std::nullopt);
}

TEST_F(CgroupTest, TheMinimumOfAllGroupsAboveHolds) {
  Process("0::/user.slice/job.scope/step\n", kVersion2);
  const std::string top = "/sys/fs/cgroup/user.slice";
  Write(top + "/memory.max", "800000000\n");
  Write(top + "/cpu.max", "400000 100000\n");
  Write(top + "/job.scope/memory.max", "300000000\n");
  Write(top + "/job.scope/cpu.max", "max 100000\n");
  Write(top + "/job.scope/step/memory.max", "500000000\n");
  Write(top + "/job.scope/step/cpu.max", "500000 100000\n");
  EXPECT_EQ(Read().memory_bytes, 300000000);
  EXPECT_EQ(Read().cpus, 4);
  // Those of a neighbour do not.
  Write(top + "/other/memory.max", "1\n");
  EXPECT_EQ(Read().memory_bytes, 300000000);
}

TEST_F(CgroupTest, VersionOneHasAHierarchyForEachController) {
  Process("5:cpuset:/x\n4:cpu,cpuacct:/jobs/7\n3:memory:/jobs/7\n1:name=a:/\n",
          kVersion1);
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  Write("/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "419430400\n");
  Write("/sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes",
        "9223372036854771712\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_quota_us", "50000\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Read().memory_bytes, 419430400);
  EXPECT_EQ(Read().cpus, 0.5);
}

TEST_F(CgroupTest, AHybridMachineHasBothVersions) {
  Process("3:memory:/job\n0::/unified\n",
          "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" +
              std::string(kVersion1));
  Write("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "400000000\n");
  Write("/sys/fs/cgroup/unified/unified/cpu.max", "150000 100000\n");
  EXPECT_EQ(Read().memory_bytes, 400000000);
  EXPECT_EQ(Read().cpus, 1.5);
}

TEST_F(CgroupTest, AContainerSeesItsOwnGroupAsTheRootOfTheMount) {
  // Without a namespace for groups: the host's path, its group mounted.
  Process("3:memory:/docker/abc/child\n",
          "31 23 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup "
          "rw,memory\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "200000000\n");
  Write("/sys/fs/cgroup/memory/child/memory.limit_in_bytes", "100000000\n");
  EXPECT_EQ(Read().memory_bytes, 100000000);
  // A process that was put there from outside, and another's mount.
  Process("3:memory:/docker/abcd\n",
          "31 23 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup "
          "rw,memory\n");
  EXPECT_EQ(Read().memory_bytes, 200000000);
  Process("0::/../elsewhere\n", kVersion2);
  Write("/sys/fs/cgroup/memory.max", "600000000\n");
  EXPECT_EQ(Read().memory_bytes, 600000000);
}

TEST(CpusTest, AQuotaCountsInWholeProcessors) {
  const auto usable = [](int allowed, std::optional<double> quota) {
    return UsableCpus(allowed, {std::nullopt, quota});
  };
  EXPECT_EQ(usable(8, std::nullopt), 8);
  EXPECT_EQ(usable(8, 0.5), 1);
  EXPECT_EQ(usable(8, 2.5), 2);
  EXPECT_EQ(usable(2, 16), 2);
  EXPECT_GE(AllowedCpus().size(), 1u);
}

}  // namespace
}  // namespace isoshape
