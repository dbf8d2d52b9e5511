#include "scaling/statistics/paired.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace isoshape {
namespace {

TEST(MeanOfDifferences, HasStudentsInterval) {
  // t(0.975, 3) = 3.182446; mean 2.5, deviation 1.290994.
  const PairedMean mean = MeanOfDifferences({1, 2, 3, 4}, 0.95);
  EXPECT_DOUBLE_EQ(mean.mean.value, 2.5);
  EXPECT_NEAR(*mean.deviation, 1.2909944487, 1e-9);
  EXPECT_NEAR(*mean.mean.lower, 2.5 - 3.1824463 * 1.2909944487 / 2, 1e-6);
  EXPECT_NEAR(*mean.mean.upper, 2.5 + 3.1824463 * 1.2909944487 / 2, 1e-6);
}

TEST(MeanOfDifferences, OfOnePairHasNoInterval) {
  const PairedMean mean = MeanOfDifferences({0.3}, 0.95);
  EXPECT_EQ(mean.mean.value, 0.3);
  EXPECT_FALSE(mean.mean.lower.has_value());
  EXPECT_FALSE(mean.mean.upper.has_value());
  EXPECT_FALSE(mean.deviation.has_value());
}

TEST(MeanOfDifferences, HoldsTheTruthAsOftenAsItSays) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 0.02);
  constexpr int kTables = 4000;
  int held = 0;
  for (int i = 0; i < kTables; ++i) {
    std::vector<double> differences;
    for (int pair = 0; pair < 3; ++pair) {
      differences.push_back(0.01 + noise(random));
    }
    const PairedMean mean = MeanOfDifferences(differences, 0.95);
    held += *mean.mean.lower <= 0.01 && 0.01 <= *mean.mean.upper ? 1 : 0;
  }
  // Three standard deviations of a share of 4,000 are 1 %.
  EXPECT_NEAR(static_cast<double>(held) / kTables, 0.95, 0.01);
}

}  // namespace
}  // namespace isoshape
