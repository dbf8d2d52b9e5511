#ifndef ISOSHAPE_FIGURES_PARTS_MARKS_H_
#define ISOSHAPE_FIGURES_PARTS_MARKS_H_

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "isoshape/v1/figure.pb.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

// Ways to fill a panel, which keep a series' columns of equal length.

v1::FigureSeries* AddSeries(v1::FigurePanel& panel, std::string name,
                            v1::FigureSeries::Mark mark,
                            v1::FigureSeries::Role role,
                            std::optional<int> color = {});

// A value without an interval.
inline Interval Alone(double value) {
  Interval interval;
  interval.value = value;
  return interval;
}

void AddPoint(double x, double y, v1::FigureSeries& series);
// An end that is absent is NaN: open.
void AddYInterval(const Interval& interval, v1::FigureSeries& series);
void AddXInterval(const Interval& interval, v1::FigureSeries& series);

// The band of an interval over x, and the line of its values, under one name
// each; nothing of the band if no interval has an end.
void AddBand(const std::vector<double>& x,
             const std::vector<Interval>& intervals, const std::string& name,
             std::optional<int> color, v1::FigurePanel& panel);
void AddLine(const std::vector<double>& x, const std::vector<double>& y,
             const std::string& name, v1::FigureSeries::Role role,
             std::optional<int> color, v1::FigurePanel& panel);

// A vertical or horizontal line at a value.
void AddRuleX(double x, const std::string& name, v1::FigureSeries::Role role,
              v1::FigurePanel& panel);
void AddRuleY(double y, const std::string& name, v1::FigureSeries::Role role,
              v1::FigurePanel& panel);

// `count` >= 2 values from low to high at equal ratios.
std::vector<double> LogSteps(double low, double high, int count);

// `[0.33, 0.57]`; an end that is absent is `?`; empty if both are.
std::string IntervalText(const Interval& interval,
                         const std::function<std::string(double)>& format);
// `0.44 [0.33, 0.57]`.
std::string WithInterval(const Interval& interval,
                         const std::function<std::string(double)>& format);

// Nobody reads more rows; the export of a campaign has them all.
inline constexpr int kMaxTableRows = 1000;

// Adds a row of texts, or only counts it if there are kMaxTableRows.
void AddRow(const std::vector<std::string>& cells, v1::FigureTable& table);

// A number as a cell: six digits, or `-`.
std::string Cell(double value);
std::string Cell(const std::optional<double>& value);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_MARKS_H_
