#include "tests/figures/gnuplot/sample_figures.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void SetAxis(v1::FigureAxis& axis, const std::string& label, double min,
             double max, bool log) {
  axis.set_label(label);
  axis.set_min(min);
  axis.set_max(max);
  axis.set_log(log);
}

Series& Add(v1::FigurePanel& panel, const std::string& name, Series::Mark mark,
            Series::Role role, int color = -1) {
  Series& series = *panel.add_series();
  series.set_name(name);
  series.set_mark(mark);
  series.set_role(role);
  if (color >= 0) series.set_color(color);
  return series;
}

void Fill(google::protobuf::RepeatedField<double>* field,
          const std::vector<double>& values) {
  field->Add(values.begin(), values.end());
}

double Loss(double size, double budget) {
  const double best = std::sqrt(budget / 6 / 20);
  return 1.5 + 40 * std::pow(budget, -0.14) +
         0.05 * std::pow(std::log(size / best), 2);
}

// Curve, band, points and optimum of one budget.
void AddBudget(v1::FigurePanel& panel, double budget, int color) {
  const double best = std::sqrt(budget / 6 / 20);
  Series& band = Add(panel, "interval of the curve", Series::BAND,
                     Series::UNCERTAINTY, color);
  Series& curve = Add(panel, "isoFLOP curve", Series::LINE, Series::FIT, color);
  Series& points =
      Add(panel, "measured", Series::POINTS, Series::MEASURED, color);
  for (int i = -8; i <= 8; ++i) {
    const double size = best * std::exp(0.2 * i);
    const double loss = Loss(size, budget);
    band.add_x(size);
    band.add_y_lower(loss - 0.01 - 0.001 * i * i / 4);
    band.add_y_upper(loss + 0.01 + 0.001 * i * i / 4);
    curve.add_x(size);
    curve.add_y(loss);
    if (i % 2 != 0) continue;
    points.add_x(size);
    points.add_y(loss + 0.006 * std::sin(3.0 * i + color));
    points.add_y_lower(points.y(points.y_size() - 1) - 0.008);
    points.add_y_upper(points.y(points.y_size() - 1) + 0.008);
    points.add_trials(color * 10 + i + 9);
  }
  Series& optimum =
      Add(panel, "optimum", Series::POINTS, Series::OPTIMUM, color);
  optimum.add_x(best);
  optimum.add_y(Loss(best, budget));
  optimum.add_x_lower(best * 0.85);
  optimum.add_x_upper(color == 1 ? kNaN : best * 1.2);
}

}  // namespace

v1::Figure IsoflopSample() {
  v1::Figure figure;
  figure.set_kind(v1::Figure::ISOFLOP);
  figure.set_title("isoFLOP curves of campaigns/c1");
  figure.set_sentence(
      "2 of 3 budgets bracket their best size; at 9e11 FLOPs it is 86.6k "
      "[73.6k, 104k].");
  figure.set_color_label("budget, FLOPs");
  Fill(figure.mutable_color_values(), {1e11, 3e11, 9e11});
  v1::FigurePanel& panel = *figure.add_panels();
  SetAxis(*panel.mutable_x(), "N, training FLOPs per token / 6", 6e3, 6e5,
          true);
  SetAxis(*panel.mutable_y(), "validation loss, nats per token", 2.3, 3.05,
          false);
  Series& span = Add(panel, "sizes tried", Series::SPAN_X, Series::SAMPLED);
  span.add_x_lower(8e3);
  span.add_x_upper(4e5);
  const double budgets[] = {1e11, 3e11, 9e11};
  for (int i = 0; i < 3; ++i) AddBudget(panel, budgets[i], i);
  Series& edge = Add(panel, "no optimum seen", Series::POINTS, Series::EDGE, 2);
  edge.add_x(2.5e5);
  edge.add_y(2.45);
  Series& failed = Add(panel, "diverged", Series::POINTS, Series::FAILED);
  Fill(failed.mutable_x(), {5e4, 9e4});
  Fill(failed.mutable_y(), {kNaN, 2.9});
  Series& check =
      Add(panel, "verification", Series::POINTS, Series::VERIFICATION);
  check.add_x(1.3e5);
  check.add_y(2.36);
  check.add_labels("trained to check the prediction");
  check.set_write_labels(true);
  Add(panel, "target", Series::RULE_X, Series::TARGET).add_x(1.5e5);
  Add(panel, "noise of seeds", Series::RULE_Y, Series::NOISE).add_y(2.4);
  return figure;
}

namespace {

// Categories, intervals without an end, and a published range.
void AddMethods(v1::FigurePanel& methods) {
  methods.set_title("methods");
  SetAxis(*methods.mutable_x(), "exponent a of N* = C^a", 0.3, 0.8, false);
  methods.mutable_y()->add_categories("approach 1");
  methods.mutable_y()->add_categories("approach 2, parabolas");
  methods.mutable_y()->add_categories("approach 3");
  Series& rows = Add(methods, "exponent", Series::POINTS, Series::OPTIMUM);
  Fill(rows.mutable_x(), {0.5, 0.46, 0.61});
  Fill(rows.mutable_y(), {0, 1, 2});
  Fill(rows.mutable_x_lower(), {0.42, kNaN, kNaN});
  Fill(rows.mutable_x_upper(), {0.58, 0.52, kNaN});
  Series& range =
      Add(methods, "published range", Series::SPAN_X, Series::REFERENCE);
  range.add_x_lower(0.45);
  range.add_x_upper(0.55);
}

// Moments on an axis, a line with a gap, and a span.
void AddProgress(v1::FigurePanel& time) {
  time.set_title("progress");
  SetAxis(*time.mutable_x(), "time", 1.79e9, 1.79e9 + 5400, false);
  time.mutable_x()->set_time(true);
  SetAxis(*time.mutable_y(), "FLOPs", 1e9, 1e13, true);
  Series& spent = Add(time, "spent", Series::LINE, Series::MEASURED);
  for (int i = 0; i <= 20; ++i) {
    spent.add_x(1.79e9 + 270 * i);
    spent.add_y(i == 9 ? kNaN : 1e9 * std::pow(1.5, i));
  }
  Series& noise = Add(time, "noise", Series::SPAN_Y, Series::NOISE);
  noise.add_y_lower(1e10);
  noise.add_y_upper(1e11);
}

// Cells with labels and those that are not feasible.
void AddCells(v1::FigurePanel& cells) {
  cells.set_title("depth and width");
  SetAxis(*cells.mutable_x(), "width", 24, 400, true);
  SetAxis(*cells.mutable_y(), "depth", 0.8, 12, true);
  Series& heat = Add(cells, "measured shapes", Series::CELLS, Series::MEASURED);
  heat.set_z_label("loss above the best, nats per token");
  heat.set_write_labels(true);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) {
      heat.add_x_lower(32 * std::pow(2, 0.8 * i));
      heat.add_x_upper(32 * std::pow(2, 0.8 * (i + 1)));
      heat.add_y_lower(std::pow(2, j));
      heat.add_y_upper(std::pow(2, j + 1));
      heat.add_z(0.02 * i * i + 0.01 * j);
      heat.add_labels(i % 2 == 0 ? "0.0" + std::to_string(2 * i * i + j) : "");
    }
  }
  Series& not_feasible =
      Add(cells, "not feasible", Series::CELLS, Series::INFEASIBLE);
  not_feasible.add_x_lower(300);
  not_feasible.add_x_upper(500);
  not_feasible.add_y_lower(4);
  not_feasible.add_y_upper(8);
}

// The other roles, and labels.
void AddRoles(v1::FigurePanel& roles) {
  roles.set_title("other roles");
  SetAxis(*roles.mutable_x(), "seconds for one token", 1e-4, 1e-2, true);
  SetAxis(*roles.mutable_y(), "loss above the best", 0, 0.5, false);
  int place = 0;
  for (const Series::Role role :
       {Series::PREDICTED, Series::HELD_OUT, Series::FRONT, Series::DOMINATED,
        Series::REFERENCE, Series::TARGET}) {
    Series& one = Add(roles, Series::Role_Name(role), Series::POINTS, role);
    one.add_x(2e-4 * std::pow(1.8, place));
    one.add_y(0.45 - 0.07 * place++);
    one.add_labels("a label of " + Series::Role_Name(role));
    one.set_write_labels(true);
  }
  Series& front = Add(roles, "front", Series::LINE, Series::FRONT);
  Fill(front.mutable_x(), {2e-4, 1e-3, 8e-3});
  Fill(front.mutable_y(), {0.3, 0.1, 0.02});
}

}  // namespace

v1::Figure EveryMark() {
  v1::Figure figure = IsoflopSample();
  figure.set_title("Every mark and role");
  figure.mutable_panels(0)->set_title("curves");
  AddMethods(*figure.add_panels());
  AddProgress(*figure.add_panels());
  AddCells(*figure.add_panels());
  AddRoles(*figure.add_panels());
  return figure;
}

v1::Figure ManyPoints(int count) {
  v1::Figure figure;
  figure.set_title("Many points");
  figure.set_sentence("Many points.");
  figure.set_color_label("budget, FLOPs");
  v1::FigurePanel& panel = *figure.add_panels();
  SetAxis(*panel.mutable_x(), "N", 1e4, 1e7, true);
  SetAxis(*panel.mutable_y(), "loss", 1, 4, false);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int color = 0; color < 5; ++color) {
    figure.add_color_values(1e11 * std::pow(3, color));
    Series& series =
        Add(panel, "measured", Series::POINTS, Series::MEASURED, color);
    for (int i = 0; i < count / 5; ++i) {
      series.add_x(1e4 * std::pow(1000, unit(random)));
      series.add_y(1 + 3 * unit(random));
    }
  }
  return figure;
}

v1::Figure WithText(const std::string& text) {
  v1::Figure figure = EveryMark();
  figure.set_title(text);
  figure.set_sentence(text);
  figure.add_warnings(text);
  figure.set_color_label(text);
  for (v1::FigurePanel& panel : *figure.mutable_panels()) {
    panel.set_title(text);
    panel.mutable_x()->set_label(text);
    panel.mutable_y()->set_label(text);
    for (std::string& one : *panel.mutable_y()->mutable_categories()) {
      one = text;
    }
    for (Series& series : *panel.mutable_series()) {
      series.set_name(text);
      series.set_z_label(text);
      for (std::string& label : *series.mutable_labels()) label = text;
    }
  }
  return figure;
}

}  // namespace isoshape
