#include "search/asha/asha.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status/status_macros.h"
#include "common/text/format_number.h"
#include "search/in_flight.h"
#include "search/near_failure.h"
#include "search/problem.h"
#include "search/rungs/rungs.h"
#include "search/trial_index.h"

namespace isoshape {
namespace {

// One answer of the search.
class Round {
 public:
  Round(const AshaOptions& options, const SearchProblem& problem,
        const std::vector<PastTrial>& history, std::vector<Shape> drawn)
      : options_(options),
        problem_(problem),
        index_(problem, history),
        drawn_(std::move(drawn)),
        in_flight_(history, options.in_flight),
        proposals_(problem, index_) {
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      members_.push_back(MembersOf(b));
      rungs_.push_back(RungOf(index_, b, members_.back()));
    }
    hopeless_ = IsHopeless(static_cast<int>(rungs_[0].best.size()),
                           static_cast<int>(rungs_[0].without_loss()));
  }

  Proposals Answer() {
    AddMissingSeeds();
    for (size_t b = problem_.budgets.size() - 1; b-- > 0;) Promote(b);
    Draw();
    Proposals answer;
    answer.trials = proposals_.Take();
    answer.done = in_flight_.count() == 0;
    answer.note = Note();
    return answer;
  }

 private:
  bool IsAt(size_t budget, const Shape& shape) const {
    return index_.Outcome(budget, shape).missing < problem_.seeds;
  }

  std::vector<Shape> MembersOf(size_t budget) const {
    std::vector<Shape> members;
    for (const Shape& shape : drawn_) {
      if (IsAt(budget, shape)) members.push_back(shape);
    }
    return members;
  }

  // False if the shape is not feasible at the budget.
  bool Add(size_t budget, const Shape& shape, RungProposals::Reason reason) {
    const size_t before = proposals_.trials().size();
    const bool feasible = proposals_.Add(budget, shape, reason);
    in_flight_.Add(static_cast<int64_t>(proposals_.trials().size() - before));
    return feasible;
  }

  // Of shapes that were begun, as more seeds were asked for. Where they have no
  // room, whole shapes have none either.
  void AddMissingSeeds() {
    for (size_t b = 0; b < members_.size(); ++b) {
      for (const Shape& shape : members_[b]) {
        const int missing = index_.Outcome(b, shape).missing;
        if (missing == 0) continue;
        if (!in_flight_.HasRoom(missing)) return;
        Add(b, shape, [] {
          return std::string("ASHA: another seed of a shape that is there");
        });
      }
    }
  }

  void Promote(size_t budget) {
    const Rung& rung = rungs_[budget];
    size_t rank = 0;
    for (const Shape& shape : rung.Winners(options_.eta)) {
      ++rank;
      if (IsAt(budget + 1, shape)) continue;
      if (!in_flight_.HasRoom(problem_.seeds)) return;
      const bool added = Add(budget + 1, shape, [&] {
        return absl::StrFormat(
            "ASHA: number %d of %d that ended at %s FLOPs, loss %.4g; of %g "
            "one goes on to %s",
            rank, rung.ranked, FormatFlops(problem_.budgets[budget]),
            *index_.Outcome(budget, shape).loss, options_.eta,
            FormatFlops(problem_.budgets[budget + 1]));
      });
      if (!added) ++infeasible_;
    }
  }

  void Draw() {
    if (hopeless_) return;
    for (size_t i = 0; i < drawn_.size() && in_flight_.HasRoom(problem_.seeds);
         ++i) {
      if (IsAt(0, drawn_[i])) continue;
      Add(0, drawn_[i], [&] {
        return absl::StrFormat(
            "ASHA: shape %d of %d that are drawn at the smallest budget, %s "
            "FLOPs",
            i + 1, drawn_.size(), FormatFlops(problem_.budgets.front()));
      });
    }
  }

  std::string Note() const {
    std::string note = absl::StrFormat(
        "ASHA, %d of %d shapes drawn%s; ended: %s", members_[0].size(),
        drawn_.size(),
        FewerText(drawn_.size(),
                  static_cast<size_t>(options_.draw.trials_per_budget)),
        EndedText(problem_, 0, rungs_));
    if (infeasible_ > 0) {
      absl::StrAppend(&note, "; ", infeasible_,
                      " not feasible at the next budget stay behind");
    }
    const std::string best = BestOfRungs(problem_, index_, rungs_);
    if (!best.empty()) absl::StrAppend(&note, "; best ", best);
    if (hopeless_) absl::StrAppend(&note, "; ", kHopelessText);
    const auto drawn = static_cast<int64_t>(drawn_.size());
    const int budgets = static_cast<int>(problem_.budgets.size());
    if (in_flight_.count() > 0) {
      if (rungs_.back().shapes == 0 &&
          ReachingLast(drawn, options_.eta, budgets) == 0) {
        absl::StrAppendFormat(&note,
                              "; none is sure to reach %s, as one of %g goes "
                              "on from each budget: draw more shapes or lower "
                              "eta",
                              FormatFlops(problem_.budgets.back()),
                              options_.eta);
      }
      absl::StrAppend(&note, "; ", WaitingText(in_flight_.count()));
    } else if (!hopeless_ && rungs_.size() > 1 && rungs_.back().shapes == 0) {
      absl::StrAppendFormat(&note,
                            "; none reached %s, as one of %g goes on from each "
                            "budget: draw more shapes or lower eta",
                            FormatFlops(problem_.budgets.back()), options_.eta);
    }
    return note;
  }

  const AshaOptions& options_;
  const SearchProblem& problem_;
  const TrialIndex index_;
  const std::vector<Shape> drawn_;
  InFlight in_flight_;
  std::vector<std::vector<Shape>> members_;  // by budget, in drawn order
  std::vector<Rung> rungs_;
  RungProposals proposals_;
  int infeasible_ = 0;
  bool hopeless_ = false;
};

}  // namespace

int DefaultAshaShapes(double eta, int budgets) {
  constexpr int64_t kMin = 9;
  constexpr int64_t kMax = 81;
  if (!(eta >= 1)) return kMin;  // refused by the check
  return static_cast<int>(
      std::clamp(LeastToReach(eta, budgets, kMax), kMin, kMax));
}

absl::StatusOr<std::vector<Shape>> AshaSearch::Draw(
    const SearchProblem& problem) const {
  return DrawShapes(options_.draw, problem, 0,
                    FirstCenter(options_.draw.center_size, problem.budgets[0]),
                    0, RandomPoint);
}

absl::StatusOr<Proposals> AshaSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<Shape> drawn, Draw(problem));
  const Outlook outlook =
      OutlookOf(problem, static_cast<int64_t>(drawn.size()));
  Proposals answer =
      Round(options_, problem, history, std::move(drawn)).Answer();
  answer.later_flops = LaterFlops(problem, outlook, history, answer.trials);
  return answer;
}

absl::StatusOr<Outlook> AshaSearch::Expect(const SearchProblem& problem) const {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<Shape> drawn, Draw(problem));
  return OutlookOf(problem, static_cast<int64_t>(drawn.size()));
}

Outlook AshaSearch::OutlookOf(const SearchProblem& problem,
                              int64_t drawn) const {
  Outlook outlook = {.kind = Outlook::Kind::kAbout};
  AddHalving(problem, options_.eta, 0, drawn, outlook);
  return outlook;
}

}  // namespace isoshape
