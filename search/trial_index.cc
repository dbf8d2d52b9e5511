#include "search/trial_index.h"

#include <cmath>
#include <limits>

#include "scaling/runs/budget_levels.h"

namespace isoshape {

TrialIndex::Key TrialIndex::KeyOf(size_t budget, const Shape& shape) {
  return {budget, shape.depth, shape.width, shape.ffn_width};
}

TrialIndex::TrialIndex(const SearchProblem& problem,
                       const std::vector<PastTrial>& history)
    : problem_(problem) {
  trials_.reserve(history.size());
  for (const PastTrial& trial : history) {
    for (size_t b = 0; b < problem.budgets.size(); ++b) {
      if (SameBudget(trial.budget_flops, problem.budgets[b])) {
        trials_[KeyOf(b, trial.shape)].push_back(&trial);
      }
    }
  }
}

TrialIndex::SeedTrials TrialIndex::Seeds(size_t budget,
                                         const Shape& shape) const {
  SeedTrials seeds(static_cast<size_t>(problem_.seeds), nullptr);
  const auto found = trials_.find(KeyOf(budget, shape));
  if (found == trials_.end()) return seeds;
  for (const PastTrial* one : found->second) {
    const PastTrial& trial = *one;
    if (trial.shape != shape || trial.seed < 0 ||
        trial.seed >= problem_.seeds) {
      continue;
    }
    const PastTrial*& slot = seeds[trial.seed];
    // If a seed was run several times, the run with the least loss counts; if
    // none has a loss, a run that has not ended. So the choice does not depend
    // on the order of the history.
    const auto rank = [](const PastTrial* t) {
      const bool has_loss = t->state == PastTrial::State::kSucceeded &&
                            std::isfinite(t->validation_loss);
      if (has_loss) return std::pair(0, t->validation_loss);
      return std::pair(t->waits() ? 1 : 2, 0.0);
    };
    if (slot == nullptr || rank(&trial) < rank(slot)) slot = &trial;
  }
  return seeds;
}

ShapeOutcome TrialIndex::Outcome(size_t budget, const Shape& shape) const {
  ShapeOutcome outcome;
  double sum = 0;
  bool diverged = false;
  for (const PastTrial* trial : Seeds(budget, shape)) {
    if (trial == nullptr) {
      ++outcome.missing;
    } else if (trial->waits()) {
      ++outcome.waiting;
    } else if (trial->state == PastTrial::State::kSucceeded &&
               std::isfinite(trial->validation_loss)) {
      sum += trial->validation_loss;
      ++outcome.losses;
    } else if (trial->state == PastTrial::State::kDiverged) {
      diverged = true;
    } else {
      (trial->excluded() ? outcome.excluded : outcome.failed) = true;
    }
  }
  if (outcome.losses > 0) {
    outcome.loss = sum / outcome.losses;
  } else if (diverged) {
    outcome.loss = std::numeric_limits<double>::infinity();
  }
  return outcome;
}

void TrialIndex::AppendMissing(size_t budget, const Shape& shape,
                               const std::string& reason,
                               std::vector<Proposal>* trials) const {
  const SeedTrials seeds = Seeds(budget, shape);
  for (size_t seed = 0; seed < seeds.size(); ++seed) {
    if (seeds[seed] != nullptr) continue;
    trials->push_back(
        {shape, problem_.budgets[budget], static_cast<int64_t>(seed), reason});
  }
}

}  // namespace isoshape
