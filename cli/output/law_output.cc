#include "cli/output/law_output.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/console/command.h"
#include "cli/output/format.h"
#include "cli/output/table.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/interval_text.h"
#include "common/text/one_line.h"
#include "common/text/short_exponent.h"

namespace isoshape {
namespace {

std::string Text(double value) {
  return std::isfinite(value) ? FormatDigits(value, 4) : "-";
}

// Empty without both ends.
std::string Interval(bool has_lower, double lower, bool has_upper,
                     double upper) {
  if (!has_lower && !has_upper) return "";
  return IntervalText(has_lower ? std::optional(lower) : std::nullopt,
                      has_upper ? std::optional(upper) : std::nullopt, Text);
}

std::string Bca(const v1::Estimate& estimate) {
  return Interval(estimate.has_bca_lower(), estimate.bca_lower(),
                  estimate.has_bca_upper(), estimate.bca_upper());
}

std::string PriorShare(const v1::LawFigure& figure) {
  return figure.has_prior_share() ? FormatPercent(figure.prior_share()) : "";
}

std::string OptimumText(const v1::LawOptimum& optimum) {
  std::string text = absl::StrFormat(
      "%s, objective %.9g; %d of %d starts agree",
      optimum.converged() ? "converged" : "NOT converged", optimum.objective(),
      optimum.agreeing(), optimum.starts());
  if (optimum.has_gradient_norm() && optimum.has_condition()) {
    absl::StrAppendFormat(&text, "; gradient %s, condition %s",
                          FormatDigits(optimum.gradient_norm(), 1),
                          FormatRatio(optimum.condition()));
  }
  return text;
}

void PrintComparison(const v1::FitLawResponse& law, std::ostream& out) {
  if (law.comparison().empty()) return;
  out << '\n';
  Table table({{"LAW"},
               {"PARAMETERS", Table::kRight},
               {"IN SAMPLE", Table::kRight},
               {"LEFT OUT", Table::kRight},
               {"CHOSEN"},
               {"FORMULA"}});
  for (const v1::ComparedLaw& one : law.comparison()) {
    table.AddRow({one.name(), absl::StrCat(one.parameters()),
                  FormatPercent(one.in_sample_rmse()),
                  FormatPercent(one.held_out_rmse()), one.chosen() ? "yes" : "",
                  one.formula()});
  }
  table.Print(out);
}

void PrintBudgets(const v1::FitLawResponse& law, std::ostream& out) {
  if (law.optima().empty()) return;
  out << '\n';
  Table table({{"BUDGET", Table::kRight},
               {"RUNS", Table::kRight},
               {"SIZES", Table::kRight},
               {"OPTIMAL SIZE"},
               {"OPTIMAL TOKENS"},
               {"OPTIMAL LOSS"},
               {"MEASURED", Table::kRight},
               {"ASPECT", Table::kRight},
               {"NOTE"}});
  for (const v1::BudgetOptimum& optimum : law.optima()) {
    const bool found = optimum.problem().empty();
    table.AddRow(
        {FormatFlops(optimum.budget_flops()), absl::StrCat(optimum.trials()),
         absl::StrCat(optimum.sizes()),
         found ? FormatEstimate(optimum.optimal_size(), FormatCount) : "",
         found ? FormatEstimate(optimum.optimal_tokens(), FormatCount) : "",
         found ? FormatEstimate(optimum.optimal_loss(), FormatLoss) : "",
         FormatLoss(optimum.best_measured_loss()),
         optimum.has_best_aspect_ratio()
             ? FormatRatio(optimum.best_aspect_ratio())
             : "",
         optimum.problem()});
  }
  table.Print(out);
}

}  // namespace

std::string PercentileText(const v1::Estimate& estimate) {
  return Interval(estimate.has_lower(), estimate.lower(), estimate.has_upper(),
                  estimate.upper());
}

void PrintFigures(
    const std::string& title,
    const google::protobuf::RepeatedPtrField<v1::LawFigure>& figures,
    std::ostream& out) {
  if (figures.empty()) return;
  // A posterior has one interval, and a share that the priors have in it.
  const bool priors = std::any_of(
      figures.begin(), figures.end(),
      [](const v1::LawFigure& figure) { return figure.has_prior_share(); });
  Table table(
      {{title},
       {"VALUE", Table::kRight},
       {absl::StrFormat("%g %% INTERVAL", 100 * figures[0].estimate().level())},
       {priors ? "BY PRIORS" : "BCA"},
       {"STD. ERROR", Table::kRight},
       {"MEANING"}});
  for (const v1::LawFigure& figure : figures) {
    if (!figure.unidentified().empty()) {
      table.AddRow(
          {figure.name(), "-", "not identified",
           priors ? PriorShare(figure) : "", "",
           absl::StrCat(figure.meaning(), ": ", figure.unidentified())});
      continue;
    }
    const v1::Estimate& estimate = figure.estimate();
    table.AddRow({figure.name(), Text(estimate.value()),
                  PercentileText(estimate),
                  priors ? PriorShare(figure) : Bca(estimate),
                  figure.resamples() > 0 ? Text(figure.standard_error()) : "",
                  figure.meaning()});
  }
  out << '\n';
  table.Print(out);
}

void PrintAdvice(
    const google::protobuf::RepeatedPtrField<v1::AdvisedRun>& advice,
    std::ostream& out) {
  if (advice.empty()) return;
  out << "\nruns to add, each as if those before it were done, and the width "
         "of the interval of N* that is left:\n";
  Table table({{"SIZE", Table::kRight},
               {"TOKENS", Table::kRight},
               {"FLOPS", Table::kRight},
               {"INTERVAL", Table::kRight}});
  for (const v1::AdvisedRun& run : advice) {
    table.AddRow({FormatCount(run.size()), FormatCount(run.tokens()),
                  FormatFlops(run.flops()),
                  FormatPercent(run.interval_ratio())});
  }
  table.Print(out);
}

void PrintWarnings(
    const google::protobuf::RepeatedPtrField<std::string>& warnings,
    const v1::DataBasis& basis, std::ostream& out) {
  for (const std::string& warning : warnings) {
    out << "warning: " << Printable(warning) << '\n';
  }
  if (!basis.variant().empty()) {
    out << "note: of variant " << basis.variant()
        << " alone; variants are never mixed\n";
  }
  if (basis.newer_trials() == 0) return;
  out << "warning: rests on " << Counted(basis.trials(), "trial") << "; "
      << basis.newer_trials() << (basis.newer_trials() == 1 ? " has" : " have")
      << " succeeded since: ask without --cached\n";
}

void PrintNextTraining(const std::string& campaign, const std::string& which,
                       const std::string& variant, std::ostream& out) {
  out << "next: isoshape train " << ShortName(campaign) << ' ' << which
      << (variant.empty() ? "" : " --variant ") << variant
      << " --data PATH --out DIR   trains it and keeps the weights (generated "
         "data need no --data)\n";
}

void PrintNextPrediction(const std::string& campaign,
                         const std::string& variant, std::ostream& out) {
  out << "next: isoshape predict " << ShortName(campaign)
      << (variant.empty() ? "" : " --variant ") << variant
      << "   names the best shape at a compute\n";
}

void PrintLaw(const v1::FitLawResponse& law, std::ostream& out) {
  std::string runs = FormatInteger(law.trials());
  if (law.basis().points() > law.basis().trials()) {
    absl::StrAppend(&runs, " points of ",
                    Counted(law.basis().trials(), "trial"));
  }
  std::vector<std::pair<std::string, std::string>> fields = {
      {"law", absl::StrCat(law.law(), ": ", law.formula())},
      {"N", law.size()},
      {"runs", runs}};
  if (law.has_optimum()) {
    fields.emplace_back("fit", OptimumText(law.optimum()));
  }
  if (!law.interval_method().empty()) {
    // Of two columns of intervals each is told.
    const bool bca = std::any_of(
        law.parameters().begin(), law.parameters().end(),
        [](const v1::LawFigure& figure) {
          return figure.estimate().has_bca_lower() && !figure.has_prior_share();
        });
    fields.emplace_back(
        "intervals",
        absl::StrCat(
            law.interval_method(),
            bca ? "; BCA: corrected for bias and skewness (Efron 1987)" : ""));
  }
  PrintFields(fields, out);
  PrintFigures("PARAMETER", law.parameters(), out);
  PrintFigures("DERIVED", law.derived(), out);
  PrintBudgets(law, out);
  PrintComparison(law, out);
  PrintAdvice(law.advice(), out);
  if (!law.findings().empty()) out << '\n';
  for (const std::string& finding : law.findings()) out << finding << '\n';
  PrintWarnings(law.warnings(), law.basis(), out);
}

}  // namespace isoshape
