// Files of one table that are spoiled in the ways of people and programs, read
// in place: each has the runs of the clean one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <tuple>

#include "scaling/runs/run_file.h"
#include "tests/scaling/published_data.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointwise;

MATCHER_P(IsWithin, share, "") {
  return std::abs(std::get<0>(arg) / std::get<1>(arg) - 1) <= share;
}

struct Spoiled {
  const char* name;
  const char* note = nullptr;  // that is made of it; none
  double share = 0;            // by which numbers are rounded
};

class SpoiledFilesTest : public testing::TestWithParam<Spoiled> {};

TEST_P(SpoiledFilesTest, HasTheRunsOfTheCleanFile) {
  READ_PUBLISHED_OR_SKIP(clean_text, "../cases/runs/base.csv");
  READ_PUBLISHED_OR_SKIP(text, std::string("../cases/runs/") + GetParam().name);
  const auto clean = ReadRuns(clean_text, "base.csv", {});
  ASSERT_TRUE(clean.ok()) << clean.status();
  const auto file = ReadRuns(text, GetParam().name, {});
  ASSERT_TRUE(file.ok()) << file.status();
  const double share = GetParam().share;
  EXPECT_EQ(file->runs.rows(), 45);
  EXPECT_THAT(file->runs.params,
              Pointwise(IsWithin(share), clean->runs.params));
  EXPECT_THAT(file->runs.tokens,
              Pointwise(IsWithin(share), clean->runs.tokens));
  EXPECT_THAT(file->runs.loss, Pointwise(IsWithin(0), clean->runs.loss));
  // Budgets are the same five levels.
  EXPECT_EQ(std::set<double>(file->runs.budget.begin(), file->runs.budget.end())
                .size(),
            5);
  EXPECT_THAT(file->runs.budget, Pointwise(IsWithin(1e-2), clean->runs.budget));
  EXPECT_THAT(file->runs.run, IsEmpty());
  EXPECT_THAT(file->warnings, IsEmpty());
  if (GetParam().note != nullptr) {
    EXPECT_THAT(file->notes, testing::Contains(HasSubstr(GetParam().note)));
  } else {
    EXPECT_EQ(file->notes, clean->notes);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, SpoiledFilesTest,
    testing::Values(
        Spoiled{"semicolon.csv"}, Spoiled{"tab.tsv"}, Spoiled{"thousands.csv"},
        Spoiled{"units.csv", nullptr, 5e-4}, Spoiled{"utf16.csv"},
        Spoiled{"cr.csv"}, Spoiled{"multiline.csv"},
        Spoiled{"nan.csv", "2 of 47 rows left out: no loss (lines 22, 23)"},
        Spoiled{"nanblank.csv", "1 of 46 rows left out: no loss (line 22)"},
        Spoiled{"wandb.csv", "loss = 'run - val/loss'"},
        Spoiled{"widthblank.csv", "width is not used: "},
        Spoiled{"budgetlabel.csv", "budget is not used: 'small' has runs of"},
        Spoiled{"perrowbudget.csv", "within a factor 1.1 are 5 budgets"},
        Spoiled{"dup.csv", "45 of 90 rows are the same as another"},
        Spoiled{"runblank.csv", "run is blank in all rows"}),
    [](const auto& info) {
      std::string name = info.param.name;
      return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace isoshape
