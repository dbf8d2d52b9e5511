#ifndef ISOSHAPE_TESTS_SEARCH_SYNTHETIC_CAMPAIGN_H_
#define ISOSHAPE_TESTS_SEARCH_SYNTHETIC_CAMPAIGN_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "search/interface.h"
#include "shape/accounting.h"

namespace isoshape {

// Two budgets with steps of 1,024 tokens, else the defaults.
inline SearchProblem TwoBudgetProblem() {
  SearchProblem problem;
  problem.budgets = {1e13, 3e13};
  problem.tokens_per_step = {1024, 1024};
  return problem;
}

// Loss of a trial by a law with a known optimum: E + A / N^a + B / D^b, and a
// shallow bowl over log aspect ratio. With a = b and A = B the best N at C
// FLOPs is sqrt(C / 6).
struct LossLaw {
  double e = 1, a = 0.35, b = 0.35, coefficient_n = 40, coefficient_d = 40;
  double best_aspect = 16, bowl = 0.002;

  double Loss(const Shape& shape, double budget) const {
    const double n = EffectiveSize(shape);
    const double d = budget / (6 * n);
    const double off = std::log(AspectRatio(shape) / best_aspect);
    return e + coefficient_n / std::pow(n, a) + coefficient_d / std::pow(d, b) +
           bowl * off * off;
  }
  // The size at which d Loss / d N = 0 at fixed C = 6 N D.
  double OptimalSize(double budget) const {
    return std::pow(
        a * coefficient_n / (b * coefficient_d) * std::pow(budget / 6, b),
        1 / (a + b));
  }
};

inline SearchProblem SmallProblem(std::vector<double> budgets = {1e12, 3e12,
                                                                 9e12}) {
  SearchProblem problem;
  problem.tokens_per_step.assign(budgets.size(), 1024);
  problem.budgets = std::move(budgets);
  return problem;
}

// A space of two shapes.
inline SearchProblem TinyProblem() {
  SearchProblem problem = SmallProblem();
  problem.space.max_depth = 2;
  problem.space.max_width = 16;
  problem.space.ffn_multiple = 4096;
  return problem;
}

// Ends a trial with the loss of the law.
inline void Train(PastTrial* trial) {
  trial->state = PastTrial::State::kSucceeded;
  trial->validation_loss = LossLaw().Loss(trial->shape, trial->budget_flops);
}

// What no two trials of a campaign have in common: of a Proposal or PastTrial.
using TrialKey = std::tuple<double, std::string, int64_t, int64_t>;
template <typename Trial>
TrialKey KeyOf(const Trial& trial) {
  return {trial.budget_flops, ShapeLabel(trial.shape), trial.shape.ffn_width,
          trial.seed};
}

inline std::vector<PastTrial> AsPending(const std::vector<Proposal>& trials) {
  std::vector<PastTrial> pending;
  for (const Proposal& one : trials) {
    pending.push_back({one.shape, one.budget_flops, one.seed});
  }
  return pending;
}

// Expects that a search made anew gives the same answer to the history in
// another order.
inline void ExpectSameInAnotherOrder(const SearchAlgorithm& anew,
                                     const SearchProblem& problem,
                                     std::vector<PastTrial> history,
                                     const Proposals& proposals,
                                     std::mt19937& rng) {
  std::shuffle(history.begin(), history.end(), rng);
  const absl::StatusOr<Proposals> again = anew.Propose(problem, history);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->trials.size(), proposals.trials.size());
  for (size_t i = 0; i < again->trials.size(); ++i) {
    EXPECT_EQ(again->trials[i].shape, proposals.trials[i].shape);
    EXPECT_EQ(again->trials[i].seed, proposals.trials[i].seed);
    EXPECT_EQ(again->trials[i].reason, proposals.trials[i].reason);
  }
  EXPECT_EQ(again->note, proposals.note);
}

// Decides how a trial ends.
using Ending = std::function<void(PastTrial*)>;

// Runs a search to its end: proposals become pending, `rng` picks which pending
// trial ends next, Propose is called after each. Ends when the search says done
// and nothing is pending, or fails after `max_trials` trials.
inline std::vector<PastTrial> RunCampaign(const SearchAlgorithm& search,
                                          const SearchProblem& problem,
                                          const Ending& ending,
                                          std::mt19937* rng,
                                          Proposals* last = nullptr,
                                          size_t max_trials = 2000) {
  std::vector<PastTrial> history;
  while (true) {
    absl::StatusOr<Proposals> proposals = search.Propose(problem, history);
    EXPECT_TRUE(proposals.ok()) << proposals.status();
    if (!proposals.ok()) return history;
    if (last != nullptr) *last = *proposals;
    for (const Proposal& p : proposals->trials) {
      history.push_back({p.shape, p.budget_flops, p.seed});
    }
    std::vector<size_t> pending;
    for (size_t i = 0; i < history.size(); ++i) {
      if (history[i].state == PastTrial::State::kPending) pending.push_back(i);
    }
    if (pending.empty()) {
      EXPECT_TRUE(proposals->done) << proposals->note;
      return history;
    }
    EXPECT_LT(history.size(), max_trials);
    if (history.size() >= max_trials) return history;
    ending(&history[pending[(*rng)() % pending.size()]]);
  }
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SEARCH_SYNTHETIC_CAMPAIGN_H_
