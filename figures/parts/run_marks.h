#ifndef ISOSHAPE_FIGURES_PARTS_RUN_MARKS_H_
#define ISOSHAPE_FIGURES_PARTS_RUN_MARKS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "figures/parts/axis_range.h"
#include "figures/parts/figure_data.h"
#include "figures/parts/figure_options.h"
#include "isoshape/v1/figure.pb.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// A run, or the mean over the seeds of a shape at a budget.
struct RunMark {
  double budget = 0;  // 0: not known
  double flops = 0;
  double size = 0, tokens = 0;
  double depth = 0, width = 0;  // 0: not known
  double loss = 0;
  // Standard error over seeds of a mean, over held-out batches of a run; 0: not
  // known.
  double error = 0;
  int runs = 1;
  int row = 0;            // of the (first) run
  bool imported = false;  // never meant with others

  double aspect_ratio() const { return depth > 0 ? width / depth : 0; }
};

// The part of the runs that is drawn.
struct RunMarks {
  std::vector<RunMark> marks;  // by budget, size and shape
  // Means of the shapes with several runs, drawn beside their runs; none if the
  // marks are means themselves.
  std::vector<RunMark> means;
  bool aggregated = false;  // the marks are means over seeds
  int64_t total = 0;        // runs
  std::string thinning;     // if fewer marks than runs are drawn
};

// Every run, or, if there are more than `max_marks`, the mean of each shape at
// a budget; if these are more, too, some of them, spread evenly over each
// budget's sizes, with the best and the ends. Rows from `first_imported` on are
// imported.
RunMarks MarksOf(const Runs& runs, int max_marks,
                 size_t first_imported = std::numeric_limits<size_t>::max());

// Returns about `max_marks` of the marks, which are in the order of budgets: of
// each budget an even share, with its best and its ends.
std::vector<RunMark> ThinMarks(const std::vector<RunMark>& marks,
                               size_t max_marks);

// The means over seeds of each shape at a budget, by budget, size and shape.
std::vector<RunMark> ShapeMeans(const Runs& runs);

// Places of marks in a panel.
struct MarkPlace {
  std::function<double(const RunMark&)> x, y;
  // Half of the whisker in y; none: no whiskers.
  std::function<double(const RunMark&)> error = {};
};

// Draws marks, a series for each budget, in its colour, and takes the places
// into the ranges of the axes. Imported ones are series of their own, whose
// marks are those of what was published, for comparison.
void AddRunMarks(const FigureData& data, const RunMarks& marks,
                 const MarkPlace& place, v1::FigurePanel& panel, AxisRange& x,
                 AxisRange& y);

// Runs that check predictions, and with `show_failed` those that failed at the
// edge of the panel (y is NaN). `y` is of a loss.
void AddSideMarks(const FigureData& data, bool show_failed,
                  const std::function<double(const SideTrial&)>& x_of,
                  const std::function<double(const SideTrial&)>& y_of,
                  v1::FigurePanel& panel, AxisRange& x, AxisRange& y);

// Sets drawn, total and thinning by the marks, and says in words how many
// trials failed or were excluded. To be called last.
void CountMarks(const FigureData& data, const RunMarks& marks, bool show_failed,
                v1::Figure& figure);

// Adds to the sentence how many trials are not drawn: of the side, all but
// those that verify, or none with `show_failed`.
void SayHidden(std::span<const SideTrial> side, bool show_failed,
               v1::Figure& figure);

// The budget of a figure that shows one: the one that is asked for, if it is
// above 0, else the largest of the runs; 0 if they have none.
double BudgetToDraw(const Runs& runs, double asked);

// The side of one budget.
std::vector<SideTrial> SideAt(const FigureData& data, double budget);

// Index of a budget in the colour scale, absent if it is not in it.
std::optional<int> ColorOf(const FigureData& data, double budget);
// Sets the colour scale.
void SetColors(const FigureData& data, v1::Figure& figure);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_RUN_MARKS_H_
