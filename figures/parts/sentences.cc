#include "figures/parts/sentences.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "common/text/sorted_unique.h"
#include "figures/parts/marks.h"
#include "scaling/runs/budget_levels.h"

namespace isoshape {

std::string SizeLabel(SizeMeasure measure) {
  return measure == SizeMeasure::kFlopsPerToken
             ? "N, training FLOPs per token / 6"
             : "N, parameters";
}

std::string IntervalSentence(const Runs& runs, const LawOptions& options) {
  const auto resampling = ResamplingOf(runs, options);
  const std::string made =
      resampling.ok() ? IntervalMethod(runs, options, *resampling) : "";
  if (made.empty()) return "";
  return absl::StrFormat("Intervals and bands: %g %%, %s.", 100 * options.level,
                         made);
}

std::string MethodOf(const Runs& runs, const LawOptions& options,
                     const std::string& rule) {
  std::string text = IntervalSentence(runs, options);
  absl::StrAppend(&text, text.empty() ? "" : " ",
                  "Whiskers of measured points: one standard error over seeds, "
                  "or over held-out batches of a single run.");
  if (!rule.empty()) absl::StrAppend(&text, " Optima: ", rule, ".");
  return text;
}

absl::Status NoSuchBudget(const FigureData& data, double budget) {
  if (data.runs->budget.empty()) {
    return absl::FailedPreconditionError(
        "the runs have no budgets to draw one of; leave budget_flops out");
  }
  const std::vector<double> budgets = SortedUnique(data.runs->budget);
  return absl::FailedPreconditionError(absl::StrFormat(
      "no run has succeeded at budget_flops %s; there are results at %s",
      BudgetText(budget),
      absl::StrJoin(budgets, ", ", [](std::string* out, double one) {
        out->append(BudgetText(one));
      })));
}

absl::Status NeedsBudgets(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(
      what,
      " need the budget of every run: name its column (--column budget=NAME), "
      "such as the one of FLOPs if it is equal over a level; the kinds surface "
      "and envelope need none"));
}

std::string BestSentence(const Runs& runs) {
  if (runs.rows() == 0) return "Nothing has been measured yet.";
  const std::vector<double> levels = runs.ComputeLevels();
  const double largest = *std::max_element(levels.begin(), levels.end());
  size_t best = runs.rows();
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (levels[i] < largest) continue;
    if (best == runs.rows() || runs.loss[i] < runs.loss[best]) best = i;
  }
  return absl::StrFormat(
      "The best of %s at the largest compute, %s FLOPs, has size %s and a "
      "loss of %s.",
      Counted(runs.rows(), "run"), FormatFlops(largest),
      FormatCount(runs.size[best]), FormatLoss(runs.loss[best]));
}

void WarnOfBeyond(const AxisRange& x, const AxisRange& y, v1::Figure& figure) {
  const int64_t beyond = x.Beyond() + y.Beyond();
  if (beyond == 0) return;
  figure.add_warnings(absl::StrFormat(
      "%d measured %s so far from the others that the axes leave %s out",
      beyond, beyond == 1 ? "value lies" : "values lie",
      beyond == 1 ? "it" : "them"));
}

}  // namespace isoshape
