#include "scaling/allocation/best_aspect_ratio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace isoshape {
namespace {

using ::testing::HasSubstr;

// The best aspect ratio is 40 at size 1 and grows with size^0.1.
RatioLaw Law() {
  RatioLaw law{.e = 1.7,
               .ln_a = std::log(400),
               .ln_b = std::log(410),
               .alpha = 0.34,
               .beta = 0.28};
  law.g = 20;
  law.c0 = std::log(40);
  law.c1 = 0.1;
  return law;
}

TEST(BestAspectRatioTest, NoOtherAspectRatioHasALowerLossAtItsSize) {
  const auto optimum = ShapeOptimumOf(Law(), {.flops = 1e21});
  ASSERT_TRUE(optimum.ok()) << optimum.status();
  for (const double size : {1e8, optimum->size}) {
    const double n = std::log(size);
    const double d = std::log(1e21 / (6 * size));
    const double best = optimum->ln_best_ratio(n);
    EXPECT_NEAR(best, std::log(40) + 0.1 * n, 1e-9);
    for (const double off : {-0.5, -0.01, 0.01, 0.5}) {
      EXPECT_GT(optimum->log_loss(n, d, best + off),
                optimum->log_loss(n, d, best));
    }
  }
}

// The law of size and tokens is the law of three at the best aspect ratio, so
// that both have one best size.
TEST(BestAspectRatioTest, TheLawOfSizeAndTokensIsThatAtTheBestRatio) {
  const auto optimum = ShapeOptimumOf(Law(), {.flops = 1e21});
  ASSERT_TRUE(optimum.ok()) << optimum.status();
  EXPECT_DOUBLE_EQ(optimum->size, OptimumAt(AtBestRatio(Law()), 1e21, {}).size);
  const double n = std::log(3e9);
  const double d = std::log(2e11);
  EXPECT_NEAR(AtBestRatio(Law()).LogLoss({n, d}),
              optimum->log_loss(n, d, optimum->ln_best_ratio(n)), 1e-12);
}

TEST(BestAspectRatioTest, ALawThatIsNotABowlHasNone) {
  RatioLaw law = Law();
  law.g = -1;
  const absl::Status none = ShapeOptimumOf(law, {.flops = 1e21}).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.message()), HasSubstr("G is -1, not above 0"));
}

}  // namespace
}  // namespace isoshape
