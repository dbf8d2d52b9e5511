#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/commands/commands_fixture.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using ExportTest = CommandsTest;

TEST_F(ExportTest, ExportsCsvWithTheSameColumnsInEveryRow) {
  const ProgramResult result = Run({"export", "c1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::string header;
  std::getline(lines, header);
  EXPECT_THAT(header, StartsWith("name,shape.depth,shape.width,"));
  EXPECT_THAT(header, HasSubstr("shape_card.validation_loss"));
  std::vector<std::string> rows;
  for (std::string row; std::getline(lines, row);) {
    // The comma in quotes is the one that is no separator.
    EXPECT_EQ(std::count(row.begin(), row.end(), ','),
              std::count(header.begin(), header.end(), ',') + 1);
    EXPECT_THAT(row, HasSubstr("\"size 1, of 6\""));
    rows.push_back(row);
  }
  EXPECT_EQ(rows.size(), 3);
  EXPECT_THAT(rows[0], StartsWith("campaigns/c1/trials/1,1,32,"));
}

// Who opens it in a spreadsheet runs no formula of whoever wrote the reason,
// and numbers come back as they were.
TEST_F(ExportTest, AReasonIsNoFormula) {
  coordinator_.trials[0].set_reason("=1+1");
  coordinator_.trials[0].mutable_shape_card()->set_generalization_gap(-0.25);
  const std::string out = Run({"export", "c1"}).out;
  EXPECT_THAT(out, HasSubstr(",'=1+1,"));
  EXPECT_THAT(out, HasSubstr(",-0.25,"));
}

TEST_F(ExportTest, ExportsCurvesToAFile) {
  const TempFolder folder;
  const std::string path = folder.File("export.csv");
  const ProgramResult result =
      Run({"export", "c1", "--measurements", "--file", path});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  const std::string text = ReadFile(path);
  EXPECT_EQ(CountLines(text), 1 + 3 * 3);
  EXPECT_THAT(text, StartsWith("trial,step,"));
  EXPECT_EQ(Run({"export", "c1", "--file", "/no/such/folder/x"}).exit_code, 1);
}

TEST_F(ExportTest, ExportsThePointsOfTrialsAndTheirBranches) {
  v1::Trial& trunk = coordinator_.trials[1];
  trunk.set_flops_per_token(10);
  trunk.set_tokens(25000);
  for (const int steps : {20, 40}) {
    v1::TrialBranch* branch = trunk.add_branches();
    branch->set_budget_flops(1e10 * steps / 20);
    branch->set_steps(steps);
    branch->set_tokens(int64_t{250} * steps);
  }
  v1::BranchPoint* point = trunk.mutable_shape_card()->add_branches();
  point->set_steps(40);  // the other one was not reported
  point->set_validation_loss(2.25);
  const ProgramResult result = Run({"export", "c1", "--points"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "params,tokens,loss,flops,width,depth,budget,seed,run\n"
            "36112,0,1.9,0.0,32,1,250000000000.0,0,campaigns/c1/trials/1\n"
            "36112,10000,2.25,100000.0,32,2,20000000000.0,0,"
            "campaigns/c1/trials/2\n"
            "36112,25000,1.8,250000.0,32,2,250000000000.0,0,"
            "campaigns/c1/trials/2\n");
  EXPECT_EQ(Run({"export", "c1", "--points", "--format=json"}).exit_code, 2);
  EXPECT_EQ(Run({"export", "c1", "--points", "--measurements"}).exit_code, 2);

  const std::string trial = Run({"trial", "get", "c1/2"}).out;
  EXPECT_THAT(trial, HasSubstr("BRANCH"));
  EXPECT_THAT(trial, HasSubstr("2.2500"));
}

TEST_F(ExportTest, ExportsJson) {
  const ProgramResult result =
      Run({"export", "c1", "--format", "json", "--measurements"});
  const json exported = json::parse(result.out);
  EXPECT_EQ(exported["campaign"]["name"], "campaigns/c1");
  ASSERT_EQ(exported["trials"].size(), 3);
  EXPECT_EQ(exported["trials"][2]["measurements"].size(), 3);
}

}  // namespace
}  // namespace isoshape
