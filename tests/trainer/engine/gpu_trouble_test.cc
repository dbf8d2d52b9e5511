// What is said of GPUs that cannot be used. CUDA's answers are made up here;
// that CUDA gives them is CUDA's promise.
#include "trainer/engine/gpu_trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace isoshape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

cuda::Probe Failed(int error) {
  return {.error = error,
          .text = "what CUDA says",
          .driver_version = 13000,
          .runtime_version = 13000};
}

TEST(GpuTroubleTest, AGpuThatCanBeUsedIsNoTrouble) {
  EXPECT_EQ(GpuTrouble({.text = "",
                        .driver_version = 13000,
                        .runtime_version = 13000,
                        .free_bytes = int64_t{79} << 30,
                        .total_bytes = int64_t{80} << 30},
                       nullptr),
            "");
}

TEST(GpuTroubleTest, EachTroubleIsOneLineWithCudasWordsAndARemedy) {
  for (const auto& [error, remedy] :
       {std::pair{2, "other processes hold all of its memory"},
        std::pair{46, "nvidia-smi -c DEFAULT"},
        std::pair{100, "CUDA_VISIBLE_DEVICES is 'GPU-x'"},
        std::pair{101, "CUDA_VISIBLE_DEVICES is 'GPU-x'"},
        std::pair{214, "nvidia-smi -r"}, std::pair{719, "Xid"},
        std::pair{802, "start nvidia-fabricmanager"},
        std::pair{803, "restart the machine"}, std::pair{999, "Xid"}}) {
    const std::string trouble = GpuTrouble(Failed(error), "GPU-x");
    EXPECT_THAT(trouble,
                AllOf(StartsWith("device cuda: "), HasSubstr(remedy),
                      HasSubstr("(CUDA error " + std::to_string(error) +
                                ": what CUDA says)"),
                      Not(HasSubstr("\n"))));
  }
}

TEST(GpuTroubleTest, ADriverThatIsTooOldIsToldWithBothVersions) {
  cuda::Probe probe = Failed(35);
  probe.driver_version = 12020;
  EXPECT_THAT(GpuTrouble(probe, nullptr),
              HasSubstr("the driver is for CUDA 12.2 and this trainer needs "
                        "13.0; update the driver"));
  EXPECT_FALSE(HasNoGpu(probe));
}

TEST(GpuTroubleTest, AGpuWhoseMemoryIsTakenIsTooSmall) {
  EXPECT_THAT(GpuTrouble({.text = "",
                          .free_bytes = 300'000'000,
                          .total_bytes = 80'000'000'000},
                         nullptr),
              AllOf(HasSubstr("0.3 GB of 80.0 GB are free"),
                    HasSubstr("the smallest run needs 0.5 GB")));
}

TEST(GpuTroubleTest, OnlyAMachineWithoutGpusIsLeftToItsCpu) {
  EXPECT_TRUE(HasNoGpu(Failed(cuda::Probe::kBuiltWithoutCuda)));
  EXPECT_TRUE(HasNoGpu(Failed(100)));
  cuda::Probe no_driver = Failed(35);
  no_driver.driver_version = 0;
  EXPECT_TRUE(HasNoGpu(no_driver));
  EXPECT_THAT(GpuTrouble(no_driver, nullptr),
              HasSubstr("no NVIDIA driver is loaded"));
  for (const int error : {0, 2, 35, 46, 214, 719, 802, 803, 999}) {
    EXPECT_FALSE(HasNoGpu(Failed(error))) << error;
  }
}

}  // namespace
}  // namespace isoshape
