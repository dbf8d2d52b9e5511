#ifndef ISOSHAPE_FIGURES_DRAWING_LAYOUT_H_
#define ISOSHAPE_FIGURES_DRAWING_LAYOUT_H_

#include <string>
#include <vector>

#include "figures/drawing/axis_ticks.h"
#include "figures/drawing/legend.h"
#include "isoshape/v1/figure.pb.h"

namespace isoshape {

// One panel on the page. Lengths are points from the left and the top.
struct PanelLayout {
  const v1::FigurePanel* panel = nullptr;
  DrawnAxis x;
  DrawnAxis y;
  bool y_down = false;  // values grow from top to bottom
  double left = 0, right = 0, top = 0, bottom = 0;
  std::string title;
  std::string x_label, y_label;         // empty if a neighbour has the same
  double x_label_y = 0, y_label_x = 0;  // their middles
  // A text that is written beside a mark, or in a cell: where its left end and
  // middle are.
  struct Label {
    std::string text = {};
    double x = 0, y = 0;
    int color = kText;
    bool on_line = false;  // on the ground's colour, as it covers its line
  };
  std::vector<Label> labels;

  // Returns the place of a value on the page.
  double PageX(double value) const;
  double PageY(double value) const;
};

// The places of all parts of a figure on a page as wide as asked for and as
// high as it needs to be. Shared by all renderers but that of text.
struct FigureLayout {
  double width = 0, height = 0, font = 0;
  std::vector<std::string> title;  // lines from the top, 1.4 font each
  std::vector<LegendRow> legend;
  std::vector<PanelLayout> panels;
};

FigureLayout LayOut(const v1::Figure& figure, double width_mm);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_DRAWING_LAYOUT_H_
