#include "scaling/runs/run_clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RunClustersTest, OnlyRowsThatShareARunMakeClusters) {
  Runs runs{.loss = {3, 2, 4}};
  EXPECT_THAT(RunClusters(runs), IsEmpty());
  // As in a campaign: every row has the name of its trial.
  runs.run = {"campaigns/c1/trials/1", "campaigns/c1/trials/2",
              "campaigns/c1/trials/3"};
  EXPECT_THAT(RunClusters(runs), IsEmpty());
  runs.run = {"a", "b", "a"};
  EXPECT_THAT(RunClusters(runs), ElementsAre(0, 1, 0));
  EXPECT_THAT(RunClusters(runs, {0, 1}), IsEmpty());
  EXPECT_THAT(RunClusters(runs, {2, 1, 0}), ElementsAre(0, 1, 0));
}

}  // namespace
}  // namespace isoshape
