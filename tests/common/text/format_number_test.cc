#include "common/text/format_number.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "common/text/short_exponent.h"

namespace isoshape {
namespace {

// number_cases.json: [kind, number, text], and a second text if the dashboard's
// page writes the number in another way. The test of
// dashboard/src/text/numbers.ts reads the same cases.
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

TEST(FormatNumberTest, ExponentsHaveNoSignOrZeroThatSaysNothing) {
  EXPECT_EQ(ShortExponent("7.5e+11"), "7.5e11");
  EXPECT_EQ(ShortExponent("1e-05"), "1e-5");
  EXPECT_EQ(ShortExponent("2e+100"), "2e100");
  EXPECT_EQ(ShortExponent("1e+00"), "1e0");
  EXPECT_EQ(ShortExponent("-0.5"), "-0.5");
  EXPECT_EQ(ShortExponent("inf"), "inf");
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
