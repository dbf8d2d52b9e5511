#include "scaling/allocation/decode_latency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

Shape At(int64_t depth, int64_t width) {
  Shape shape;
  shape.depth = depth;
  shape.width = width;
  shape.heads = shape.kv_heads = width / shape.head_dim;
  shape.ffn_width = 3 * width;
  return shape;
}

// 50 us, 120 us a layer and 2 ns a number.
double Truth(const Shape& shape) {
  return 5e-5 + 1.2e-4 * static_cast<double>(shape.depth) +
         2e-9 * ValuesReadPerToken(shape);
}

std::vector<MeasuredDecode> Measure(const std::vector<Shape>& shapes) {
  std::vector<MeasuredDecode> measured;
  measured.reserve(shapes.size());
  for (const Shape& shape : shapes) measured.push_back({shape, Truth(shape)});
  return measured;
}

TEST(DecodeLatencyTest, CountsWhatIsRead) {
  // One layer of width 32: four square matrices, three of 32 x 96; the
  // unembedding; keys and values of the context.
  EXPECT_EQ(ValuesReadPerToken(At(1, 32)),
            4 * 32 * 32 + 3 * 32 * 96 + 256 * 32 + 2 * 128 * 32);
}

TEST(DecodeLatencyTest, RecoversTheLawAtShapesThatWereNotMeasured) {
  const auto latency = FitDecodeLatency(
      Measure({At(2, 64), At(4, 128), At(16, 64), At(3, 512)}));
  ASSERT_TRUE(latency.ok()) << latency.status();
  EXPECT_NEAR(latency->fixed, 5e-5, 1e-9);
  EXPECT_NEAR(latency->per_layer, 1.2e-4, 1e-9);
  EXPECT_NEAR(latency->per_value, 2e-9, 1e-14);
  EXPECT_LT(latency->residual, 1e-6);
  EXPECT_NEAR(latency->At(At(40, 256)) / Truth(At(40, 256)), 1, 1e-6);
  EXPECT_THAT(latency->Describe(), HasSubstr("4 measured shapes"));
}

TEST(DecodeLatencyTest, CostsAreNeverBelowZeroAndTheResidualIsTold) {
  std::vector<MeasuredDecode> measured =
      Measure({At(2, 64), At(4, 64), At(8, 64), At(8, 128)});
  measured[0].seconds *= 1.4;
  measured[3].seconds *= 0.7;
  const auto latency = FitDecodeLatency(measured);
  ASSERT_TRUE(latency.ok()) << latency.status();
  EXPECT_GE(latency->fixed, 0);
  EXPECT_GE(latency->per_layer, 0);
  EXPECT_GE(latency->per_value, 0);
  EXPECT_GT(latency->residual, 0.05);
}

TEST(DecodeLatencyTest, SeedsOfAShapeCountOnce) {
  std::vector<MeasuredDecode> measured =
      Measure({At(2, 64), At(4, 128), At(16, 64)});
  const auto once = FitDecodeLatency(measured);
  measured.push_back(measured[0]);
  measured[0].seconds *= 0.9;
  measured.back().seconds *= 1.1;
  const auto twice = FitDecodeLatency(measured);
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_EQ(twice->shapes, 3);
  EXPECT_NEAR(twice->At(At(8, 96)) / once->At(At(8, 96)), 1, 1e-9);
}

TEST(DecodeLatencyTest, RefusesWhatGivesNoGround) {
  const auto few =
      FitDecodeLatency(Measure({At(2, 64), At(2, 64), At(4, 64)})).status();
  EXPECT_EQ(few.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(few.message(), HasSubstr("needs 3 different shapes"));
  EXPECT_THAT(few.message(), HasSubstr("there are 2"));
  for (const double bad : {0.0, -1.0, double{NAN}, double{INFINITY}}) {
    auto measured = Measure({At(2, 64), At(4, 128), At(16, 64)});
    measured[1].seconds = bad;
    EXPECT_EQ(FitDecodeLatency(measured).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  auto shrinking = Measure({At(2, 64), At(4, 64), At(8, 64)});
  for (int i = 0; i < 3; ++i) shrinking[i].seconds = 1.0 / (1 + i);
  EXPECT_EQ(FitDecodeLatency(shrinking).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace isoshape
