// What a role looks like is the same in every renderer: tests/figures/looks.csv
// has it, and the page and the client for Python read it in their tests too;
// colors.csv has the colours that pictures and the page share.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "figures/drawing/theme.h"

namespace isoshape {
namespace {

std::string Look(const MarkStyle& style) {
  static const std::map<MarkSymbol, std::string> kSymbols = {
      {MarkSymbol::kDisc, "circle,yes"},
      {MarkSymbol::kCircle, "circle,no"},
      {MarkSymbol::kDiamond, "diamond,yes"},
      {MarkSymbol::kHollowDiamond, "diamond,no"},
      {MarkSymbol::kSquare, "square,yes"},
      {MarkSymbol::kHollowSquare, "square,no"},
      {MarkSymbol::kTriangle, "triangle,yes"},
      {MarkSymbol::kCross, "cross,no"}};
  static const std::map<LineDash, std::string> kDashes = {
      {LineDash::kSolid, "solid"},
      {LineDash::kDashed, "dashed"},
      {LineDash::kDotted, "dotted"}};
  return absl::StrCat(kSymbols.at(style.symbol), ",", kDashes.at(style.dash));
}

TEST(LooksTest, RolesLookAsInEveryRenderer) {
  std::ifstream file(ISOSHAPE_FIGURE_LOOKS);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "role,symbol,filled,dash");
  int roles = 0;
  while (std::getline(file, line)) {
    const auto [name, look] = std::pair<std::string, std::string>(
        absl::StrSplit(line, absl::MaxSplits(',', 1)));
    v1::FigureSeries::Role role = v1::FigureSeries::ROLE_UNSPECIFIED;
    ASSERT_TRUE(
        v1::FigureSeries::Role_Parse(absl::AsciiStrToUpper(name), &role))
        << line;
    EXPECT_EQ(Look(StyleOf(role)), look) << name;
    ++roles;
  }
  EXPECT_GT(roles, 10);
}

// Where nothing else is coloured, what is asked about and what was measured to
// check it differ, and do so alike on the page.
TEST(LooksTest, RolesWithColoursOfTheirOwnHaveThoseOfThePage) {
  std::ifstream file(ISOSHAPE_FIGURE_COLORS);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "role,light,dark");
  int roles = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    ASSERT_EQ(fields.size(), 3u) << line;
    v1::FigureSeries::Role role = v1::FigureSeries::ROLE_UNSPECIFIED;
    ASSERT_TRUE(
        v1::FigureSeries::Role_Parse(absl::AsciiStrToUpper(fields[0]), &role))
        << line;
    const int color = StyleOf(role).color;
    EXPECT_EQ(ColorHex(color, FigureTheme::kLight), fields[1]) << line;
    EXPECT_EQ(ColorHex(color, FigureTheme::kDark), fields[2]) << line;
    ++roles;
  }
  EXPECT_EQ(roles, 3);
}

}  // namespace
}  // namespace isoshape
