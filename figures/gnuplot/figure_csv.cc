#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/files/csv.h"
#include "common/text/one_line.h"
#include "figures/gnuplot/render_figure.h"
#include "messages/json/enum_name.h"

namespace isoshape {
namespace {

using Column = google::protobuf::RepeatedField<double>;

std::string Cell(absl::string_view text) { return CsvCell(OneLine(text)); }

std::string Number(const Column& column, int i) {
  if (i >= column.size() || !std::isfinite(column.Get(i))) return "";
  return absl::StrFormat("%.10g", column.Get(i));
}

int Rows(const v1::FigureSeries& series) {
  return std::max({series.x_size(), series.y_size(), series.x_lower_size(),
                   series.y_lower_size(), series.z_size()});
}

}  // namespace

std::string FigureCsv(const v1::Figure& figure) {
  std::string out =
      "panel,series,mark,role,color,x,y,x_lower,x_upper,y_lower,y_upper,z,"
      "trial,label\n";
  for (const v1::FigurePanel& panel : figure.panels()) {
    for (const v1::FigureSeries& series : panel.series()) {
      const bool colored = series.has_color() && series.color() >= 0 &&
                           series.color() < figure.color_values_size();
      const std::string head = absl::StrJoin(
          {Cell(panel.title()), Cell(series.name()), EnumName(series.mark()),
           EnumName(series.role()),
           colored
               ? absl::StrFormat("%.10g", figure.color_values(series.color()))
               : std::string()},
          ",");
      for (int i = 0; i < Rows(series); ++i) {
        absl::StrAppend(&out, head);
        for (const Column* column :
             {&series.x(), &series.y(), &series.x_lower(), &series.x_upper(),
              &series.y_lower(), &series.y_upper(), &series.z()}) {
          absl::StrAppend(&out, ",", Number(*column, i));
        }
        absl::StrAppend(
            &out, ",",
            i < series.trials_size() ? absl::StrCat(series.trials(i)) : "", ",",
            i < series.labels_size() ? Cell(series.labels(i)) : "", "\n");
      }
    }
  }
  return out;
}

}  // namespace isoshape
