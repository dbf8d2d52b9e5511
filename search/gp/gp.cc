#include "search/gp/gp.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "search/kriging/improvement.h"
#include "search/kriging/round.h"
#include "search/problem.h"

namespace isoshape {
namespace {

KrigingWords WordsOf(const GpOptions& options) {
  return {.name = "Gaussian process",
          .model = "Gaussian process",
          .promised = "improvement that is still expected",
          .done = absl::StrFormat(
              "no budget with trials left is expected to improve by %g %%",
              100 * options.tolerance)};
}

// Promises the expected improvement on the best shape of a budget, a share of
// its loss.
class Round final : public KrigingRound {
 public:
  Round(const GpOptions& options, const SearchProblem& problem,
        const std::vector<PastTrial>& history)
      : KrigingRound({.draw = options.draw,
                      .in_flight = options.in_flight,
                      .tolerance = options.tolerance,
                      .start_trials = options.start_trials,
                      // So that the slope in compute is known.
                      .start_budgets = 2},
                     WordsOf(options), problem, history),
        cost_(options.cost, problem.space, history) {}

 private:
  // The least loss that is expected of what was tried at each budget; of one at
  // which nothing was, of its candidates.
  void Begin() override {
    const double none = std::numeric_limits<double>::infinity();
    incumbent_.assign(problem().budgets.size(), none);
    for (size_t i = 0; i < past().size(); ++i) {
      if (!PlaceOfPast(i)) continue;
      double& best = incumbent_[past()[i].budget];
      best = std::min(best, forecast().mean(*PlaceOfPast(i)));
    }
    const std::vector<double> of_past = incumbent_;
    for (size_t i = 0; i < candidates().size(); ++i) {
      const size_t b = candidates()[i].budget;
      if (of_past[b] < none) continue;
      incumbent_[b] = std::min(incumbent_[b], forecast().mean(i));
    }
  }

  double LogPromise(size_t candidate) const override {
    return LogExpectedImprovement(forecast().mean(candidate),
                                  forecast().deviation(candidate),
                                  incumbent_[candidates()[candidate].budget]);
  }

  double LnCost(size_t candidate) const override {
    const ShapeCandidate& one = candidates()[candidate];
    return cost_.in_seconds() ? cost_.LnCost(one.point)
                              : frame().ln_budgets[one.budget];
  }

  std::string PromiseText(size_t candidate) const override {
    const ShapeCandidate& one = candidates()[candidate];
    const std::string seconds = cost_.SecondsText(one.point);
    return absl::StrFormat(
        "expected to improve the best loss at %s FLOPs by %.2g %%, most for "
        "its cost%s: %s, and of the best there %.4g",
        FormatFlops(problem().budgets[one.budget]),
        100 * std::exp(LogPromise(candidate)),
        seconds.empty() ? "" : absl::StrCat(" of ", seconds),
        ExpectedLossText(candidate), std::exp(incumbent_[one.budget]));
  }

  void Took(size_t candidate) override {
    double& best = incumbent_[candidates()[candidate].budget];
    best = std::min(best, forecast().mean(candidate));
  }

  std::string StandText() const override {
    const PastShape* best = nullptr;
    for (const PastShape& one : past()) {
      if (!one.has_loss()) continue;
      if (best == nullptr || one.budget > best->budget ||
          (one.budget == best->budget &&
           *one.outcome.loss < *best->outcome.loss)) {
        best = &one;
      }
    }
    std::string text = cost_.Note();
    if (best == nullptr) return text;
    absl::StrAppendFormat(
        &text, "; best %s at %s FLOPs, loss %.4g", ShapeLabel(best->shape),
        FormatFlops(problem().budgets[best->budget]), *best->outcome.loss);
    return text;
  }

  const RunCost cost_;
  std::vector<double> incumbent_;  // ln loss, by budget
};

}  // namespace

absl::StatusOr<Proposals> GpSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  return Round(options_, problem, history).Answer();
}

}  // namespace isoshape
