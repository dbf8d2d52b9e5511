// Files of runs as people have them, through the built program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/run_files.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Parameters(const std::string& path) {
  const ProgramResult result = RunIsoshape(
      {"fit", "--input", path, "--bootstrap", "0", "--output", "json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return json::parse(result.out, nullptr, false)["parameters"];
}

class SpoiledTableTest : public testing::TestWithParam<const char*> {};

TEST_P(SpoiledTableTest, HasTheFitOfTheCleanTable) {
  PUBLISHED_FILE_OR_SKIP(clean, "../cases/runs/base.csv");
  PUBLISHED_FILE_OR_SKIP(path, std::string("../cases/runs/") + GetParam());
  const json expected = Parameters(clean);
  const json found = Parameters(path);
  // Numbers with units have five digits.
  const double share = GetParam() == std::string("units.csv") ? 1e-3 : 1e-9;
  for (const char* name : {"A", "B", "E", "alpha", "beta"}) {
    const double value = ValueOf(expected, name);
    EXPECT_NEAR(ValueOf(found, name), value, share * value * 10) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, SpoiledTableTest,
                         testing::Values("semicolon.csv", "tab.tsv",
                                         "thousands.csv", "units.csv",
                                         "utf16.csv", "cr.csv", "multiline.csv",
                                         "nan.csv", "nanblank.csv", "wandb.csv",
                                         "widthblank.csv", "budgetlabel.csv",
                                         "perrowbudget.csv", "dup.csv",
                                         "runblank.csv"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.substr(0, name.find('.'));
                         });

class RunTableTest : public RunFilesTest {};

TEST_F(RunTableTest, NotesStandOnStandardErrorAndInJson) {
  std::string text = ParametricRuns();
  text.replace(0, text.find('\n'), "N,Tokens Seen,val/loss,flops");
  const std::string path = Write("runs.csv", text + "1e9,2e10,,1e20\n");
  const ProgramResult table =
      RunIsoshape({"fit", "--input", path, "--bootstrap", "0"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.err,
              HasSubstr("note: columns by their names: params = 'N', tokens = "
                        "'Tokens Seen', loss = 'val/loss'"));
  EXPECT_THAT(table.err,
              HasSubstr("note: 1 of 31 rows left out: no loss (line 32)\n"));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"fit", "--input", path, "--bootstrap", "0",
                                 "--output", "json"},
        {"predict", "--input", path, "--bootstrap", "0", "--compute", "1e19",
         "--output", "json"}}) {
    const ProgramResult result = RunIsoshape(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const json answer = json::parse(result.out, nullptr, false);
    EXPECT_EQ(answer["table"]["columns"]["loss"], "val/loss");
    EXPECT_EQ(answer["table"]["columns"]["flops"], "flops");
    ASSERT_EQ(answer["table"]["notes"].size(), 2);
  }
}

// The numbers of what is not identified were there for programs to read.
TEST_F(RunTableTest, WhatIsNotIdentifiedHasNoNumberInJsonAndDraws) {
  std::string text = "params,tokens,loss\n";
  for (double size = 1e7; size < 1e9; size *= 1.6) {
    text += RunLine(size, 20 * size);
  }
  const std::string path = Write("ladder.csv", text);
  const ProgramResult result =
      RunIsoshape({"fit", "--input", path, "--output", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json law = json::parse(result.out, nullptr, false);
  ASSERT_EQ(law["parameters"].size(), 5);
  for (const json& figure : law["parameters"]) {
    SCOPED_TRACE(figure["name"]);
    EXPECT_NE(figure["unidentified"], "");
    EXPECT_TRUE(figure["estimate"]["value"].is_null());
    EXPECT_TRUE(figure["standard_error"].is_null());
    for (const char* end : {"lower", "upper", "bca_lower", "bca_upper"}) {
      EXPECT_FALSE(figure["estimate"].contains(end)) << end;
    }
  }
  const ProgramResult draws =
      RunIsoshape({"fit", "--input", path, "--draws", folder() + "/draws.csv"});
  EXPECT_EQ(draws.exit_code, 1);
  EXPECT_THAT(draws.err, HasSubstr("the runs do not identify A, B, E, alpha"));
}

TEST_F(RunTableTest, FlagsOfTheTable) {
  const std::string path =
      Write("runs.csv", ParametricRuns() + "1e9,2e10,,1e20\n");
  const ProgramResult strict =
      RunIsoshape({"fit", "--input", path, "--strict"});
  EXPECT_EQ(strict.exit_code, 2);
  EXPECT_THAT(strict.err, HasSubstr("runs.csv:32:10: loss '' is not a finite"));
  const ProgramResult tolerance =
      RunIsoshape({"fit", "--input", path, "--budget-tolerance", "0.5"});
  EXPECT_EQ(tolerance.exit_code, 2);
  EXPECT_THAT(tolerance.err, HasSubstr("0.5 is not a factor of at least 1"));
  const ProgramResult alone = RunIsoshape({"fit", "c1", "--keep-duplicates"});
  EXPECT_EQ(alone.exit_code, 2);
}

}  // namespace
}  // namespace isoshape
