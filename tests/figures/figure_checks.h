#ifndef ISOSHAPE_TESTS_FIGURES_FIGURE_CHECKS_H_
#define ISOSHAPE_TESTS_FIGURES_FIGURE_CHECKS_H_

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "figures/build_figure.h"

namespace isoshape {

// The kind of a name as FigureKindNames lists them.
inline v1::Figure::Kind KindNamed(const std::string& name) {
  v1::Figure::Kind kind = v1::Figure::KIND_UNSPECIFIED;
  EXPECT_TRUE(v1::Figure::Kind_Parse(absl::AsciiStrToUpper(name), &kind))
      << name;
  return kind;
}

inline v1::GetFigureRequest RequestOf(v1::Figure::Kind kind,
                                      int resamples = 100) {
  v1::GetFigureRequest request;
  request.set_kind(kind);
  request.set_resamples(resamples);
  return request;
}

inline void CheckAxis(const v1::FigureAxis& axis) {
  EXPECT_TRUE(std::isfinite(axis.min())) << axis.label();
  EXPECT_TRUE(std::isfinite(axis.max())) << axis.label();
  EXPECT_LT(axis.min(), axis.max()) << axis.label();
  EXPECT_FALSE(axis.label().empty());
  if (axis.log()) {
    EXPECT_GT(axis.min(), 0) << axis.label();
  }
}

inline void CheckSeries(const v1::FigureSeries& series, int colors) {
  SCOPED_TRACE(series.name());
  EXPECT_NE(series.mark(), v1::FigureSeries::MARK_UNSPECIFIED);
  EXPECT_NE(series.role(), v1::FigureSeries::ROLE_UNSPECIFIED);
  EXPECT_FALSE(series.name().empty());
  int length = 0;
  for (const int size :
       {series.x_size(), series.y_size(), series.x_lower_size(),
        series.x_upper_size(), series.y_lower_size(), series.y_upper_size(),
        series.z_size(), series.trials_size(), series.labels_size()}) {
    if (size == 0) continue;
    if (length == 0) length = size;
    EXPECT_EQ(size, length);
  }
  EXPECT_GT(length, 0);
  EXPECT_EQ(series.y_lower_size(), series.y_upper_size());
  EXPECT_EQ(series.x_lower_size(), series.x_upper_size());
  if (series.has_color()) {
    EXPECT_GE(series.color(), 0);
    EXPECT_LT(series.color(), colors);
  }
  for (int i = 0; i < series.y_size() && series.y_lower_size() > 0; ++i) {
    EXPECT_FALSE(series.y_lower(i) > series.y(i));
    EXPECT_FALSE(series.y_upper(i) < series.y(i));
  }
}

// What holds for every figure.
inline void CheckFigure(const v1::Figure& figure) {
  EXPECT_NE(figure.kind(), v1::Figure::KIND_UNSPECIFIED);
  EXPECT_FALSE(figure.title().empty());
  EXPECT_FALSE(figure.sentence().empty());
  EXPECT_LE(figure.drawn(), figure.total());
  EXPECT_EQ(figure.drawn() < figure.total(), !figure.thinning().empty());
  EXPECT_GT(figure.panels_size(), 0);
  for (const v1::FigurePanel& panel : figure.panels()) {
    CheckAxis(panel.x());
    CheckAxis(panel.y());
    for (const v1::FigureSeries& series : panel.series()) {
      CheckSeries(series, figure.color_values_size());
    }
  }
  for (int i = 1; i < figure.color_values_size(); ++i) {
    EXPECT_LT(figure.color_values(i - 1), figure.color_values(i));
  }
  EXPECT_GT(figure.table().columns_size(), 0);
  EXPECT_GE(figure.table().total(), figure.table().rows_size());
  for (const v1::FigureTable::Row& row : figure.table().rows()) {
    EXPECT_EQ(row.cells_size(), figure.table().columns_size());
  }
}

// The series of a panel with that role, in order.
inline std::vector<const v1::FigureSeries*> SeriesOf(
    const v1::FigurePanel& panel, v1::FigureSeries::Role role) {
  std::vector<const v1::FigureSeries*> found;
  for (const v1::FigureSeries& series : panel.series()) {
    if (series.role() == role) found.push_back(&series);
  }
  return found;
}

inline bool HasWarning(const v1::Figure& figure, const std::string& text) {
  for (const std::string& warning : figure.warnings()) {
    if (warning.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FIGURES_FIGURE_CHECKS_H_
