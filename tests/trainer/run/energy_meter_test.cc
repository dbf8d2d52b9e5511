#include "trainer/run/energy_meter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace isoshape {
namespace {

Device OnGpu(const std::string& uuid, const std::string& pci_bus_id) {
  Device device;
  device.kind = Device::Kind::kCuda;
  device.uuid = uuid;
  device.pci_bus_id = pci_bus_id;
  return device;
}

class EnergyMeterTest : public testing::Test {
 protected:
  // NVML of a machine with these GPUs (tests/gpu/fake_nvml.cc).
  EnergyMeterTest() { setenv("FAKE_NVML", "GPU-a/MIG-1 GPU-b", 1); }
};

TEST_F(EnergyMeterTest, CountsTheGpuOfTheDevice) {
  const Nvml nvml(ISOSHAPE_FAKE_NVML);
  // The counter of the stand-in does not move.
  EXPECT_EQ(EnergyMeter(OnGpu("GPU-b", ""), nvml).Joules(), 0.0);
  EXPECT_EQ(EnergyMeter(OnGpu("", "00000000:01:00.0"), nvml).Joules(), 0.0);
}

TEST_F(EnergyMeterTest, TellsNothingWhenItIsNotSureOfTheGpu) {
  const Nvml nvml(ISOSHAPE_FAKE_NVML);
  EXPECT_FALSE(EnergyMeter(OnGpu("GPU-z", ""), nvml).Joules().has_value());
  EXPECT_FALSE(EnergyMeter(OnGpu("GPU-a", ""), nvml).Joules().has_value());
  EXPECT_FALSE(EnergyMeter(OnGpu("", ""), nvml).Joules().has_value());
}

TEST_F(EnergyMeterTest, TellsNothingOnACpuOrWithoutNvml) {
  EXPECT_FALSE(
      EnergyMeter(Device(), Nvml(ISOSHAPE_FAKE_NVML)).Joules().has_value());
  EXPECT_FALSE(
      EnergyMeter(OnGpu("GPU-b", ""), Nvml("/none")).Joules().has_value());
}

}  // namespace
}  // namespace isoshape
