#include "cli/console/fit_files.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/console/command.h"
#include "cli/console/output_file.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// Seventeen digits name a double exactly.
std::string Exact(double value) { return absl::StrFormat("%.17g", value); }

}  // namespace

absl::Status WriteResiduals(const std::string& path, const LawReport& report) {
  if (report.rows.empty()) {
    return UsageError(absl::StrCat(
        "--law ", report.law,
        " gives no run a loss of its own, so it has no --residuals; set --law "
        "surface, parametric, shape or ladder, or isoflop with another --rule "
        "than akima"));
  }
  std::string text = "line,size,tokens,loss,fitted,residual,weight,used\n";
  for (const FittedRow& row : report.rows) {
    absl::StrAppend(&text, row.line > 0 ? absl::StrCat(row.line) : "", ",",
                    Exact(row.size), ",", Exact(row.tokens), ",",
                    Exact(row.loss), ",", Exact(row.fitted), ",",
                    Exact(std::log(row.loss / row.fitted)), ",",
                    Exact(row.weight), ",", row.weight > 0 ? 1 : 0, "\n");
  }
  return WriteOutput(path, text);
}

absl::Status WriteDraws(const std::string& path,
                        const std::vector<LawFigure>& figures) {
  std::vector<const LawFigure*> drawn;
  std::vector<std::string> unidentified;
  size_t rows = 0;
  for (const LawFigure& figure : figures) {
    if (!figure.unidentified.empty()) {
      unidentified.push_back(figure.name);
      continue;
    }
    if (figure.draws.empty()) continue;
    drawn.push_back(&figure);
    rows = std::max(rows, figure.draws.size());
  }
  const std::string names = absl::StrJoin(unidentified, ", ");
  if (drawn.empty()) {
    return unidentified.size() < figures.size()
               ? UsageError(
                     "there are no draws to write: the law has no resamples, "
                     "or --bootstrap is 0")
               : absl::FailedPreconditionError(absl::StrCat(
                     "there are no draws to write: the runs do not identify ",
                     names));
  }
  if (!names.empty()) {
    std::cerr << "note: " << OneLine(path) << " has no draws of " << names
              << ", which the runs do not identify\n";
  }
  std::string text = "draw";
  for (const LawFigure* figure : drawn)
    absl::StrAppend(&text, ",", figure->name);
  text += '\n';
  for (size_t i = 0; i < rows; ++i) {
    absl::StrAppend(&text, i);
    for (const LawFigure* figure : drawn) {
      const double value = figure->draws[i];
      absl::StrAppend(&text, ",", std::isnan(value) ? "" : Exact(value));
    }
    text += '\n';
  }
  return WriteOutput(path, text);
}

}  // namespace isoshape
