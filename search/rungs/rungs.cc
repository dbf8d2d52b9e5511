#include "search/rungs/rungs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/format_number.h"
#include "scaling/laws/weak_prior.h"
#include "shape/feasible.h"

namespace isoshape {

SpreadOptions RungSpread(double min_budget, double max_budget) {
  constexpr double kReach = 3;
  const double low = PriorSize(min_budget);
  const double high = PriorSize(max_budget);
  return {.size_range = kReach * std::sqrt(high / low),
          .center_size = std::sqrt(low * high)};
}

namespace {

// 27 / 3 is 9, whatever the rounding of eta.
constexpr double kRounding = 1e-9;

}  // namespace

int64_t WinnersOf(int64_t ranked, double eta) {
  return static_cast<int64_t>(
      std::floor(static_cast<double>(ranked) / eta + kRounding));
}

int64_t LeastWithWinners(int64_t winners, double eta) {
  return static_cast<int64_t>(
      std::ceil((static_cast<double>(winners) - kRounding) * eta));
}

int64_t ReachingLast(int64_t drawn, double eta, int rungs) {
  for (int rung = 1; rung < rungs && drawn > 0; ++rung) {
    drawn = WinnersOf(drawn, eta);
  }
  return drawn;
}

int64_t LeastToReach(double eta, int rungs, int64_t max) {
  int64_t least = 1;
  for (int rung = 1; rung < rungs && least <= max; ++rung) {
    // eta is checked after defaults are made of it, and may be anything.
    if (static_cast<double>(least) * eta > static_cast<double>(max) + 1) {
      return max + 1;
    }
    least = LeastWithWinners(least, eta);
  }
  return least;
}

void AddHalving(const SearchProblem& problem, double eta, size_t first,
                int64_t drawn, Outlook& outlook) {
  outlook.trials.resize(problem.budgets.size());
  for (size_t b = first; b < problem.budgets.size(); ++b) {
    outlook.trials[b] += drawn * problem.seeds;
    drawn = WinnersOf(drawn, eta);
  }
}

std::vector<Shape> Rung::Winners(double eta) const {
  const auto quota =
      static_cast<size_t>(WinnersOf(static_cast<int64_t>(ranked), eta));
  return {best.begin(),
          best.begin() + static_cast<ptrdiff_t>(std::min(quota, best.size()))};
}

Rung RungOf(const TrialIndex& index, size_t budget,
            const std::vector<Shape>& shapes) {
  Rung rung;
  rung.shapes = shapes.size();
  std::vector<std::pair<double, size_t>> losses;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const ShapeOutcome outcome = index.Outcome(budget, shapes[i]);
    rung.waiting += outcome.waiting + outcome.missing;
    if (!outcome.ended()) continue;
    if (!outcome.loss.has_value()) {
      ++(outcome.failed ? rung.failed : rung.excluded);
      continue;
    }
    ++rung.ranked;
    if (std::isfinite(*outcome.loss)) losses.emplace_back(*outcome.loss, i);
  }
  std::sort(losses.begin(), losses.end());
  for (const auto& [loss, i] : losses) rung.best.push_back(shapes[i]);
  return rung;
}

bool RungProposals::Add(size_t budget, const Shape& shape, Reason reason) {
  if (!FeasibilityProblem(problem_.space, shape,
                          problem_.tokens_per_step[budget],
                          problem_.budgets[budget])
           .empty()) {
    return false;
  }
  // Most of what a rung holds is in the history.
  if (index_.Outcome(budget, shape).missing > 0 &&
      added_.insert({budget, shape.depth, shape.width, shape.ffn_width})
          .second) {
    index_.AppendMissing(budget, shape, reason(), &trials_);
  }
  return true;
}

std::string BestOfRungs(const SearchProblem& problem, const TrialIndex& index,
                        const std::vector<Rung>& rungs) {
  const size_t first = problem.budgets.size() - rungs.size();
  for (size_t k = rungs.size(); k-- > 0;) {
    if (rungs[k].best.empty()) continue;
    const Shape& shape = rungs[k].best.front();
    return absl::StrFormat("%s at %s FLOPs, loss %.4g", ShapeLabel(shape),
                           FormatFlops(problem.budgets[first + k]),
                           *index.Outcome(first + k, shape).loss);
  }
  return "";
}

std::string EndedText(const SearchProblem& problem, size_t first,
                      const std::vector<Rung>& rungs) {
  std::string text;
  for (size_t k = 0; k < rungs.size(); ++k) {
    absl::StrAppendFormat(&text, "%s%d at %s", k > 0 ? ", " : "",
                          rungs[k].ranked,
                          FormatFlops(problem.budgets[first + k]));
    std::vector<std::string> others;
    if (rungs[k].failed > 0) {
      others.push_back(absl::StrCat(rungs[k].failed, " failed"));
    }
    if (rungs[k].excluded > 0) {
      others.push_back(absl::StrCat(rungs[k].excluded, " left out by a user"));
    }
    if (!others.empty()) {
      absl::StrAppend(&text, " (", absl::StrJoin(others, ", "), ")");
    }
  }
  return text;
}

}  // namespace isoshape
