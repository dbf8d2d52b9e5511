#include "search/asha/asha.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/counted.h"
#include "common/status_macros.h"
#include "search/problem.h"
#include "search/rungs/rungs.h"
#include "search/trial_index.h"

namespace isoshape {
namespace {

int WaitingOf(const std::vector<PastTrial>& history) {
  return static_cast<int>(
      std::count_if(history.begin(), history.end(), [](const PastTrial& trial) {
        return trial.state == PastTrial::State::kPending ||
               trial.state == PastTrial::State::kRunning;
      }));
}

// One answer of the search.
class Round {
 public:
  Round(const AshaOptions& options, const SearchProblem& problem,
        const std::vector<PastTrial>& history, std::vector<Shape> drawn)
      : options_(options),
        problem_(problem),
        index_(problem, history),
        drawn_(std::move(drawn)),
        waiting_(WaitingOf(history)),
        proposals_(problem, index_) {
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      members_.push_back(MembersOf(b));
      rungs_.push_back(RungOf(index_, b, members_.back()));
    }
  }

  Proposals Answer() {
    AddMissingSeeds();
    for (size_t b = problem_.budgets.size() - 1; b-- > 0;) Promote(b);
    Draw();
    Proposals answer;
    answer.trials = proposals_.Take();
    answer.done = answer.trials.empty() && waiting_ == 0;
    answer.note = Note(answer);
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

  // All seeds of a shape are wanted at once; one shape is always allowed.
  bool HasRoom() const {
    const int there = waiting_ + static_cast<int>(proposals_.trials().size());
    return there == 0 || there + problem_.seeds <= options_.in_flight;
  }

  // Of shapes that were begun, as more seeds were asked for.
  void AddMissingSeeds() {
    for (size_t b = 0; b < members_.size(); ++b) {
      for (const Shape& shape : members_[b]) {
        if (index_.Outcome(b, shape).missing == 0) continue;
        proposals_.Add(b, shape, "ASHA: another seed of a shape that is there");
      }
    }
  }

  void Promote(size_t budget) {
    const Rung& rung = rungs_[budget];
    size_t rank = 0;
    for (const Shape& shape : rung.Winners(options_.eta)) {
      ++rank;
      if (IsAt(budget + 1, shape)) continue;
      if (!HasRoom()) return;
      const bool added = proposals_.Add(
          budget + 1, shape,
          absl::StrFormat("ASHA: number %d of %d that ended at %g FLOPs, loss "
                          "%.4g; of %g one goes on to %g",
                          rank, rung.ended, problem_.budgets[budget],
                          *index_.Outcome(budget, shape).loss, options_.eta,
                          problem_.budgets[budget + 1]));
      if (!added) ++infeasible_;
    }
  }

  void Draw() {
    for (size_t i = 0; i < drawn_.size() && HasRoom(); ++i) {
      if (IsAt(0, drawn_[i])) continue;
      proposals_.Add(
          0, drawn_[i],
          absl::StrFormat("ASHA: shape %d of %d that are drawn at "
                          "the smallest budget, %g FLOPs",
                          i + 1, drawn_.size(), problem_.budgets.front()));
    }
  }

  std::string Note(const Proposals& answer) const {
    std::string note = absl::StrFormat(
        "ASHA, %d of %d shapes drawn%s; ended: %s", members_[0].size(),
        drawn_.size(),
        static_cast<int>(drawn_.size()) < options_.draw.trials_per_budget
            ? absl::StrFormat(
                  " (%d asked; the space has no more distinct ones in range)",
                  options_.draw.trials_per_budget)
            : "",
        EndedText(problem_, 0, rungs_));
    if (infeasible_ > 0) {
      absl::StrAppend(&note, "; ", infeasible_,
                      " not feasible at the next budget stay behind");
    }
    const std::string best = BestOfRungs(problem_, index_, rungs_);
    if (!best.empty()) absl::StrAppend(&note, "; best ", best);
    const size_t waiting = waiting_ + answer.trials.size();
    if (waiting > 0) {
      absl::StrAppend(&note, "; waiting for ",
                      Counted(static_cast<int64_t>(waiting), "trial"));
    } else if (rungs_.size() > 1 && rungs_.back().shapes == 0) {
      absl::StrAppendFormat(&note,
                            "; none reached %g, as one of %g goes on from each "
                            "budget: draw more shapes or lower eta",
                            problem_.budgets.back(), options_.eta);
    }
    return note;
  }

  const AshaOptions& options_;
  const SearchProblem& problem_;
  const TrialIndex index_;
  const std::vector<Shape> drawn_;
  const int waiting_;
  std::vector<std::vector<Shape>> members_;  // by budget, in drawn order
  std::vector<Rung> rungs_;
  RungProposals proposals_;
  int infeasible_ = 0;
};

}  // namespace

absl::StatusOr<Proposals> AshaSearch::Propose(
    const SearchProblem& problem, const std::vector<PastTrial>& history) const {
  ISOSHAPE_RETURN_IF_ERROR(CheckProblem(problem, history.empty()));
  ISOSHAPE_ASSIGN_OR_RETURN(
      std::vector<Shape> drawn,
      DrawShapes(options_.draw, problem, 0,
                 FirstCenter(options_.draw.center_size, problem.budgets[0]), 0,
                 RandomPoint));
  return Round(options_, problem, history, std::move(drawn)).Answer();
}

}  // namespace isoshape
