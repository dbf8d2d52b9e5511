#include "cli/output/format.h"

#include <gtest/gtest.h>

#include <limits>

namespace isoshape {
namespace {

TEST(FormatTest, DurationsShowTheirTwoLargestUnits) {
  EXPECT_EQ(DurationText(absl::Seconds(42.9)), "42s");
  EXPECT_EQ(DurationText(absl::Seconds(190)), "3m10s");
  EXPECT_EQ(DurationText(absl::Hours(2) + absl::Minutes(5)), "2h05m");
  EXPECT_EQ(DurationText(absl::Hours(76)), "3d04h");
  EXPECT_EQ(DurationText(absl::Hours(24 * 729)), "729d00h");
  EXPECT_EQ(DurationText(absl::Hours(24 * 730)), "2 years");
  EXPECT_EQ(DurationText(absl::Hours(24 * 889724)), "more than 1,000 years");
  EXPECT_EQ(DurationText(absl::Seconds(1e300)), "-");
}

TEST(FormatTest, EstimatesShowIntervalAndLevel) {
  v1::Estimate estimate;
  estimate.set_value(0.52);
  estimate.set_level(0.95);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52");
  estimate.set_method("bootstrap");
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [not identified]");
  estimate.set_lower(0.44);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [0.44, ?] (95 %)");
  estimate.set_upper(0.61);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio), "0.52 [0.44, 0.61] (95 %)");
  estimate.set_level(0.683);
  EXPECT_EQ(FormatEstimate(estimate, FormatRatio),
            "0.52 [0.44, 0.61] (68.3 %)");
}

}  // namespace
}  // namespace isoshape
