#include "scaling/reports/shape_report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/threads/cancellation.h"
#include "tests/scaling/synthetic_runs.h"

namespace isoshape {
namespace {

// Sizes, tokens and aspect ratios of which the best is 30.
Runs ShapedRuns() {
  Runs runs;
  for (const double size : {1e7, 3e7, 1e8, 3e8}) {
    for (const double per_size : {5.0, 20.0, 80.0}) {
      for (const double ratio : {8.0, 20.0, 50.0, 120.0}) {
        const double depth = std::cbrt(size / 12 / ratio / ratio);
        const double off = std::log(ratio / 30);
        AddRun(6 * size * per_size * size, size,
               FlooredPowerLaw(size, per_size * size) +
                   off * off * std::pow(size, -0.34),
               runs, depth, ratio * depth);
      }
    }
  }
  return runs;
}

TEST(ShapeReportTest, ACancelledOneIsNone) {
  Cancellation cancellation;
  cancellation.Cancel();
  const Cancellation::Scope scope(&cancellation);
  EXPECT_EQ(ShapeReport(ShapedRuns(), {.resamples = 50}).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace isoshape
