#ifndef ISOSHAPE_SCALING_REPORTS_LAW_REPORT_H_
#define ISOSHAPE_SCALING_REPORTS_LAW_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/statistics/intervals.h"

namespace isoshape {

// One number of a law.
struct LawFigure {
  std::string name;     // `alpha`; in derived figures also with a unit
  std::string meaning;  // one line
  BootstrapEstimate estimate;
  // Why the runs do not tell what it is, or empty. If they do not, it is named
  // and not shown.
  std::string unidentified = {};
  // The share of its variance that comes from priors and not from the runs, 0
  // to 1; absent of laws without priors.
  std::optional<double> prior_share = {};
  // In each resample or draw of the posterior, in order; NaN: the fit failed.
  // Equal places of several figures are of one draw.
  std::vector<double> draws = {};
};

// The figure of that name, or nullptr.
inline const LawFigure* FindLawFigure(const std::vector<LawFigure>& figures,
                                      absl::string_view name) {
  for (const LawFigure& figure : figures) {
    if (figure.name == name) return &figure;
  }
  return nullptr;
}

// A run beside what a law says of it.
struct FittedRow {
  int line = 0;  // of the text that it was read from; 0: not known
  double size = 0, tokens = 0;
  double loss = 0, fitted = 0;  // nats per token
  // Of the robust loss: 1 up to its threshold, less beyond; 0: not used. Of the
  // surface only 0 or 1, without what it discounts; of an isoFLOP curve that of
  // its window.
  double weight = 1;
};

// How good the optimum is that was found.
struct LawOptimum {
  double objective = 0;
  // PowerSumFit's.
  std::optional<double> gradient_norm = {};
  std::optional<double> condition = {};
  int starts = 0, agreeing = 0;
  bool converged = false;
  std::string problem;  // why not, or empty
};

// A law beside others: docs/shape-laws.md.
struct ComparedLaw {
  std::string name, formula;
  int parameters = 0;
  double in_sample_rmse = 0;  // of ln loss
  double held_out_rmse = 0;   // of ln loss; NaN: not known
  bool chosen = false;
};

// The result of fitting a law to runs, in the form in which people and programs
// get it. FitLaw makes it.
struct LawReport {
  std::string law;  // LawName
  std::string formula;
  std::string size;  // what N is
  int runs = 0;
  double level = 0.95;          // of all intervals
  std::string interval_method;  // one sentence; empty: there are no intervals
  std::vector<LawFigure> parameters, derived;
  std::optional<LawOptimum> optimum;  // of laws with an objective
  std::vector<ComparedLaw> comparison;
  std::vector<BudgetOptimum> budgets;  // of kIsoflop
  std::vector<FittedRow> rows;         // of laws of single runs, and kIsoflop
  std::vector<std::string> findings;   // such as hypotheses, a sentence each
  std::vector<std::string> warnings;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_REPORTS_LAW_REPORT_H_
