#include "common/text/one_line.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace isoshape {
namespace {

TEST(OneLineTest, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(OneLine("  a\r\n\tb "), "a   b");
  EXPECT_EQ(OneLine("red\x1b[31m\x7f!"), "red [31m !");
  // U+009B begins a control sequence as ESC [ does.
  EXPECT_EQ(OneLine("a\xC2\x9B\x31m"), "a 1m");
  EXPECT_EQ(OneLine(std::string("a\0b", 3)), "a b");
  EXPECT_EQ(OneLine(" \n "), "");
}

TEST(OneLineTest, CharactersOfUtf8Stay) {
  for (const char* text : {"\xC3\xA4", "\xE2\x82\xAC", "\xED\x9F\xBF",
                           "\xF0\x9F\x99\x82", "\xC3\xBF"}) {
    EXPECT_EQ(OneLine(text), text);
  }
}

TEST(OneLineTest, CharactersThatAreNotSeenAreNamed) {
  EXPECT_EQ(OneLine("a\xE2\x80\xAE"
                    "b"),
            "a<U+202E>b");                           // right to left
  EXPECT_EQ(OneLine("\xE2\x81\xA6x"), "<U+2066>x");  // isolate
  EXPECT_EQ(OneLine("\xE2\x80\x8Bx"), "<U+200B>x");  // no width
  EXPECT_EQ(OneLine("\xE2\x80\xA8x"), "<U+2028>x");  // a line break
  EXPECT_EQ(OneLine("\xEF\xBB\xBFx"), "<U+FEFF>x");  // byte order mark
  EXPECT_EQ(OneLine("\xC2\xADx"), "<U+00AD>x");      // soft hyphen
  EXPECT_EQ(OneLine("\xF3\xA0\x81\x81x"), "<U+E0041>x");
  // Cut between characters, names of characters included.
  EXPECT_EQ(OneLine("xxx\xE2\x80\xAEyyyy", 12), "xxx...");
}

TEST(OneLineTest, PrintableKeepsBlanksAndLength) {
  EXPECT_EQ(Printable("  a\n\xE2\x80\xAE "), "  a <U+202E> ");
  EXPECT_EQ(Printable(std::string(2000, 'x')), std::string(2000, 'x'));
}

TEST(OneLineTest, EachByteOutsideUtf8BecomesAQuestionMark) {
  EXPECT_EQ(OneLine("a\xFF\x62"), "a?b");
  EXPECT_EQ(OneLine("\x80"), "?");
  EXPECT_EQ(OneLine("a\xC3"), "a?");               // cut off
  EXPECT_EQ(OneLine("\xE2\x82"), "??");            // cut off
  EXPECT_EQ(OneLine("\xC0\xAF"), "??");            // overlong
  EXPECT_EQ(OneLine("\xE0\x80\xAF"), "???");       // overlong
  EXPECT_EQ(OneLine("\xED\xA0\x80"), "???");       // a surrogate
  EXPECT_EQ(OneLine("\xF4\x90\x80\x80"), "????");  // above U+10FFFF
}

TEST(OneLineTest, ALongTextIsCutBetweenCharacters) {
  EXPECT_EQ(OneLine(std::string(1000, 'x')), std::string(1000, 'x'));
  EXPECT_EQ(OneLine(std::string(1001, 'x')), std::string(997, 'x') + "...");
  // The character of two bytes would end at byte 8 of the 7 that are free.
  EXPECT_EQ(OneLine(absl::StrCat("xxxxxx\xC3\xA4", "yyyyy"), 10), "xxxxxx...");
  EXPECT_EQ(OneLine(absl::StrCat("xxxxx\xC3\xA4", "yyyyy"), 10),
            "xxxxx\xC3\xA4...");
}

}  // namespace
}  // namespace isoshape
