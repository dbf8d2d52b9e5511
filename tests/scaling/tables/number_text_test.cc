#include "scaling/tables/number_text.h"

#include <gtest/gtest.h>

#include <string>

namespace isoshape {
namespace {

double Number(const std::string& text) {
  return ParseNumber(text, MarksOf(text)).value_or(-1);
}

TEST(NumberTextTest, SeparatorsOfThousands) {
  for (const char* text :
       {"1497088", "1,497,088", "1.497.088", "1 497 088", "1_497_088",
        "1'497'088", "1\u00A0497\u202F088", "1,497,088.0", "1.497.088,0",
        " 1497088 ", "1.497088e6", "+1497088"}) {
    EXPECT_EQ(Number(text), 1497088) << text;
  }
  EXPECT_EQ(Number("3,898270"), 3.89827);
  EXPECT_EQ(Number("0,125"), 0.125);
  EXPECT_EQ(ParseNumber("1,024", {.comma = Mark::kGroups}), 1024);
  EXPECT_EQ(ParseNumber("1,024", {.comma = Mark::kDecimal}), 1.024);
  EXPECT_EQ(ParseNumber("1.024", {.dot = Mark::kGroups}), 1024);
  EXPECT_FALSE(ParseNumber("1,024", {}));
  for (const char* text : {"12 34", "1 2345", "1234 567", "1,,2", "1_", "_1",
                           "1,497,08", "1.2.3", "--1", "1e", "e5", "."}) {
    EXPECT_EQ(Number(text), -1) << text;
  }
}

TEST(NumberTextTest, Units) {
  EXPECT_DOUBLE_EQ(Number("9.9M"), 9.9e6);
  EXPECT_DOUBLE_EQ(Number("16.8B"), 16.8e9);
  EXPECT_DOUBLE_EQ(Number("11.2K"), 11.2e3);
  EXPECT_DOUBLE_EQ(Number("11.2k"), 11.2e3);
  EXPECT_DOUBLE_EQ(Number("1.5T"), 1.5e12);
  EXPECT_DOUBLE_EQ(Number("2.1e9"), 2.1e9);
  EXPECT_DOUBLE_EQ(Number("1.5 PFLOPs"), 1.5e15);
  EXPECT_DOUBLE_EQ(Number("3 exaFLOP"), 3e18);
  EXPECT_DOUBLE_EQ(Number("3,5 million"), 3.5e6);
  EXPECT_DOUBLE_EQ(Number("7B params"), 7e9);
  EXPECT_DOUBLE_EQ(Number("1e18 FLOPs"), 1e18);
  EXPECT_DOUBLE_EQ(*UnitFactor("pf_days"), 8.64e19);
  for (const char* text : {"9.9Q", "M", "5 %", "1.2E", "0x10", "1e5e5"}) {
    EXPECT_EQ(Number(text), -1) << text;
  }
}

TEST(NumberTextTest, WhatANumberSaysOfItsMarks) {
  EXPECT_EQ(MarksOf("1,234").comma, Mark::kUnknown);
  EXPECT_EQ(MarksOf("1.234").dot, Mark::kUnknown);
  EXPECT_EQ(MarksOf("0,234").comma, Mark::kDecimal);
  EXPECT_EQ(MarksOf("1234,567").comma, Mark::kDecimal);
  EXPECT_EQ(MarksOf("3,25").comma, Mark::kDecimal);
  EXPECT_EQ(MarksOf("1,234,567").comma, Mark::kGroups);
  EXPECT_EQ(MarksOf("1.234,5").dot, Mark::kGroups);
  EXPECT_EQ(MarksOf("1.234,5").comma, Mark::kDecimal);
}

TEST(NumberTextTest, WordsForNothing) {
  for (const char* text : {"", "NaN", "null", "N/A", "-", "Inf", "-inf"}) {
    EXPECT_TRUE(IsMissing(text)) << text;
  }
  EXPECT_FALSE(IsMissing("0"));
  EXPECT_FALSE(IsMissing("crashed"));
}

}  // namespace
}  // namespace isoshape
