#include "figures/parts/marks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/interval_text.h"
#include "common/text/short_exponent.h"

namespace isoshape {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

v1::FigureSeries* AddSeries(v1::FigurePanel& panel, std::string name,
                            v1::FigureSeries::Mark mark,
                            v1::FigureSeries::Role role,
                            std::optional<int> color) {
  v1::FigureSeries* series = panel.add_series();
  series->set_name(std::move(name));
  series->set_mark(mark);
  series->set_role(role);
  if (color) series->set_color(*color);
  return series;
}

void AddPoint(double x, double y, v1::FigureSeries& series) {
  series.add_x(x);
  series.add_y(y);
}

void AddYInterval(const Interval& interval, v1::FigureSeries& series) {
  series.add_y_lower(interval.lower.value_or(kNaN));
  series.add_y_upper(interval.upper.value_or(kNaN));
}

void AddXInterval(const Interval& interval, v1::FigureSeries& series) {
  series.add_x_lower(interval.lower.value_or(kNaN));
  series.add_x_upper(interval.upper.value_or(kNaN));
}

void AddBand(const std::vector<double>& x,
             const std::vector<Interval>& intervals, const std::string& name,
             std::optional<int> color, v1::FigurePanel& panel) {
  const bool any =
      std::any_of(intervals.begin(), intervals.end(),
                  [](const Interval& one) { return one.lower && one.upper; });
  if (!any) return;
  v1::FigureSeries* series = AddSeries(panel, name, v1::FigureSeries::BAND,
                                       v1::FigureSeries::UNCERTAINTY, color);
  for (size_t i = 0; i < x.size(); ++i) {
    series->add_x(x[i]);
    AddYInterval(intervals[i], *series);
  }
}

void AddLine(const std::vector<double>& x, const std::vector<double>& y,
             const std::string& name, v1::FigureSeries::Role role,
             std::optional<int> color, v1::FigurePanel& panel) {
  v1::FigureSeries* series =
      AddSeries(panel, name, v1::FigureSeries::LINE, role, color);
  for (size_t i = 0; i < x.size(); ++i) AddPoint(x[i], y[i], *series);
}

void AddRuleX(double x, const std::string& name, v1::FigureSeries::Role role,
              v1::FigurePanel& panel) {
  AddSeries(panel, name, v1::FigureSeries::RULE_X, role)->add_x(x);
}

void AddRuleY(double y, const std::string& name, v1::FigureSeries::Role role,
              v1::FigurePanel& panel) {
  AddSeries(panel, name, v1::FigureSeries::RULE_Y, role)->add_y(y);
}

std::vector<double> LogSteps(double low, double high, int count) {
  std::vector<double> steps(count);
  const double step = std::log(high / low) / (count - 1);
  for (int i = 0; i < count; ++i) steps[i] = low * std::exp(step * i);
  steps.back() = high;
  return steps;
}

std::string IntervalText(const Interval& interval,
                         const std::function<std::string(double)>& format) {
  if (!interval.lower && !interval.upper) return "";
  return IntervalText(interval.lower, interval.upper, format);
}

std::string WithInterval(const Interval& interval,
                         const std::function<std::string(double)>& format) {
  const std::string text = IntervalText(interval, format);
  return text.empty() ? format(interval.value)
                      : absl::StrCat(format(interval.value), " ", text);
}

void AddRow(const std::vector<std::string>& cells, v1::FigureTable& table) {
  table.set_total(table.total() + 1);
  if (table.rows_size() >= kMaxTableRows) return;
  v1::FigureTable::Row* row = table.add_rows();
  for (const std::string& cell : cells) row->add_cells(cell);
}

std::string Cell(double value) {
  return std::isfinite(value) ? FormatDigits(value, 6) : "-";
}

std::string Cell(const std::optional<double>& value) {
  return Cell(value.value_or(kNaN));
}

}  // namespace isoshape
