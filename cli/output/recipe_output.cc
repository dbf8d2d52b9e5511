#include "cli/output/recipe_output.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/output/format.h"
#include "cli/output/law_output.h"
#include "cli/output/table.h"
#include "common/text/counted.h"
#include "common/text/one_line.h"
#include "common/text/short_exponent.h"

namespace isoshape {
namespace {

// The figures of a law, its parameters first.
std::vector<v1::LawFigure> FiguresOf(const v1::FitLawResponse& law) {
  std::vector<v1::LawFigure> figures(law.parameters().begin(),
                                     law.parameters().end());
  figures.insert(figures.end(), law.derived().begin(), law.derived().end());
  return figures;
}

std::string FigureText(const v1::FitLawResponse& law, const std::string& name) {
  for (const v1::LawFigure& figure : FiguresOf(law)) {
    if (figure.name() != name) continue;
    if (!figure.unidentified().empty()) return "not identified";
    return absl::StrCat(FormatDigits(figure.estimate().value(), 4), " ",
                        PercentileText(figure.estimate()));
  }
  return "-";
}

void PrintTable(const v1::RecipeFits& fits, std::ostream& out) {
  std::vector<Table::Column> columns = {{"FIGURE"}};
  for (const v1::RecipeFits::Recipe& recipe : fits.recipes()) {
    columns.push_back(
        {recipe.value().empty() ? "(blank)" : OneLine(recipe.value())});
  }
  columns.push_back({"MEANING"});
  Table table(columns);
  std::vector<std::string> runs = {"runs"};
  std::vector<std::string> fit = {"fit"};
  bool optimum = false;
  for (const v1::RecipeFits::Recipe& recipe : fits.recipes()) {
    const v1::FitLawResponse& law = recipe.fit();
    runs.push_back(FormatInteger(law.trials()));
    optimum = optimum || law.has_optimum();
    fit.push_back(law.optimum().converged() ? "converged" : "NOT converged");
  }
  runs.emplace_back("");
  fit.emplace_back("");
  table.AddRow(runs);
  if (optimum) table.AddRow(fit);
  for (const v1::LawFigure& figure : FiguresOf(fits.recipes(0).fit())) {
    std::vector<std::string> row = {figure.name()};
    for (const v1::RecipeFits::Recipe& recipe : fits.recipes()) {
      row.push_back(FigureText(recipe.fit(), figure.name()));
    }
    // What is said at the largest run is said of each recipe's own.
    row.push_back(figure.meaning());
    table.AddRow(row);
  }
  table.Print(out);
}

}  // namespace

void PrintRecipes(const v1::RecipeFits& fits, std::ostream& out) {
  const v1::FitLawResponse& first = fits.recipes(0).fit();
  PrintFields({{"law", absl::StrCat(first.law(), ": ", first.formula())},
               {"N", first.size()},
               {"recipes", absl::StrCat(fits.recipes_size(), " by ",
                                        OneLine(fits.column()))},
               {"intervals", first.interval_method().empty()
                                 ? "none"
                                 : absl::StrFormat("%g %%, of the first by %s",
                                                   100 * first.level(),
                                                   first.interval_method())}},
              out);
  out << '\n';
  PrintTable(fits, out);
  if (!fits.tests().empty()) out << '\n';
  for (const v1::RecipeFits::EqualTest& test : fits.tests()) {
    if (!test.problem().empty()) {
      out << "equal " << test.figures() << ": not tested: " << test.problem()
          << '\n';
      continue;
    }
    out << absl::StrFormat(
        "equal %s: chi-squared %.3g with %s of freedom, p = %.2g: "
        "%srejected\n",
        test.figures(), test.chi_squared(),
        Counted(test.degrees_of_freedom(), "degree"), test.p_value(),
        test.p_value() < 1 - first.level() ? "" : "not ");
  }
  for (const v1::RecipeFits::Recipe& recipe : fits.recipes()) {
    for (const std::string& warning : recipe.fit().warnings()) {
      out << "warning: " << OneLine(recipe.value()) << ": " << warning << '\n';
    }
  }
}

}  // namespace isoshape
