#include "scaling/surface/design.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace isoshape {
namespace {

constexpr double kLow = 30, kHigh = 34.6, kTarget = 36.9;

SurfaceFit Prior() {
  return SurfacePosterior({}, {.ln_low = kLow, .ln_high = kHigh});
}

SurfacePoint Place(double ln_flops, double off, double ln_ratio) {
  return {.ln_flops = ln_flops,
          .ln_size = (ln_flops - std::log(120)) / 2 + off,
          .ln_ratio = ln_ratio};
}

TEST(DesignTest, WithoutRunsThePosteriorIsThePrior) {
  const SurfaceFit fit = Prior();
  const Surface::Vector variances = fit.prior.deviation.cwiseAbs2();
  EXPECT_TRUE(fit.surface.theta.isApprox(fit.prior.mean));
  EXPECT_TRUE(fit.covariance.diagonal().isApprox(variances));
  EXPECT_EQ(fit.runs(), 0);
}

// What Gain promises is what Add takes away, and in whatever order.
TEST(DesignTest, GainIsTheFallOfTheFigure) {
  const SurfaceFit fit = Prior();
  const DesignAim aim = AimAtRegret(fit.surface, kTarget, true);
  const std::vector<SurfacePoint> places = {
      Place(kLow, 1, 3), Place(kHigh, -1, 2), Place(32, 0.5, 4.5)};
  SurfaceDesign design(fit, {}, places, kHigh, aim);
  EXPECT_NEAR(design.Uncertainty(), ExpectedRegret(fit, kTarget, true), 1e-12);
  SurfaceDesign reversed = design;
  for (const size_t i : {0, 1, 2}) {
    const double before = design.Uncertainty();
    const double gain = design.Gain(i);
    EXPECT_GT(gain, 0);
    EXPECT_LT(design.RatioGain(i), gain);
    design.Add(places[i]);
    EXPECT_NEAR(before - design.Uncertainty(), gain, 1e-4 * gain);
  }
  for (const size_t i : {2, 1, 0}) reversed.Add(places[i]);
  // They lie too far apart to share an error.
  EXPECT_NEAR(reversed.Uncertainty(), design.Uncertainty(),
              1e-3 * design.Uncertainty());
}

// Again and again in one place tells less and less: the error that neighbours
// share stays.
TEST(DesignTest, CrowdsTellLittle) {
  const SurfaceFit fit = Prior();
  const SurfacePoint place = Place(kHigh, 1, 3);
  const SurfacePoint other = Place(kHigh, -1, 3);
  SurfaceDesign design(fit, {}, {place, other}, kHigh,
                       AimAtBestSize(fit.surface, kTarget));
  const double first = design.Gain(0);
  for (int k = 0; k < 10; ++k) design.Add(place);
  EXPECT_LT(design.Gain(0), first / 100);
  EXPECT_GT(design.Gain(1), design.Gain(0));
  EXPECT_EQ(design.RatioPart(), 0);
}

TEST(DesignTest, CheapRunsTellLessOfWhatComesBeyond) {
  SurfaceFit fit = Prior();
  fit.noise = 0.001;  // below the discrepancy of a run at the least compute
  const SurfacePoint cheap = Place(kLow, 1, 3);
  const DesignAim aim = AimAtBestSize(fit.surface, kTarget);
  const SurfaceDesign discounted(fit, {}, {cheap}, kHigh, aim);
  SurfaceOptions exact;
  exact.discrepancy = 0;
  const SurfaceDesign trusted(fit, {}, {cheap}, kHigh, aim, exact);
  EXPECT_LT(discounted.Gain(0), trusted.Gain(0));
  const Surface::Vector slope = Surface::Vector::Unit(Surface::kSizeExponent);
  EXPECT_LT(discounted.ShareTold(0, slope), trusted.ShareTold(0, slope));
  EXPECT_LT(trusted.ShareTold(0, slope), 1);
}

}  // namespace
}  // namespace isoshape
