#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "bench/search/scores.h"
#include "search/asha/asha.h"
#include "search/candidates.h"
#include "search/costs/run_cost.h"
#include "search/gp/gp.h"
#include "search/hyperband/hyperband.h"
#include "search/optimum/optimum.h"
#include "search/pareto/pareto.h"
#include "search/rungs/rungs.h"
#include "shape/accounting.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

const Landscape& Truth() {
  static const Landscape landscape = *Landscape::Make("byte", 1, 0.003);
  return landscape;
}

SearchProblem ProblemOf(int budgets, double factor) {
  SearchProblem problem;
  problem.space = Truth().space();
  for (int k = 0; k < budgets; ++k) {
    problem.budgets.push_back(Truth().min_flops() * std::pow(factor, k));
    problem.tokens_per_step.push_back(Truth().tokens_per_step());
  }
  problem.target_flops = 10 * Truth().max_flops();
  problem.total_flops = 1e30;  // without a limit optimum may give up
  return problem;
}

void Train(PastTrial& trial, int number) {
  trial.state = PastTrial::State::kSucceeded;
  trial.validation_loss =
      Truth().MeasuredLoss(trial.shape, trial.budget_flops, number);
  trial.seconds = 1e-11 * std::pow(trial.budget_flops, 0.95) *
                  static_cast<double>(trial.shape.depth);
  trial.costs.decode_seconds = 1e-4 +
                               5e-5 * static_cast<double>(trial.shape.depth) +
                               2e-10 * ValuesReadPerToken(trial.shape);
  trial.ended = number + 1;
}

// Trials near the best sizes: each a seed of its own, or a shape of its own.
std::vector<PastTrial> NearBest(const SearchProblem& problem, int trials,
                                bool seeds) {
  std::vector<ShapeCandidate> near;
  for (const ShapeCandidate& one : CandidatesOf(problem)) {
    const double best = std::log(problem.budgets[one.budget] / 120) / 2;
    if (std::abs(one.point.ln_size - best) < std::log(4)) near.push_back(one);
  }
  std::mt19937 random(1);
  std::vector<PastTrial> history;
  for (int i = 0; i < trials; ++i) {
    const ShapeCandidate& one = near[random() % near.size()];
    PastTrial& trial = history.emplace_back();
    trial.shape = one.shape;
    trial.budget_flops = problem.budgets[one.budget];
    if (seeds) {
      trial.seed = i;
    } else {
      trial.shape.ffn_width += 8 * static_cast<int64_t>(random() % 64);
    }
    Train(trial, i);
  }
  return history;
}

// What the search asks for at first, all of it trained.
std::vector<PastTrial> FirstTrials(const SearchAlgorithm& search,
                                   const SearchProblem& problem) {
  const auto first = search.Propose(problem, {});
  if (!first.ok()) std::abort();
  std::vector<PastTrial> history;
  for (const Proposal& one : first->trials) {
    PastTrial& trial = history.emplace_back();
    trial = {one.shape, one.budget_flops, one.seed};
    Train(trial, static_cast<int>(history.size()));
  }
  return history;
}

// `ends`: whether it is to propose nothing more.
double Milliseconds(const SearchAlgorithm& search, const SearchProblem& problem,
                    const std::vector<PastTrial>& history, bool ends = false) {
  constexpr int kTimes = 5;
  double least = INFINITY;
  for (int k = 0; k < kTimes; ++k) {
    // Of the processor: others may use the machine.
    const std::clock_t begin = std::clock();
    const auto proposals = search.Propose(problem, history);
    const double took =
        1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (!proposals.ok() || proposals->trials.empty() != ends) std::abort();
    least = std::min(least, took);
  }
  return least;
}

}  // namespace

double ProposalMilliseconds(absl::string_view algorithm, int trials) {
  // Never certain, so that it goes the whole way.
  constexpr double kTolerance = 1e-9;
  const bool in_seconds = absl::ConsumeSuffix(&algorithm, "_seconds");
  const CostUnit cost = in_seconds ? CostUnit::kSeconds : CostUnit::kFlops;
  // Without a limit optimum gives up what is too dear: it does after every
  // forecast that may keep it from that, and so has made all of them.
  const bool dear = absl::ConsumeSuffix(&algorithm, "_dear");
  if (algorithm == "optimum") {
    SearchProblem problem = ProblemOf(9, std::pow(10, 0.25));
    if (dear) problem.total_flops = 0;
    return Milliseconds(
        OptimumSearch({.tolerance = kTolerance, .in_flight = 4, .cost = cost}),
        problem, NearBest(problem, trials, true), dear);
  }
  const SearchProblem problem = ProblemOf(5, 3);
  if (algorithm == "gp") {
    return Milliseconds(GpSearch({.draw = {.trials_per_budget = trials},
                                  .in_flight = 4,
                                  .tolerance = kTolerance,
                                  .cost = cost}),
                        problem, NearBest(problem, trials, false));
  }
  if (algorithm == "pareto") {
    return Milliseconds(ParetoSearch({.draw = {.trials_per_budget = trials},
                                      .in_flight = 4,
                                      .tolerance = kTolerance}),
                        problem, NearBest(problem, trials, false));
  }
  SpreadOptions draw =
      RungSpread(problem.budgets.front(), problem.budgets.back());
  draw.trials_per_budget = trials;
  if (algorithm == "asha") {
    const AshaSearch all({.draw = draw, .in_flight = trials});
    return Milliseconds(AshaSearch({.draw = draw, .in_flight = 4}), problem,
                        FirstTrials(all, problem));
  }
  int64_t shapes = 0;
  for (size_t later = 0; later < problem.budgets.size(); ++later) {
    shapes += BracketShapes(problem.budgets.size(), later, 3);
  }
  const HyperbandSearch search(
      {.draw = draw, .rounds = std::max(1, trials / static_cast<int>(shapes))});
  return Milliseconds(search, problem, FirstTrials(search, problem));
}

}  // namespace isoshape
