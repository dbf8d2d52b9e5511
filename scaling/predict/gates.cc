#include "scaling/predict/gates.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "scaling/allocation/allocation.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/predict/refusal.h"
#include "scaling/reports/report_parts.h"
#include "scaling/runs/size_remedy.h"
#include "scaling/surface/curvature_test.h"
#include "scaling/surface/far_off.h"

namespace isoshape {
namespace {

// A law that finds the best size of the budget left out no nearer than by this
// factor is not followed.
constexpr double kMaxSizeMiss = 2;
// A best size must have been passed among the runs of this share of the largest
// compute or more: runs on either side of it, or within this factor of it.
constexpr double kTopFlops = 10;
constexpr double kAtBest = 1.1;
// A law without priors is followed only if there are so many different runs for
// each of its parameters: resamples of fewer are no measure of its error.
constexpr int kRunsAParameter = 2;

// The optimum of the largest budget that has one; null if none has.
const BudgetOptimum* LargestBracketed(const IsoflopFit* fit) {
  if (fit == nullptr || fit->Bracketed().empty()) return nullptr;
  return &fit->budgets[static_cast<size_t>(fit->Bracketed().back())];
}

absl::Status NotIdentified(const std::vector<std::string>& figures,
                           const std::string& detail) {
  return NotFollowed(
      absl::StrCat(absl::StrJoin(figures, " and "),
                   figures.size() == 1 ? " is" : " are",
                   " not identified; add runs of more compute, or seeds"),
      detail);
}

}  // namespace

absl::Status CheckTrial(const std::optional<SizeBacktest>& tried,
                        bool only_if_tried) {
  if (!tried) {
    if (!only_if_tried) return absl::OkStatus();
    return NotFollowed(
        "it could not be tried on the size of a budget left out; add budgets");
  }
  const double off = tried->predicted / tried->measured;
  if (std::abs(std::log(off)) <= std::log(kMaxSizeMiss)) {
    return absl::OkStatus();
  }
  return NotFollowed(
      "it misses the best size of a budget left out by more than a factor of "
      "2; add budgets, or seeds",
      absl::StrFormat("predicted from a quarter of its compute or less, that "
                      "at %s FLOPs comes out %.3g times the measured one, "
                      "%s",
                      FormatFlops(tried->flops), off,
                      FormatCount(tried->measured)));
}

absl::Status CheckBracketed(
    const Runs& runs, const PredictionQuestion& question,
    const std::function<double(double flops)>& best_size,
    const IsoflopFit* measured) {
  // Runs that repeat their text lie off their best size by intention: they tell
  // what repeating is worth, and a best size is passed among the others.
  const double corpus = question.fit.corpus_tokens.value_or(
      std::numeric_limits<double>::infinity());
  std::vector<double> flops = runs.TrainingFlops();
  for (size_t i = 0; i < flops.size(); ++i) {
    if (runs.tokens[i] > corpus) flops[i] = 0;
  }
  const double largest = *std::max_element(flops.begin(), flops.end());
  if (largest == 0) {
    return NotFollowed(absl::StrFormat(
        "every run repeats the %s tokens of the corpus, so no best size was "
        "passed; add runs of fewer tokens",
        FormatCount(corpus)));
  }
  bool smaller = false;
  bool larger = false;
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (size_t i = 0; i < flops.size(); ++i) {
    if (flops[i] < largest / kTopFlops) continue;
    const double off = runs.size[i] / best_size(flops[i]);
    smaller = smaller || off <= kAtBest;
    larger = larger || off >= 1 / kAtBest;
    least = std::min(least, runs.size[i]);
    most = std::max(most, runs.size[i]);
  }
  if (smaller && larger) return absl::OkStatus();
  const BudgetOptimum* const seen =
      question.fit.corpus_tokens ? nullptr : LargestBracketed(measured);
  if (seen != nullptr && seen->curve.budget >= largest / kTopFlops) {
    return NotFollowed(
        "it puts the best size of the largest runs beyond all that were tried, "
        "while one was passed there; add budgets, or seeds",
        absl::StrFormat(
            "its best size at %s FLOPs, %s, is %s than that of every run "
            "of a tenth of that compute or more, and that of %s FLOPs was "
            "measured as %s",
            FormatFlops(largest), FormatCount(best_size(largest)),
            smaller ? "larger" : "smaller", FormatFlops(seen->curve.budget),
            FormatCount(seen->size.value)));
  }
  const SizesTried tried{.flops = largest,
                         .smallest = least,
                         .largest = most,
                         .measure = runs.measure};
  return NotFollowed(
      absl::StrCat(
          "no best size was passed among the largest runs; ",
          RemedyText(smaller ? SizeRemedy::kLarger : SizeRemedy::kSmaller,
                     tried)),
      absl::StrFormat(
          "its best size at %s FLOPs, %s, is %s than that of every run of "
          "a tenth of that compute or more",
          FormatFlops(largest), FormatCount(best_size(largest)),
          smaller ? "larger" : "smaller"),
      Remedy::kSide);
}

absl::StatusOr<SurfaceFit> FitSurfaceFor(const Runs& runs,
                                         const PredictionQuestion& question) {
  ISOSHAPE_ASSIGN_OR_RETURN(const ComputeRule rule, RuleOf(runs, question.fit));
  return FitSurface(runs, rule, RatiosTell(runs));
}

absl::Status CheckCurved(const absl::StatusOr<SurfaceFit>& surface,
                         const Runs& runs, const PredictionQuestion& question) {
  const Allocation allocation = AllocationOf(question);
  // The law of repeated text is the only one of its runs.
  if (allocation.fixed() || allocation.target_loss ||
      question.fit.corpus_tokens) {
    return absl::OkStatus();
  }
  ISOSHAPE_ASSIGN_OR_RETURN(const ComputeRule rule, RuleOf(runs, question.fit));
  if (!surface.ok()) return absl::OkStatus();
  const std::string flat = FlatCurves(*surface, runs, rule, question.fit.level);
  return flat.empty() ? absl::OkStatus() : NotFollowed(flat);
}

absl::Status CheckNoOutliers(const absl::StatusOr<SurfaceFit>& surface,
                             const Runs& runs) {
  if (!surface.ok()) return absl::OkStatus();
  const std::string far_off = FarOff(*surface, runs);
  return far_off.empty() ? absl::OkStatus() : NotFollowed(kFarOffDraw, far_off);
}

absl::Status CheckScatter(const absl::StatusOr<SurfaceFit>& surface,
                          const Runs& runs) {
  const std::string wide = surface.ok() ? WideScatter(*surface, runs) : "";
  return wide.empty() ? absl::OkStatus() : NotFollowed(wide);
}

absl::Status CheckRunsEnough(Law law, const Runs& runs, const LawOptions& fit,
                             const RunGeometry& geometry) {
  if (law == Law::kSurface || law == Law::kIsoflop) return absl::OkStatus();
  if (!geometry.one_budget.empty()) return NotFollowed(geometry.one_budget);
  const int parameters = FittedParameters(law, runs, fit);
  if (geometry.different >= kRunsAParameter * parameters) {
    return absl::OkStatus();
  }
  return NotFollowed(
      absl::StrFormat("%d different runs are too few; add runs",
                      geometry.different),
      absl::StrFormat("intervals of its %d parameters need %d for each",
                      parameters, kRunsAParameter));
}

absl::Status CheckTrendOptimum(const OptimumPrediction& optimum) {
  std::vector<std::string> names;
  std::string detail;
  for (const auto& [name, estimate] : {std::pair("size", &optimum.size),
                                       std::pair("tokens", &optimum.tokens)}) {
    std::string reason = UnidentifiedBy(*estimate);
    if (reason.empty()) reason = WideInterval(name, *estimate);
    if (reason.empty()) continue;
    names.emplace_back(name);
    absl::StrAppend(&detail, detail.empty() ? "" : "; ", reason);
  }
  return names.empty() ? absl::OkStatus() : NotIdentified(names, detail);
}

absl::Status CheckProblems(const LawPrediction& prediction,
                           const RunGeometry& geometry) {
  const std::vector<std::string>& problems = prediction.problems;
  if (problems.empty()) return absl::OkStatus();
  std::vector<std::string> figures;
  for (const LawFigure& figure : prediction.figures) {
    const bool named = std::any_of(
        problems.begin(), problems.end(),
        [&](const auto& problem) { return problem == ProblemOf(figure); });
    if (named) figures.push_back(figure.name);
  }
  if (figures.size() < problems.size()) {
    return NotFollowed(absl::StrJoin(problems, "; "));
  }
  const std::string detail = absl::StrJoin(problems, "; ");
  return geometry.one_budget.empty() ? NotIdentified(figures, detail)
                                     : NotFollowed(geometry.one_budget, detail);
}

}  // namespace isoshape
