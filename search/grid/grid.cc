#include "search/grid/grid.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/counted.h"
#include "common/text/format_number.h"
#include "scaling/statistics/line.h"
#include "search/grid/budget_stage.h"
#include "search/grid/shared_ladders.h"
#include "search/in_flight.h"
#include "search/problem.h"
#include "search/trial_index.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// Bounds of the slope of log size over log budget: published ones lie between
// 0.4 and 0.75.
constexpr double kMinSlope = 0.3;
constexpr double kMaxSlope = 0.8;

// (log budget, log optimal size) of a budget that is through.
using Optima = std::vector<std::pair<double, double>>;

// By the line over the optima with its slope clipped, 1/2 for a lone one.
double ExtrapolatedCenter(const Optima& optima, double budget_flops) {
  std::vector<double> budgets, sizes;
  double x_mean = 0, y_mean = 0;
  for (const auto& [x, y] : optima) {
    budgets.push_back(x);
    sizes.push_back(y);
    x_mean += x / static_cast<double>(optima.size());
    y_mean += y / static_cast<double>(optima.size());
  }
  double slope = 0.5;
  if (optima.size() > 1) {
    slope = std::clamp(FitLine(budgets, sizes).slope, kMinSlope, kMaxSlope);
  }
  return std::exp(y_mean + slope * (std::log(budget_flops) - x_mean));
}

std::string SizeReason(const BudgetStage& stage, size_t rung, double budget) {
  const Shape& shape = stage.ladder[rung];
  std::string reason = absl::StrFormat(
      "size %s, %d of %d at %s FLOPs, width/depth %.3g",
      FormatCount(EffectiveSize(shape)), rung + 1, stage.ladder.size(),
      FormatFlops(budget), AspectRatio(shape));
  if (stage.rounds > 0) {
    absl::StrAppend(&reason, "; the ",
                    stage.edge_is_larger ? "largest" : "smallest",
                    " size before it had the least loss");
  }
  return reason;
}

std::string AspectReason(const AspectGroup& group, const Shape& shape,
                         double budget) {
  const Shape& reference = group.reference;
  const double aspect = AspectRatio(shape);
  if (shape == reference) {
    return absl::StrFormat(
        "width/depth %.3g at size %s near the best of %s FLOPs, where other "
        "aspect ratios have equal FLOPs per token",
        aspect, FormatCount(EffectiveSize(shape)), FormatFlops(budget));
  }
  return absl::StrFormat(
      "width/depth %.3g (%s than %.3g) at size %s, at or near the best of %s "
      "FLOPs; "
      "FLOPs per token %+.2f %%",
      aspect, aspect > AspectRatio(reference) ? "wider" : "deeper",
      AspectRatio(reference), FormatCount(EffectiveSize(reference)),
      FormatFlops(budget),
      100 * (EffectiveSize(shape) / EffectiveSize(reference) - 1));
}

// Of the sizes that a user left out; empty if there are none.
std::string ExcludedNote(const BudgetStage& stage) {
  if (stage.excluded == 0) return "";
  return absl::StrFormat("%d of %s left out by a user, ", stage.excluded,
                         Counted(std::ssize(stage.ladder), "size"));
}

std::string NoLossNote(const BudgetStage& stage, double budget) {
  const size_t sizes = stage.ladder.size();
  std::string note = absl::StrFormat("budget %s FLOPs: ", FormatFlops(budget));
  if (static_cast<size_t>(stage.excluded) == sizes) {
    return absl::StrCat(note, "all ", sizes,
                        " sizes left out by a user, so nothing more is "
                        "proposed (include some again to go on)");
  }
  absl::StrAppend(&note, ExcludedNote(stage));
  absl::StrAppend(
      &note,
      stage.excluded > 0 ? "the others" : absl::StrCat("all ", sizes, " sizes"),
      " ended without a loss, so nothing more is proposed (see the errors of "
      "its trials)");
  return note;
}

std::string BracketNote(const BudgetStage& stage, double budget) {
  std::string where = absl::StrFormat("budget %s FLOPs: ", FormatFlops(budget));
  if (stage.failed > 0) {
    absl::StrAppendFormat(&where, "%d of %s failed and say nothing, ",
                          stage.failed,
                          Counted(std::ssize(stage.ladder), "size"));
  }
  absl::StrAppend(&where, ExcludedNote(stage));
  if (stage.bracket == Bracket::kInside) {
    return absl::StrFormat(
        "%sleast loss near size %s, with worse sizes on either side", where,
        FormatCount(stage.optimum));
  }
  return absl::StrFormat(
      "%sleast loss at the %s size tried, %s, so the optimum is not "
      "bracketed (%s)",
      where, stage.edge_is_larger ? "largest" : "smallest",
      FormatCount(stage.optimum),
      stage.failed > 0     ? "what lies beyond failed, or is not feasible"
      : stage.excluded > 0 ? "what lies beyond was left out, or is not feasible"
      : stage.rounds > 0   ? "extended as far as allowed or feasible"
                           : "nothing beyond it is feasible");
}

// One call of Propose: the problem, the history, and what has been gathered.
class GridStep {
 public:
  GridStep(const GridOptions& options, const SearchProblem& problem,
           const std::vector<PastTrial>& history)
      : options_(options), problem_(problem), index_(problem, history) {}

  // One budget after the other: the centre of each is extrapolated from the
  // optima before it, and its sizes go with the aspect ratios of those.
  Proposals FollowBudgets() {
    Optima optima;
    const double first_budget = problem_.budgets.front();
    for (size_t b = 0; b < problem_.budgets.size(); ++b) {
      const double budget = problem_.budgets[b];
      const double center =
          optima.empty() ? FirstCenter(options_.center_size, first_budget) *
                               std::sqrt(budget / first_budget)
                         : ExtrapolatedCenter(optima, budget);
      absl::StatusOr<Ladder> first =
          BaseLadder(SpecOfBudget(options_, problem_, b), center);
      if (!first.ok()) {
        notes_.push_back(std::string(first.status().message()));
        continue;
      }
      const BudgetStage stage =
          StageOfBudget(options_, problem_, index_, b, *std::move(first));
      if (stage.bracket == Bracket::kWaiting) {
        AddSizes(b, stage);
        notes_.erase(notes_.begin(), notes_.end() - std::min<std::ptrdiff_t>(
                                                        2, std::ssize(notes_)));
        return Answer(/*done=*/false);
      }
      if (stage.bracket == Bracket::kNoLoss) {
        notes_ = {NoLossNote(stage, budget)};
        return Answer(proposals_.trials.empty());
      }
      optima.emplace_back(std::log(budget), std::log(stage.optimum));
      AddAspects(b, stage);
    }
    return Answer(proposals_.trials.empty());
  }

  // All budgets at a time, from one ladder of sizes. A round (sizes, then what
  // extends them, then aspect ratios) is proposed when the one before has ended
  // at every budget, so that what it shares does not depend on what ends first.
  Proposals AllBudgetsTogether() {
    std::vector<std::pair<size_t, BudgetStage>> bracketed;
    int running = 0;
    bool waiting = false;
    const std::vector<absl::StatusOr<Ladder>> ladders =
        SharedLadders(options_, problem_);
    for (size_t b = 0; b < problem_.budgets.size(); ++b) {
      if (!ladders[b].ok()) {
        notes_.push_back(std::string(ladders[b].status().message()));
        continue;
      }
      BudgetStage stage =
          StageOfBudget(options_, problem_, index_, b, *ladders[b]);
      running += stage.waiting;
      if (stage.bracket == Bracket::kWaiting) {
        waiting = true;
        AddSizes(b, stage);
      } else if (stage.bracket == Bracket::kNoLoss) {
        notes_.push_back(NoLossNote(stage, problem_.budgets[b]));
      } else {
        bracketed.emplace_back(b, std::move(stage));
      }
    }
    if (running > 0) proposals_.trials.clear();  // they are for the next round
    if (waiting) return Answer(/*done=*/false);
    for (const auto& [b, stage] : bracketed) AddAspects(b, stage);
    return Answer(proposals_.trials.empty());
  }

 private:
  // The trials of a stage's sizes that are not in the history.
  void AddSizes(size_t b, const BudgetStage& stage) {
    const double budget = problem_.budgets[b];
    const size_t before = proposals_.trials.size();
    for (size_t i = 0; i < stage.ladder.size(); ++i) {
      index_.AppendMissing(b, stage.ladder[i], SizeReason(stage, i, budget),
                           &proposals_.trials);
    }
    const int open =
        stage.waiting + static_cast<int>(proposals_.trials.size() - before);
    notes_.push_back(absl::StrFormat(
        "budget %s FLOPs: %s%s, %s", FormatFlops(budget),
        Counted(static_cast<int64_t>(stage.ladder.size()), "size"),
        stage.rounds == 0
            ? ""
            : absl::StrCat(", ", stage.ladder.size() - stage.first_round,
                           " of them beyond the ",
                           stage.edge_is_larger ? "largest" : "smallest",
                           " where the loss was least"),
        WaitingText(open)));
  }

  void AddAspects(size_t b, const BudgetStage& stage) {
    const double budget = problem_.budgets[b];
    int waiting = 0;
    const AspectGroup group = GroupOfAspects(options_, problem_, b, stage.best,
                                             options_.aspect_ratios - 1);
    // A reference that is a size of the ladder is in the history already.
    std::vector<Shape> shapes = group.variants;
    if (!shapes.empty()) shapes.insert(shapes.begin(), group.reference);
    for (const Shape& shape : shapes) {
      const ShapeOutcome outcome = index_.Outcome(b, shape);
      waiting += outcome.waiting + outcome.missing;
      index_.AppendMissing(b, shape, AspectReason(group, shape, budget),
                           &proposals_.trials);
    }
    std::string note = BracketNote(stage, budget);
    absl::StrAppend(
        &note, ", ", group.variants.size() + 1,
        group.variants.empty() ? " aspect ratio" : " aspect ratios");
    if (static_cast<int>(group.variants.size()) + 1 < options_.aspect_ratios) {
      absl::StrAppend(&note,
                      " (no more at equal FLOPs per token: a lower "
                      "ffn_multiple or head_dim gives more)");
    }
    if (waiting > 0) absl::StrAppend(&note, ", ", WaitingText(waiting));
    notes_.push_back(std::move(note));
  }

  Proposals Answer(bool done) {
    proposals_.done = done;
    proposals_.note = absl::StrJoin(notes_, "; ");
    return std::move(proposals_);
  }

  const GridOptions& options_;
  const SearchProblem& problem_;
  const TrialIndex index_;
  Proposals proposals_;
  std::vector<std::string> notes_;
};

}  // namespace

absl::StatusOr<Proposals> GridSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  absl::Status status = CheckProblem(problem, history.empty());
  if (!status.ok()) return status;

  GridStep step(options_, problem, history);
  if (options_.share_trunks) return step.AllBudgetsTogether();
  Proposals proposals = step.FollowBudgets();
  proposals.later_flops =
      LaterFlops(problem, Expect(problem), history, proposals.trials);
  return proposals;
}

Outlook GridSearch::Expect(const SearchProblem& problem) const {
  if (options_.share_trunks) return Outlook();
  return OutlookOfEach(problem, Outlook::Kind::kAbout,
                       options_.sizes + options_.aspect_ratios - 1);
}

}  // namespace isoshape
