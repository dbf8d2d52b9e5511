#include "cli/console/law_output.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/console/format.h"
#include "cli/console/table.h"

namespace isoshape {
namespace {

using nlohmann::ordered_json;

ordered_json Number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
}

ordered_json End(const std::optional<double>& end) {
  return end ? Number(*end) : ordered_json(nullptr);
}

std::string Text(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.4g", value) : "-";
}

std::string Text(const Interval& interval) {
  if (!interval.lower && !interval.upper) return "";
  return absl::StrCat("[", interval.lower ? Text(*interval.lower) : "?", ", ",
                      interval.upper ? Text(*interval.upper) : "?", "]");
}

std::string Percent(double share) {
  return std::isfinite(share) ? absl::StrFormat("%.2f %%", 100 * share) : "-";
}

ordered_json BudgetToJson(const BudgetRow& row) {
  ordered_json entry = {{"budget", row.budget}, {"runs", row.runs}};
  if (!row.problem.empty()) {
    entry["problem"] = row.problem;
    return entry;
  }
  const auto add = [&](const char* name, const Interval& interval) {
    entry[name] = {{"value", Number(interval.value)},
                   {"lower", End(interval.lower)},
                   {"upper", End(interval.upper)}};
  };
  add("size", row.size);
  add("tokens", row.tokens);
  add("loss", row.loss);
  return entry;
}

void PrintComparison(const LawReport& report, std::ostream& out) {
  if (report.comparison.empty()) return;
  out << '\n';
  Table table({{"LAW"},
               {"PARAMETERS", Table::kRight},
               {"IN SAMPLE", Table::kRight},
               {"LEFT OUT", Table::kRight},
               {"CHOSEN"},
               {"FORMULA"}});
  for (const ComparedLaw& law : report.comparison) {
    table.AddRow({law.name, absl::StrCat(law.parameters),
                  Percent(law.in_sample_rmse), Percent(law.held_out_rmse),
                  law.chosen ? "yes" : "", law.formula});
  }
  table.Print(out);
}

void PrintBudgets(const LawReport& report, std::ostream& out) {
  if (report.budgets.empty()) return;
  out << '\n';
  Table table({{"BUDGET", Table::kRight},
               {"RUNS", Table::kRight},
               {"OPTIMAL SIZE"},
               {"OPTIMAL TOKENS"},
               {"OPTIMAL LOSS"},
               {"NOTE"}});
  const auto text = [](const Interval& interval) {
    return absl::StrCat(Text(interval.value), " ", Text(interval));
  };
  for (const BudgetRow& row : report.budgets) {
    const bool found = row.problem.empty();
    table.AddRow({FormatFlops(row.budget), absl::StrCat(row.runs),
                  found ? text(row.size) : "", found ? text(row.tokens) : "",
                  found ? text(row.loss) : "", row.problem});
  }
  table.Print(out);
}

ordered_json IntervalToJson(const BootstrapEstimate& estimate, double level,
                            const std::string& method) {
  ordered_json entry;
  entry["lower"] = End(estimate.percentile.lower);
  entry["upper"] = End(estimate.percentile.upper);
  entry["level"] = level;
  entry["method"] = absl::StrCat(method, ", percentile");
  entry["bca"] = {{"lower", End(estimate.bca.lower)},
                  {"upper", End(estimate.bca.upper)}};
  entry["standard_error"] = Number(estimate.standard_error);
  entry["resamples"] = estimate.resamples;
  entry["failed"] = estimate.failed;
  return entry;
}

}  // namespace

void AddFiguresToJson(const std::string& name,
                      const std::vector<LawFigure>& figures, double level,
                      const std::string& method, ordered_json& json) {
  ordered_json values = ordered_json::object();
  ordered_json intervals = json.value("intervals", ordered_json::object());
  ordered_json unidentified =
      json.value("unidentified", ordered_json::object());
  for (const LawFigure& figure : figures) {
    if (!figure.unidentified.empty()) {
      unidentified[figure.name] = figure.unidentified;
      continue;
    }
    values[figure.name] = Number(figure.estimate.value);
    if (figure.estimate.resamples == 0) continue;
    intervals[figure.name] = IntervalToJson(figure.estimate, level, method);
  }
  json[name] = std::move(values);
  json["intervals"] = std::move(intervals);
  json["unidentified"] = std::move(unidentified);
}

ordered_json LawToJson(const LawReport& report) {
  ordered_json json;
  json["law"] = report.law;
  json["formula"] = report.formula;
  json["size"] = report.size;
  json["runs"] = report.runs;
  for (const auto& [name, figures] :
       {std::pair{"parameters", &report.parameters},
        std::pair{"derived", &report.derived}}) {
    AddFiguresToJson(name, *figures, report.level, report.interval_method,
                     json);
  }
  if (report.optimum) {
    const LawOptimum& optimum = *report.optimum;
    json["objective"] = Number(optimum.objective);
    json["converged"] = optimum.converged;
    json["gradient_norm"] = End(optimum.gradient_norm);
    json["condition"] = End(optimum.condition);
    json["starts"] = optimum.starts;
    json["agreeing"] = optimum.agreeing;
  }
  if (!report.comparison.empty()) {
    ordered_json& laws = json["comparison"] = ordered_json::array();
    for (const ComparedLaw& law : report.comparison) {
      laws.push_back({{"law", law.name},
                      {"formula", law.formula},
                      {"parameters", law.parameters},
                      {"in_sample_rmse", Number(law.in_sample_rmse)},
                      {"held_out_rmse", Number(law.held_out_rmse)},
                      {"chosen", law.chosen}});
    }
  }
  if (!report.budgets.empty()) {
    ordered_json& budgets = json["budgets"] = ordered_json::array();
    for (const BudgetRow& row : report.budgets) {
      budgets.push_back(BudgetToJson(row));
    }
  }
  json["findings"] = report.findings;
  json["warnings"] = report.warnings;
  return json;
}

void PrintFigures(const std::string& title,
                  const std::vector<LawFigure>& figures, double level,
                  std::ostream& out) {
  if (figures.empty()) return;
  const std::string percent = absl::StrFormat("%g %%", 100 * level);
  Table table({{title},
               {"VALUE", Table::kRight},
               {percent + " INTERVAL"},
               {"BCA"},
               {"STD. ERROR", Table::kRight},
               {"MEANING"}});
  for (const LawFigure& figure : figures) {
    const BootstrapEstimate& estimate = figure.estimate;
    if (!figure.unidentified.empty()) {
      table.AddRow({figure.name, "-", "not identified", "", "",
                    absl::StrCat(figure.meaning, ": ", figure.unidentified)});
      continue;
    }
    table.AddRow({figure.name, Text(estimate.value), Text(estimate.percentile),
                  Text(estimate.bca),
                  estimate.resamples > 0 ? Text(estimate.standard_error) : "",
                  figure.meaning});
  }
  out << '\n';
  table.Print(out);
}

void PrintLaw(const LawReport& report, std::ostream& out) {
  std::vector<std::pair<std::string, std::string>> fields = {
      {"law", absl::StrCat(report.law, ": ", report.formula)},
      {"N", report.size},
      {"runs", FormatInteger(report.runs)}};
  if (report.optimum) {
    const LawOptimum& optimum = *report.optimum;
    std::string text =
        absl::StrFormat("%s, objective %.9g; %d of %d starts agree",
                        optimum.converged ? "converged" : "NOT converged",
                        optimum.objective, optimum.agreeing, optimum.starts);
    if (optimum.gradient_norm && optimum.condition) {
      absl::StrAppendFormat(&text, "; gradient %.1g, condition %.3g",
                            *optimum.gradient_norm, *optimum.condition);
    }
    fields.emplace_back("fit", text);
  }
  if (!report.interval_method.empty()) {
    fields.emplace_back("intervals", report.interval_method);
  }
  PrintFields(fields, out);
  PrintFigures("PARAMETER", report.parameters, report.level, out);
  PrintFigures("DERIVED", report.derived, report.level, out);
  PrintBudgets(report, out);
  PrintComparison(report, out);
  if (!report.findings.empty()) out << '\n';
  for (const std::string& finding : report.findings) {
    out << finding << '\n';
  }
  for (const std::string& warning : report.warnings) {
    out << "warning: " << warning << '\n';
  }
}

}  // namespace isoshape
