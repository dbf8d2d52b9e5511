#include "common/text/format_number.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace isoshape {
namespace {

// number_cases.json: [kind, number, text], and a second text if the dashboard's
// page writes the number in another way (`7.5e11`, as filters take it). The
// test of dashboard/src/text/numbers.ts reads the same cases.
TEST(FormatNumberTest, WritesTheCasesThatThePageWritesToo) {
  const std::map<std::string, std::function<std::string(double)>> formats = {
      {"count", FormatCount},     {"bytes", FormatBytes},
      {"seconds", FormatSeconds}, {"flops", FormatFlops},
      {"loss", FormatLoss},       {"percent", FormatPercent},
  };
  std::ifstream file(ISOSHAPE_NUMBER_CASES);
  const nlohmann::json cases = nlohmann::json::parse(file, nullptr, false);
  ASSERT_TRUE(cases.is_array()) << "no JSON in " << ISOSHAPE_NUMBER_CASES;
  for (const nlohmann::json& one : cases) {
    SCOPED_TRACE(one.dump());
    const double number =
        one[1].is_null() ? kNotMeasured : one[1].get<double>();
    EXPECT_EQ(formats.at(one[0].get<std::string>())(number),
              one[2].get<std::string>());
  }
}

TEST(FormatNumberTest, IntegersAreGroupedByThousands) {
  EXPECT_EQ(FormatInteger(0), "0");
  EXPECT_EQ(FormatInteger(999), "999");
  EXPECT_EQ(FormatInteger(1000), "1,000");
  EXPECT_EQ(FormatInteger(6738415616), "6,738,415,616");
  EXPECT_EQ(FormatInteger(-1234), "-1,234");
  EXPECT_EQ(FormatInteger(-123), "-123");
}

TEST(FormatNumberTest, WhatIsNotFiniteIsADash) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FormatFlops(infinity), "-");
  EXPECT_EQ(FormatRatio(-infinity), "-");
  EXPECT_EQ(FormatSeconds(kNotMeasured), "-");
  EXPECT_EQ(FormatBytes(kNotMeasured), "-");
}

}  // namespace
}  // namespace isoshape
