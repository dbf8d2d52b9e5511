#include "scaling/tables/text_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/error_of.h"

namespace isoshape {
namespace {

using ::std::string_literals::operator""s;

std::string EncodingError(const std::string& bytes) {
  return ErrorOf(AsUtf8(bytes, "f"));
}

TEST(TextEncodingTest, EveryMarkGivesTheSameText) {
  // U+0041, U+00E9, U+20AC, U+1F600: one to four bytes of UTF-8.
  const std::string text = "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(*AsUtf8(text, "f"), text);
  EXPECT_EQ(*AsUtf8("\xEF\xBB\xBF" + text, "f"), text);
  EXPECT_EQ(*AsUtf8("\xFF\xFE"
                    "A\0\xE9\0\xAC\x20\x3D\xD8\0\xDE"s,
                    "f"),
            text);
  EXPECT_EQ(*AsUtf8("\xFE\xFF\0A\0\xE9\x20\xAC\xD8\x3D\xDE\0"s, "f"), text);
}

TEST(TextEncodingTest, WhatIsNoTextIsNamedByPlaceAndByte) {
  EXPECT_EQ(EncodingError("12345678\nab\xFFz"),
            "f:2:3: the byte 0xFF is not UTF-8; save the file as UTF-8");
  EXPECT_THAT(EncodingError("caf\xE9,b\n"),
              testing::StartsWith("f:1:4: the byte 0xE9"));
  EXPECT_THAT(EncodingError("\xC0\x80"),
              testing::StartsWith("f:1:1: the byte 0xC0"));
  EXPECT_THAT(EncodingError("\r\na\rb\0c"s),
              testing::StartsWith("f:3:2: a NUL byte"));
  EXPECT_THAT(EncodingError("p\0a\0"s),
              testing::HasSubstr("or as UTF-16 with"));
  EXPECT_THAT(EncodingError("\xFF\xFE"
                            "A\0\x3D\xD8"s),
              testing::StartsWith("f:1:2: 0xD83D is half"));
  EXPECT_THAT(EncodingError("\xFF\xFE"
                            "A\0B"s),
              testing::HasSubstr("ends in half"));
}

}  // namespace
}  // namespace isoshape
