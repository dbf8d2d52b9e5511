#ifndef ISOSHAPE_TESTS_SEARCH_OPTIMUM_OPTIMUM_PROBLEM_H_
#define ISOSHAPE_TESTS_SEARCH_OPTIMUM_OPTIMUM_PROBLEM_H_

#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "search/interface.h"
#include "shape/accounting.h"
#include "tests/search/synthetic_campaign.h"

namespace isoshape {

inline constexpr double kLow = 2.5e11, kHigh = 2.5e13;

inline SearchProblem Problem() {
  SearchProblem problem;
  problem.space.base = {.head_dim = 16, .vocab = 256, .context = 128};
  problem.space.max_width = 2048;
  for (int i = 0; i <= 8; ++i) {
    problem.budgets.push_back(kLow * std::pow(kHigh / kLow, i / 8.0));
    problem.tokens_per_step.push_back(2048);
  }
  problem.target_flops = 10 * kHigh;
  return problem;
}

// A run of the law, with a scatter that its place fixes.
inline void TrainWithScatter(PastTrial* trial) {
  static int64_t ended = 0;
  const LossLaw law{.bowl = 0.02};
  const double loss = law.Loss(trial->shape, trial->budget_flops);
  const double phase = 1e3 * std::log(EffectiveSize(trial->shape)) +
                       17 * std::log(trial->budget_flops) +
                       5 * static_cast<double>(trial->seed);
  trial->state = PastTrial::State::kSucceeded;
  trial->validation_loss = loss * (1 + 0.002 * std::sin(phase));
  trial->ended = ++ended;
}

inline std::string TextOf(const Proposals& proposals) {
  std::string text = proposals.note;
  for (const Proposal& one : proposals.trials) {
    absl::StrAppend(&text, "\n", ShapeLabel(one.shape), " ", one.budget_flops,
                    " ", one.seed, " ", one.reason);
  }
  return text;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_SEARCH_OPTIMUM_OPTIMUM_PROBLEM_H_
