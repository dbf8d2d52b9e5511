#include "common/process/process_use.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

namespace isoshape {
namespace {

double OwnSeconds() {
  rusage use;
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

TEST(ProcessUseTest, ProcessorTimeIsThatOfThisProcess) {
  const double before = OwnSeconds();
  while (OwnSeconds() < before + 0.2) continue;
  const auto use = UseOf(getpid());
  ASSERT_TRUE(use.has_value());
  // The kernel counts in ticks of 10 ms.
  EXPECT_NEAR(use->cpu_seconds, OwnSeconds(), 0.03);
}

TEST(ProcessUseTest, MemoryThatIsTouchedIsResident) {
  constexpr int64_t kBytes = int64_t{64} << 20;
  const auto before = UseOf(getpid());
  const std::string touched(kBytes, 'x');
  const auto after = UseOf(getpid());
  ASSERT_TRUE(before.has_value() && after.has_value());
  EXPECT_EQ(touched.back(), 'x');
  EXPECT_GE(after->resident_bytes - before->resident_bytes, kBytes / 2);
}

// A program may name itself so that its line in /proc looks like another.
TEST(ProcessUseTest, NameOfAProcessIsNotTakenForItsFields) {
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  prctl(PR_SET_NAME, "a) R 1 (b 7 7");
  const auto use = UseOf(getpid());
  prctl(PR_SET_NAME, name);
  ASSERT_TRUE(use.has_value());
  EXPECT_NEAR(use->cpu_seconds, OwnSeconds(), 0.03);
}

TEST(ProcessUseTest, NothingIsKnownOfAProcessThatHasEnded) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  ASSERT_GT(child, 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(UseOf(child), std::nullopt);
  EXPECT_EQ(UseOf(0), std::nullopt);
}

}  // namespace
}  // namespace isoshape
