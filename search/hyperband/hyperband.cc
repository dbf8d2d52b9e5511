#include "search/hyperband/hyperband.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "search/in_flight.h"
#include "search/problem.h"
#include "search/rungs/rungs.h"
#include "search/trial_index.h"

namespace isoshape {
namespace {

// A bracket: the rungs from budget `first` on, as far as they were reached.
struct Bracket {
  size_t first = 0;
  size_t asked = 0;  // shapes
  std::vector<Rung> rungs = {};
  int infeasible = 0;

  int waiting() const { return rungs.back().waiting; }
};

// Follows a bracket from its draw to the rung that is not full yet, and adds
// what that rung lacks.
Bracket Follow(const HyperbandOptions& options, const SearchProblem& problem,
               const TrialIndex& index, size_t first, std::vector<Shape> shapes,
               RungProposals& proposals) {
  Bracket bracket = {.first = first};
  const size_t drawn = shapes.size();
  std::string from = "drawn there";
  for (size_t b = first; b < problem.budgets.size(); ++b) {
    std::vector<Shape> feasible;
    for (size_t i = 0; i < shapes.size(); ++i) {
      const auto reason = [&] {
        return absl::StrFormat(
            "Hyperband: bracket of %d shapes from %s FLOPs, number %d of %d at "
            "%s, %s",
            drawn, FormatFlops(problem.budgets[first]), i + 1, shapes.size(),
            FormatFlops(problem.budgets[b]), from);
      };
      if (proposals.Add(b, shapes[i], reason)) {
        feasible.push_back(shapes[i]);
      } else {
        ++bracket.infeasible;
      }
    }
    bracket.rungs.push_back(RungOf(index, b, feasible));
    const Rung& rung = bracket.rungs.back();
    if (rung.waiting > 0) break;
    from = absl::StrFormat("best 1 / %g of %d that ended at %s", options.eta,
                           rung.ranked, FormatFlops(problem.budgets[b]));
    shapes = rung.Winners(options.eta);
    if (shapes.empty()) break;
  }
  return bracket;
}

std::string TextOf(const SearchProblem& problem, const Bracket& bracket) {
  std::string text = EndedText(problem, bracket.first, bracket.rungs);
  absl::StrAppend(&text,
                  FewerText(bracket.rungs.front().shapes, bracket.asked));
  if (bracket.infeasible > 0) {
    absl::StrAppend(&text, ", ", bracket.infeasible,
                    " not feasible at the next budget");
  }
  return text;
}

// `waiting`: trials, of which brackets may share one.
std::string NoteOn(const SearchProblem& problem, const TrialIndex& index,
                   const std::vector<Bracket>& brackets, int64_t waiting) {
  std::string note = "Hyperband; ended:";
  // The best of the largest budget that any bracket has reached.
  std::vector<Rung> all(problem.budgets.size());
  for (size_t k = 0; k < brackets.size(); ++k) {
    const Bracket& bracket = brackets[k];
    absl::StrAppend(&note, k > 0 ? "; bracket " : " bracket ", k + 1, ": ",
                    TextOf(problem, bracket));
    for (size_t r = 0; r < bracket.rungs.size(); ++r) {
      const std::vector<Shape>& best = bracket.rungs[r].best;
      std::vector<Shape>& there = all[bracket.first + r].best;
      there.insert(there.end(), best.begin(), best.end());
    }
  }
  for (size_t b = 0; b < all.size(); ++b) {
    all[b] = RungOf(index, b, all[b].best);
  }
  const std::string best = BestOfRungs(problem, index, all);
  if (!best.empty()) absl::StrAppend(&note, "; best ", best);
  if (waiting > 0) {
    absl::StrAppend(&note, "; ", WaitingText(waiting));
  }
  return note;
}

}  // namespace

int64_t BracketShapes(size_t budgets, size_t later, double eta) {
  // 5 / 1 * 3^0 is 5, whatever the rounding.
  constexpr double kRounding = 1e-9;
  const double shapes = static_cast<double>(budgets) /
                        static_cast<double>(later + 1) *
                        std::pow(eta, static_cast<double>(later));
  return static_cast<int64_t>(std::ceil(shapes * (1 - kRounding)));
}

HyperbandSearch::Draw HyperbandSearch::DrawOf(const SearchProblem& problem,
                                              int round, size_t first) const {
  const size_t budgets = problem.budgets.size();
  SpreadOptions draw = options_.draw;
  draw.trials_per_budget = static_cast<int>(
      BracketShapes(budgets, budgets - 1 - first, options_.eta));
  // Points by bracket and round, so that more budgets or rounds change none of
  // those that were drawn.
  return {.asked = draw.trials_per_budget,
          .shapes = DrawShapes(
              draw, problem, first,
              FirstCenter(draw.center_size, problem.budgets.front()),
              StreamOf(problem.budgets[first], static_cast<uint64_t>(round)),
              RandomPoint)};
}

absl::StatusOr<Proposals> HyperbandSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  const TrialIndex index(problem, history);
  RungProposals proposals(problem, index);
  Proposals answer;
  std::vector<Bracket> brackets;
  Outlook outlook = {.kind = Outlook::Kind::kAtMost};
  for (int round = 0; round < options_.rounds; ++round) {
    for (size_t first = 0; first < problem.budgets.size(); ++first) {
      Draw draw = DrawOf(problem, round, first);
      if (!draw.shapes.ok()) {
        absl::StrAppend(&answer.note, draw.shapes.status().message(), "; ");
        continue;
      }
      AddHalving(problem, options_.eta, first,
                 static_cast<int64_t>(draw.shapes->size()), outlook);
      Bracket& bracket = brackets.emplace_back(Follow(
          options_, problem, index, first, *std::move(draw.shapes), proposals));
      bracket.asked = static_cast<size_t>(draw.asked);
    }
  }
  answer.trials = proposals.Take();
  const auto added = static_cast<int64_t>(answer.trials.size());
  answer.note +=
      NoteOn(problem, index, brackets, CountWaiting(history) + added);
  answer.done = true;
  for (const Bracket& bracket : brackets) {
    if (bracket.waiting() > 0) answer.done = false;
  }
  answer.later_flops = LaterFlops(problem, outlook, history, answer.trials);
  return answer;
}

Outlook HyperbandSearch::Expect(const SearchProblem& problem) const {
  Outlook outlook = {.kind = Outlook::Kind::kAtMost};
  for (int round = 0; round < options_.rounds; ++round) {
    for (size_t first = 0; first < problem.budgets.size(); ++first) {
      const Draw draw = DrawOf(problem, round, first);
      if (!draw.shapes.ok()) continue;
      AddHalving(problem, options_.eta, first,
                 static_cast<int64_t>(draw.shapes->size()), outlook);
    }
  }
  return outlook;
}

}  // namespace isoshape
