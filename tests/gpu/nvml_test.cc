#include "gpu/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// NVML of a machine with these GPUs (fake_nvml.cc).
std::unique_ptr<Nvml> Machine(const std::string& gpus) {
  setenv("FAKE_NVML", gpus.c_str(), /*overwrite=*/1);
  return std::make_unique<Nvml>(ISOSHAPE_FAKE_NVML);
}

std::vector<std::string> Uuids(const Nvml& nvml) {
  std::vector<std::string> uuids;
  for (const Gpu& gpu : nvml.Gpus()) uuids.push_back(gpu.uuid);
  return uuids;
}

TEST(NvmlTest, AMachineWithoutTheLibraryHasNoGpusAndNoTrouble) {
  const Nvml nvml("/no/such/libnvidia-ml.so.1");
  EXPECT_FALSE(nvml.usable());
  EXPECT_EQ(nvml.trouble(), "");
  EXPECT_THAT(nvml.Gpus(), IsEmpty());
  EXPECT_EQ(nvml.Joules("GPU-a", ""), std::nullopt);
}

TEST(NvmlTest, ALibraryThatIsNotNvmlIsSaidToBeTooOld) {
  const Nvml nvml("libm.so.6");
  EXPECT_FALSE(nvml.usable());
  EXPECT_THAT(nvml.trouble(), HasSubstr("too old"));
}

TEST(NvmlTest, ADriverThatDoesNotAnswerIsTroubleWithARemedy) {
  const auto nvml = Machine("error=18 GPU-a");
  EXPECT_FALSE(nvml->usable());
  EXPECT_EQ(nvml->trouble(),
            "NVML: Driver/library version mismatch; the driver was updated "
            "while it ran: restart the machine");
  EXPECT_THAT(nvml->Gpus(), IsEmpty());
}

TEST(NvmlTest, GpusAreListedWithoutThoseThatTheDriverHasLost) {
  const auto nvml = Machine("GPU-a lost GPU-c=3 GPU-d=2");
  EXPECT_THAT(Uuids(*nvml), ElementsAre("GPU-a", "GPU-c", "GPU-d"));
  EXPECT_EQ(nvml->Gpus()[0].compute_mode, Gpu::ComputeMode::kShared);
  EXPECT_EQ(nvml->Gpus()[1].compute_mode, Gpu::ComputeMode::kExclusive);
  EXPECT_EQ(nvml->Gpus()[2].compute_mode, Gpu::ComputeMode::kProhibited);
}

TEST(NvmlTest, ADividedCardStandsAsItsInstances) {
  const auto nvml = Machine("GPU-a GPU-b/MIG-1/MIG-2");
  EXPECT_THAT(Uuids(*nvml), ElementsAre("GPU-a", "MIG-1", "MIG-2"));
  EXPECT_FALSE(nvml->Gpus()[0].mig);
  EXPECT_TRUE(nvml->Gpus()[2].mig);
  EXPECT_EQ(nvml->Gpus()[2].card_uuid, "GPU-b");
}

TEST(NvmlTest, EnergyIsThatOfTheCardByUuidElseByItsPlaceOnTheBus) {
  const auto nvml = Machine("GPU-a GPU-b GPU-c");
  EXPECT_EQ(nvml->Joules("GPU-c", ""), 2000.5);
  EXPECT_EQ(nvml->Joules("GPU-c", "00000000:01:00.0"), 2000.5);
  EXPECT_EQ(nvml->Joules("GPU-z", "00000000:01:00.0"), 1000.5);
  EXPECT_EQ(nvml->Joules("GPU-z", ""), std::nullopt);
  EXPECT_EQ(nvml->Joules("", ""), std::nullopt);
}

TEST(NvmlTest, EnergyOfACardThatOthersShareByMigIsNotTold) {
  const auto nvml = Machine("GPU-a/MIG-1/MIG-2 GPU-b");
  EXPECT_EQ(nvml->Joules("GPU-a", ""), std::nullopt);
  EXPECT_EQ(nvml->Joules("MIG-1", "00000000:00:00.0"), std::nullopt);
  EXPECT_EQ(nvml->Joules("GPU-b", ""), 1000.5);
}

}  // namespace
}  // namespace isoshape
