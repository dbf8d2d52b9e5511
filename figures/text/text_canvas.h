#ifndef ISOSHAPE_FIGURES_TEXT_TEXT_CANVAS_H_
#define ISOSHAPE_FIGURES_TEXT_TEXT_CANVAS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "figures/drawing/theme.h"

namespace isoshape {

// A rectangle of characters to draw on. Places are shares of it: (0, 0) is the
// lower left corner, (1, 1) the upper right one. A symbol hides a line, a line
// an area.
class TextCanvas {
 public:
  TextCanvas(int columns, int rows);

  int columns() const { return columns_; }
  int rows() const { return rows_; }

  // A line of dots, two in a column and four in a row; of a dash some of them.
  // What is outside is not drawn.
  void Line(double x1, double y1, double x2, double y2, int color,
            LineDash dash);
  void Symbol(double x, double y, absl::string_view character, int color);
  // One character in every place of a rectangle.
  void Fill(double x1, double y1, double x2, double y2,
            absl::string_view character, int color);
  // A text from a place to the right, or centred, as far as there is room.
  void Text(double x, double y, const std::string& text, int color,
            bool centered);

  // A row from the top, without blanks at its end; `colors` by escape
  // sequences.
  std::string Row(int row, bool colors) const;

  // `text` in a colour of the theme, or as it is.
  static std::string Colored(const std::string& text, int color, bool colors);

 private:
  struct Place {
    std::string symbol;  // UTF-8
    std::string fill;
    uint8_t dots = 0;
    int color = 0;
    int fill_color = 0;
  };
  // The place at a column and a row from the top, or nullptr.
  Place* At(int column, int row);
  int ColumnOf(double x) const;
  int RowOf(double y) const;

  const int columns_;
  const int rows_;
  std::vector<Place> places_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_TEXT_TEXT_CANVAS_H_
