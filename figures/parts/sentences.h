#ifndef ISOSHAPE_FIGURES_PARTS_SENTENCES_H_
#define ISOSHAPE_FIGURES_PARTS_SENTENCES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "figures/parts/axis_range.h"
#include "figures/parts/figure_data.h"
#include "isoshape/v1/figure.pb.h"
#include "scaling/reports/law_options.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// Sentences of figures.

// `N, training FLOPs per token / 6`, `N, parameters`.
std::string SizeLabel(SizeMeasure measure);

// How intervals and whiskers were made, and what else `rule` says, one
// sentence.
std::string MethodOf(const Runs& runs, const LawOptions& options,
                     const std::string& rule);

// How intervals were made, one sentence; empty if there are none.
std::string IntervalSentence(const Runs& runs, const LawOptions& options);

// FAILED_PRECONDITION that no run has that budget, with those that there are.
absl::Status NoSuchBudget(const FigureData& data, double budget);

// FAILED_PRECONDITION that `what` (`trends`) needs the budgets of the runs, and
// how a file gives them.
absl::Status NeedsBudgets(absl::string_view what);

// The best run of the largest compute, for figures without a fit.
std::string BestSentence(const Runs& runs);

// A warning if the axes leave out measured points that lie far from the others.
void WarnOfBeyond(const AxisRange& x, const AxisRange& y, v1::Figure& figure);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_SENTENCES_H_
