#include "trainer/engine/passes.h"

#include <gtest/gtest.h>

#include "tests/trainer/small_run.h"

namespace isoshape {
namespace {

// Twelve sequences in a step, most of whose memory is activations.
RunSpec Spec() {
  RunSpec spec = SmallRun();
  spec.tokens_per_step = 12 * spec.shape.context;
  return spec;
}

Device WithRoomFor(int64_t sequences, int64_t replicas = 1) {
  const RunSpec spec = Spec();
  Device device;
  device.memory_limit_bytes =
      TrainingMemory(spec, replicas, sequences * spec.shape.context, device);
  return device;
}

TEST(PassesOfStepTest, AreAsFewAsFitAndDivideTheSequences) {
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(12)), 1);
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(11)), 2);
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(6)), 2);
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(5)), 3);
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(2)), 6);
  EXPECT_EQ(PassesOfStep(Spec(), 1, WithRoomFor(1)), 12);
}

TEST(PassesOfStepTest, AreNoneIfNotEvenOneSequenceFits) {
  Device device = WithRoomFor(1);
  --device.memory_limit_bytes;
  EXPECT_EQ(PassesOfStep(Spec(), 1, device), 0);
}

TEST(PassesOfStepTest, AllReplicasMustFit) {
  EXPECT_EQ(PassesOfStep(Spec(), 3, WithRoomFor(6, 3)), 2);
  EXPECT_EQ(PassesOfStep(Spec(), 4, WithRoomFor(1, 3)), 0);
}

TEST(PassesOfStepTest, AnUnknownLimitIsOnePass) {
  EXPECT_EQ(PassesOfStep(Spec(), 1, Device()), 1);
}

}  // namespace
}  // namespace isoshape
