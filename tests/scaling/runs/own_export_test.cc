#include "scaling/runs/own_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "scaling/runs/run_clusters.h"
#include "tests/scaling/runs/run_file_reading.h"

namespace isoshape {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPoints[] =
    "params,tokens,loss,flops,width,depth,budget,seed,run\n"
    "1e6,2e7,3.5,1e14,128,4,1e14,0,campaigns/c1/trials/1\n"
    "2e6,1e7,3.4,1e14,256,2,1e14,0,campaigns/c1/trials/2\n";

TEST(OwnExportTest, PointsAreOfACampaignWhoseTrialsAreNoClusters) {
  const RunFile file = Read(kPoints);
  EXPECT_TRUE(file.exported);
  EXPECT_THAT(RunClusters(file.runs), IsEmpty());
  EXPECT_THAT(file.notes, Not(Contains(HasSubstr("--points"))));
  // Branches of one trunk are.
  const RunFile branches =
      Read(std::string(kPoints) +
           "2e6,2e7,3.3,2e14,256,2,2e14,0,campaigns/c1/trials/2\n");
  EXPECT_THAT(branches.runs.run,
              ElementsAre("campaigns/c1/trials/1", "campaigns/c1/trials/2",
                          "campaigns/c1/trials/2"));
}

TEST(OwnExportTest, ATableOfTheSameColumnsIsNoExport) {
  const RunFile file = Read(
      "params,tokens,loss,flops,width,depth,budget,seed,run\n"
      "1e6,2e7,3.5,1e14,128,4,1e14,0,a\n"
      "2e6,1e7,3.4,1e14,256,2,1e14,0,b\n");
  EXPECT_FALSE(file.exported);
  EXPECT_THAT(file.runs.run, ElementsAre("a", "b"));
}

TEST(OwnExportTest, TrialsAreReadByTheirNamesAndTheFlagIsNamed) {
  const RunFile file = Read(
      "name,shape.depth,shape.width,budget_flops,tokens,parameters,"
      "shape_card.validation_loss,shape_card.train_loss,shape_card.flops\n"
      "campaigns/c1/trials/1,4,128,1e14,2e7,1e6,3.5,3.2,1.2e14\n"
      "campaigns/c1/trials/2,2,256,1e14,1e7,2e6,3.4,3.1,1.2e14\n"
      "campaigns/c1/trials/3,2,512,1e14,1e7,4e6,,,\n");
  EXPECT_TRUE(file.exported);
  EXPECT_THAT(file.runs.loss, ElementsAre(3.5, 3.4));
  EXPECT_THAT(file.runs.params, ElementsAre(1e6, 2e6));
  EXPECT_THAT(file.runs.depth, ElementsAre(4, 2));
  EXPECT_THAT(file.runs.flops, ElementsAre(1.2e14, 1.2e14));
  EXPECT_THAT(file.notes, Contains(HasSubstr("isoshape export c1 --points")));
}

TEST(OwnExportTest, CurvesAreRefusedWithTheFlag) {
  const absl::Status status = ReadError(
      "trial,step,tokens,flops,train_loss,validation_loss,gradient_norm\n"
      "campaigns/c1/trials/1,5,1e6,6e12,3.5,3.6,1\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("isoshape export c1 --points"));
}

}  // namespace
}  // namespace isoshape
