#include "figures/text/text_canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// The dot of a Braille pattern at column 0..1 and row 0..3 from the top.
constexpr uint8_t kDots[2][4] = {{0x01, 0x02, 0x04, 0x40},
                                 {0x08, 0x10, 0x20, 0x80}};

// Whether a line has the dot at a place along it.
bool IsDrawn(LineDash dash, int place) {
  switch (dash) {
    case LineDash::kSolid:
      return true;
    case LineDash::kDashed:
      return place % 8 < 4;
    case LineDash::kDotted:
      return place % 3 == 0;
    case LineDash::kDashDot:
      return place % 10 < 5 || place % 10 == 7;
  }
  return true;
}

// UTF-8 of U+2800 + dots.
std::string Braille(uint8_t dots) {
  return {'\xE2', static_cast<char>(0xA0 | (dots >> 6)),
          static_cast<char>(0x80 | (dots & 0x3F))};
}

// The nearest of the 216 colours of a terminal.
int TerminalColor(int color) {
  const std::string hex = ColorHex(color, FigureTheme::kDark);
  const int64_t rgb = std::strtol(hex.c_str() + 1, nullptr, 16);
  const auto level = [rgb](int shift) {
    const int64_t value = (rgb >> shift) & 0xff;
    return static_cast<int>(value < 75 ? (value + 47) / 95
                                       : (value - 35 + 20) / 40);
  };
  return 16 + 36 * std::min(level(16), 5) + 6 * std::min(level(8), 5) +
         std::min(level(0), 5);
}

}  // namespace

TextCanvas::TextCanvas(int columns, int rows)
    : columns_(columns),
      rows_(rows),
      places_(static_cast<size_t>(columns) * static_cast<size_t>(rows)) {}

TextCanvas::Place* TextCanvas::At(int column, int row) {
  if (column < 0 || column >= columns_ || row < 0 || row >= rows_) {
    return nullptr;
  }
  return &places_[static_cast<size_t>(row) * static_cast<size_t>(columns_) +
                  static_cast<size_t>(column)];
}

int TextCanvas::ColumnOf(double x) const {
  return static_cast<int>(std::floor(x * columns_ - (x >= 1 ? 0.5 : 0)));
}

int TextCanvas::RowOf(double y) const {
  return rows_ - 1 -
         static_cast<int>(std::floor(y * rows_ - (y >= 1 ? 0.5 : 0)));
}

void TextCanvas::Line(double x1, double y1, double x2, double y2, int color,
                      LineDash dash) {
  if (!std::isfinite(x1 + y1 + x2 + y2)) return;
  // The part inside (Liang and Barsky 1984).
  double from = 0;
  double to = 1;
  for (const auto& [step, room] :
       {std::pair(x1 - x2, x1), std::pair(x2 - x1, 1 - x1),
        std::pair(y1 - y2, y1), std::pair(y2 - y1, 1 - y1)}) {
    if (step == 0) {
      if (room < 0) return;
      continue;
    }
    (step < 0 ? from : to) =
        step < 0 ? std::max(from, room / step) : std::min(to, room / step);
  }
  if (from > to) return;
  const double across = std::abs(x2 - x1) * columns_ * 2;
  const double up = std::abs(y2 - y1) * rows_ * 4;
  const double dots = std::max(across, up) * (to - from);
  const int steps = std::max(1, static_cast<int>(std::ceil(dots)));
  for (int i = 0; i <= steps; ++i) {
    const double at = from + (to - from) * i / steps;
    const int x =
        std::clamp(static_cast<int>((x1 + (x2 - x1) * at) * columns_ * 2), 0,
                   columns_ * 2 - 1);
    const int y =
        std::clamp(static_cast<int>((1 - (y1 + (y2 - y1) * at)) * rows_ * 4), 0,
                   rows_ * 4 - 1);
    // By the place, so that a line of many pieces has whole dashes.
    if (!IsDrawn(dash, across >= up ? x : y)) continue;
    Place* const place = At(x / 2, y / 4);
    place->dots |= kDots[x % 2][y % 4];
    place->color = color;
  }
}

void TextCanvas::Symbol(double x, double y, absl::string_view character,
                        int color) {
  Place* const place = At(ColumnOf(x), RowOf(y));
  if (place == nullptr) return;
  place->symbol = std::string(character);
  place->color = color;
}

void TextCanvas::Fill(double x1, double y1, double x2, double y2,
                      absl::string_view character, int color) {
  const int last_column = ColumnOf(std::min(1.0, x2));
  const int last_row = RowOf(std::max(0.0, std::min(y1, y2)));
  for (int row = RowOf(std::min(1.0, std::max(y1, y2))); row <= last_row;
       ++row) {
    for (int column = ColumnOf(std::max(0.0, x1)); column <= last_column;
         ++column) {
      if (Place* const place = At(column, row)) {
        place->fill = std::string(character);
        place->fill_color = color;
      }
    }
  }
}

void TextCanvas::Text(double x, double y, const std::string& text, int color,
                      bool centered) {
  std::vector<std::string> characters;
  for (absl::string_view rest = text; !rest.empty();) {
    const size_t bytes = std::max<size_t>(1, Utf8CharacterBytes(rest));
    characters.emplace_back(rest.substr(0, bytes));
    rest.remove_prefix(bytes);
  }
  const auto length = static_cast<int>(characters.size());
  int column = ColumnOf(x) - (centered ? length / 2 : 0);
  column = std::clamp(column, 0, std::max(0, columns_ - length));
  for (const std::string& character : characters) {
    Place* const place = At(column++, RowOf(y));
    if (place == nullptr) return;
    place->symbol = character;
    place->color = color;
  }
}

std::string TextCanvas::Colored(const std::string& text, int color,
                                bool colors) {
  if (!colors || color == kText) return text;
  return absl::StrCat("\x1b[38;5;", TerminalColor(color), "m", text, "\x1b[0m");
}

std::string TextCanvas::Row(int row, bool colors) const {
  std::string out;
  std::string blanks;
  for (int column = 0; column < columns_; ++column) {
    const Place& place =
        places_[static_cast<size_t>(row) * static_cast<size_t>(columns_) +
                static_cast<size_t>(column)];
    if (place.symbol.empty() && place.dots == 0 && place.fill.empty()) {
      blanks += ' ';
      continue;
    }
    absl::StrAppend(&out, blanks);
    blanks.clear();
    if (!place.symbol.empty()) {
      out += Colored(place.symbol, place.color, colors);
    } else if (place.dots != 0) {
      out += Colored(Braille(place.dots), place.color, colors);
    } else {
      out += Colored(place.fill, place.fill_color, colors);
    }
  }
  return out;
}

}  // namespace isoshape
