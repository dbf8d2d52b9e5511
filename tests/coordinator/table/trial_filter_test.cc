#include "coordinator/table/trial_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "coordinator/table/trial_columns.h"
#include "tests/coordinator/table/filter_cases.h"
#include "tests/error_of.h"

namespace isoshape {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

v1::Trial Measured() {
  v1::Trial trial;
  trial.set_name("campaigns/c1/trials/7");
  trial.set_state(v1::Trial::SUCCEEDED);
  trial.set_purpose(v1::Trial::SEARCH);
  trial.set_budget_flops(9e11);
  trial.set_flops_per_token(6e6);
  trial.set_tokens(150'000);
  trial.mutable_shape()->set_depth(6);
  trial.mutable_shape()->set_width(384);
  trial.mutable_shape_card()->set_validation_loss(2.34567891);
  trial.mutable_shape_card()->set_device_name("NVIDIA H100, 80 GB");
  trial.mutable_shape_card()->set_peak_memory_bytes(int64_t{3} << 30);
  return trial;
}

bool Keeps(const std::string& filter, const v1::Trial& trial = Measured()) {
  const absl::StatusOr<TrialFilter> parsed = ParseTrialFilter(filter);
  EXPECT_TRUE(parsed.ok()) << filter << ": " << parsed.status();
  TrialTable table;
  table.Put(trial);
  table.CompareLosses();
  return parsed.ok() && parsed->Matches(table, 0);
}

std::string FilterError(const std::string& filter) {
  SCOPED_TRACE(filter);
  return ErrorOf(ParseTrialFilter(filter));
}

// The table of cases that the filter of a report's page is held to as well.
TEST(TrialFilterTest, TheTableOfCases) {
  const FilterCases cases = ReadFilterCases();
  for (const std::string& filter : cases.keeps) {
    EXPECT_TRUE(Keeps(filter, cases.trial)) << filter;
  }
  for (const std::string& filter : cases.drops) {
    EXPECT_FALSE(Keeps(filter, cases.trial)) << filter;
  }
  for (const std::string& filter : cases.refused) FilterError(filter);
}

TEST(TrialFilterTest, EveryAliasHasACase) {
  const FilterCases cases = ReadFilterCases();
  for (const ColumnOfTrials& column : TrialColumns()) {
    if (column.alias.empty()) continue;
    EXPECT_TRUE(std::any_of(cases.keeps.begin(), cases.keeps.end(),
                            [&](const std::string& filter) {
                              const size_t end = filter.find_first_of("=:!<>");
                              return absl::EqualsIgnoreCase(
                                  filter.substr(0, end), column.alias);
                            }))
        << column.alias << ": add a filter of it to filter_cases.json, and it "
        << "to report/page_script.cc";
  }
}

TEST(TrialFilterTest, EveryTermMustHold) {
  EXPECT_TRUE(Keeps(""));
  EXPECT_TRUE(Keeps("  budget=9e11 depth>4   state:succeeded\t"));
  EXPECT_FALSE(Keeps("budget=9e11 depth>6 state:succeeded"));
  EXPECT_FALSE(Keeps("budget=8e11 depth>4 state:succeeded"));
}

TEST(TrialFilterTest, ComparesNumbers) {
  for (const char* yes :
       {"depth=6", "depth:6", "depth==6", "depth>=6", "depth<=6", "depth!=5",
        "depth<7", "depth>5", "depth=2,6", "depth!=2,4", "aspect_ratio=64",
        "number=7", "size=1e6", "excluded=no", "excluded=0"}) {
    EXPECT_TRUE(Keeps(yes)) << yes;
  }
  for (const char* no :
       {"depth=5", "depth>6", "depth<6", "depth!=6", "depth!=2,6", "depth=2,4",
        "depth>=7", "depth<=5", "excluded=true"}) {
    EXPECT_FALSE(Keeps(no)) << no;
  }
}

TEST(TrialFilterTest, NumbersHaveUnitsAsFlagsHave) {
  EXPECT_TRUE(Keeps("N=1M tokens=150k memory>2GiB memory<4GiB"));
  EXPECT_TRUE(Keeps("budget=0.9TFLOPs C=none"));
}

TEST(TrialFilterTest, LossesAreComparedAsTheyAreShown) {
  EXPECT_TRUE(Keeps("loss=2.345679"));
  EXPECT_FALSE(Keeps("loss=2.34567"));
}

TEST(TrialFilterTest, WhatWasNotMeasuredIsNone) {
  EXPECT_TRUE(Keeps("decode_seconds=none"));
  EXPECT_FALSE(Keeps("decode_seconds<1"));
  EXPECT_FALSE(Keeps("decode_seconds>=0"));
  EXPECT_TRUE(Keeps("loss!=none"));
  EXPECT_TRUE(Keeps("worker=none device!=none"));
}

TEST(TrialFilterTest, TextsAreComparedWithoutCase) {
  EXPECT_TRUE(Keeps("state=SUCCEEDED,failed purpose:search"));
  EXPECT_FALSE(Keeps("state!=succeeded"));
  EXPECT_TRUE(Keeps("device=\"nvidia h100, 80 gb\" depth=6"));
  v1::Trial running = Measured();
  running.set_state(v1::Trial::LEASED);
  EXPECT_TRUE(Keeps("state:running", running));
  EXPECT_TRUE(Keeps("state:leased", running));
}

TEST(TrialFilterTest, LossesAreComparedWithTheBestOfTheirBudget) {
  TrialTable table;
  table.Put(Measured());
  v1::Trial worse = Measured();
  worse.set_name("campaigns/c1/trials/8");
  worse.mutable_shape_card()->set_validation_loss(2.5);
  table.Put(worse);
  table.CompareLosses();
  const TrialFilter filter = *ParseTrialFilter("loss_above_best<0.05");
  EXPECT_TRUE(filter.Matches(table, 0));
  EXPECT_FALSE(filter.Matches(table, 1));
}

TEST(TrialFilterTest, ErrorsNameTheFaultAndItsPlace) {
  EXPECT_EQ(FilterError("budget=9e11 depht>4"),
            "filter 'budget=9e11 depht>4': there is no column 'depht'; did you "
            "mean 'depth'? (at 13)");
  EXPECT_THAT(FilterError("depth=4x"), HasSubstr("'4x' is not a number"));
  EXPECT_THAT(FilterError("depth=4x"), EndsWith("(at 7)"));
  EXPECT_THAT(FilterError("depth=2,"),
              EndsWith("a value is missing here (at 9)"));
  EXPECT_THAT(FilterError("depth=2,x"), EndsWith("(at 9)"));
  EXPECT_THAT(FilterError("depth"), EndsWith("and a value (at 6)"));
  EXPECT_THAT(FilterError("depth ~ 4"), EndsWith("(at 6)"));
  EXPECT_THAT(FilterError("depth>2,4"), HasSubstr("= or != only (at 6)"));
  EXPECT_THAT(FilterError("=4"), EndsWith("(at 1)"));
  EXPECT_THAT(FilterError("worker>4"), HasSubstr("worker is a text"));
  EXPECT_THAT(FilterError("state=suceeded"),
              HasSubstr("'suceeded' is no state of trials; did you mean "
                        "'succeeded'?"));
  EXPECT_THAT(FilterError("worker=\"a"), HasSubstr("not closed (at 8)"));
  EXPECT_THAT(FilterError("depth=1e999"), HasSubstr("is not a number"));
  EXPECT_THAT(FilterError("depth=\xff\x01"), HasSubstr("is not a number"));
  EXPECT_THAT(FilterError(std::string(1001, ' ')), EndsWith("(at 1001)"));
}

}  // namespace
}  // namespace isoshape
