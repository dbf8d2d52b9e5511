#include "cli/output/best_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isoshape {
namespace {

using ::testing::ElementsAre;

v1::RankedShape& Add(v1::ListBestShapesResponse& best, double budget, int depth,
                     double loss, int64_t parameters) {
  v1::RankedShape& shape = *best.add_shapes();
  shape.set_budget_flops(budget);
  shape.mutable_shape()->set_depth(depth);
  shape.set_validation_loss(loss);
  shape.set_parameters(parameters);
  return shape;
}

std::vector<int64_t> Depths(const v1::ListBestShapesResponse& best) {
  std::vector<int64_t> depths;
  for (const v1::RankedShape& shape : best.shapes()) {
    depths.push_back(shape.shape().depth());
  }
  return depths;
}

TEST(KeepParetoFrontTest, LeavesWhatNoOtherOfItsBudgetIsAsGoodAs) {
  v1::ListBestShapesResponse best;
  Add(best, 1e12, 1, 3.0, 300).set_decode_seconds(0.2);
  Add(best, 1e12, 2, 3.1, 200);
  Add(best, 1e12, 3, 3.2, 250);                           // 2 is better in both
  Add(best, 1e12, 4, 3.3, 400).set_decode_seconds(0.1);   // fastest
  Add(best, 1e12, 5, 3.4, 400).set_peak_memory_bytes(7);  // alone measured
  Add(best, 3e12, 6, 3.5, 900);  // another budget: the best there
  KeepParetoFront(100, &best);
  EXPECT_THAT(Depths(best), ElementsAre(1, 2, 4, 5, 6));
  EXPECT_TRUE(best.warnings().empty());
}

TEST(KeepParetoFrontTest, SaysWhereNotAllShapesWereLookedAt) {
  v1::ListBestShapesResponse best;
  Add(best, 1e12, 1, 3.0, 300);
  Add(best, 1e12, 2, 3.1, 200);
  Add(best, 3e12, 3, 3.1, 200);
  KeepParetoFront(2, &best);
  EXPECT_THAT(best.warnings(),
              ElementsAre("at 1e12 FLOPs the 2 shapes of the least loss were "
                          "looked at; if there are more, they may be on the "
                          "front as well: narrow it with --max-parameters, "
                          "--max-memory-bytes or --max-decode-seconds"));
}

}  // namespace
}  // namespace isoshape
