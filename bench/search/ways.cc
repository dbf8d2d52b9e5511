#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "bench/search/problems.h"
#include "bench/search/today.h"
#include "scaling/surface/design.h"
#include "search/grid/grid.h"
#include "search/optimum/candidates.h"
#include "search/optimum/history.h"
#include "search/optimum/optimum.h"
#include "search/sobol/sobol.h"
#include "simulate/campaign.h"

namespace isoshape {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kBound = OptimumDecision::kBound;
constexpr double kDeviations = 1.645;  // 90 % of a normal figure

// A landscape and what is asked of it.
struct Field {
  Field(const BenchCase& problem, uint64_t seed)
      : landscape(*Landscape::Make(problem.name, seed, problem.noise)),
        target(problem.reach * landscape.max_flops()),
        sheet(landscape, target) {
    question.ln_low = std::log(landscape.min_flops());
    question.ln_high = std::log(landscape.max_flops());
    question.ln_target = std::log(target);
  }

  // Budgets a factor apart.
  SearchProblem Problem(double factor) const {
    SearchProblem problem;
    problem.space = landscape.space();
    for (double budget = landscape.min_flops();
         budget < landscape.max_flops() * 1.0001; budget *= factor) {
      problem.budgets.push_back(budget);
      problem.tokens_per_step.push_back(landscape.tokens_per_step());
    }
    problem.target_flops = target;
    return problem;
  }

  SurfaceFit Fit(const std::vector<PastTrial>& trials) const {
    std::vector<OptimumRun> runs;
    for (const PastTrial& trial : trials) {
      if (trial.state != PastTrial::State::kSucceeded) continue;
      runs.push_back({.point = PlaceOf(trial.shape, trial.budget_flops),
                      .state = trial.state,
                      .ln_loss = std::log(trial.validation_loss)});
    }
    SortHistory(runs);
    return FitHistory(question, runs);
  }

  double Regret(const SurfaceFit& fit) const {
    return sheet.Regret(
        [&](const SurfacePoint& place) { return fit.surface.LogLoss(place); });
  }

  Landscape landscape;
  double target;
  AnswerSheet sheet;
  OptimumQuestion question;
};

// Follows a campaign: when it was right for good, when the rule stops it.
class Judge {
 public:
  explicit Judge(const Field& field) : field_(field) {
    outcome_.stop = outcome_.right = kNever;
  }

  void Look(const std::vector<PastTrial>& trials, double flops,
            bool stopped_by_search) {
    const SurfaceFit fit = field_.Fit(trials);
    const double regret = field_.Regret(fit);
    const double spent = flops / field_.landscape.min_flops();
    if (regret > kTolerance) outcome_.right = kNever;
    if (regret <= kTolerance && outcome_.right == kNever) {
      outcome_.right = spent;
    }
    const bool certain =
        kBound * ExpectedRegret(fit, field_.question.ln_target, true) <=
        kTolerance;
    in_a_row_ = certain ? in_a_row_ + 1 : 0;
    if (outcome_.stop < kNever) return;
    if (!stopped_by_search && in_a_row_ < 2) return;
    outcome_.stop = spent;
    outcome_.trials = static_cast<int>(trials.size());
    outcome_.regret = regret;
    outcome_.regret_ok = regret <= kTolerance;
    const double off = fit.surface.LnBestSize(field_.question.ln_target) -
                       field_.sheet.ln_best_size();
    const double deviation = fit.Deviation(
        fit.surface.GradientOfLnBestSize(field_.question.ln_target));
    outcome_.size_ok = std::abs(off) <= kDeviations * deviation;
  }

  bool stopped() const { return outcome_.stop < kNever; }
  const Outcome& outcome() const { return outcome_; }

 private:
  const Field& field_;
  Outcome outcome_;
  int in_a_row_ = 0;
};

std::function<void(PastTrial&)> TrainIn(const Landscape& landscape,
                                        int64_t first_seed) {
  return [&landscape, first_seed](PastTrial& trial) {
    trial.state = PastTrial::State::kSucceeded;
    trial.flops = trial.budget_flops;
    trial.validation_loss = landscape.MeasuredLoss(
        trial.shape, trial.budget_flops, first_seed + trial.seed);
  };
}

Outcome RunOptimum(const BenchCase& problem, uint64_t seed, int workers) {
  const Field field(problem, seed);
  Judge judge(field);
  OptimumOptions options{.tolerance = kTolerance, .in_flight = workers};
  const OptimumSearch search(options);
  const SearchProblem asked = field.Problem(std::pow(10.0, 0.25));
  constexpr double kMaxFlops = 2200;
  const auto simulation = Simulate(
      search, asked,
      {.workers = workers,
       .seed = seed,
       .max_flops = kMaxFlops * field.landscape.min_flops(),
       .train = TrainIn(field.landscape, 0),
       .on_end = [&](const std::vector<PastTrial>& trials, double flops) {
         judge.Look(trials, flops, false);
         return true;
       }});
  if (!simulation.ok()) std::abort();
  Outcome outcome = judge.outcome();
  if (simulation->done && simulation->last.done) {
    outcome.stop = simulation->flops / field.landscape.min_flops();
    outcome.trials = static_cast<int>(simulation->trials.size());
  } else {
    outcome.stop = kNever;
  }
  return outcome;
}

// FLOPs until the answer of before was right for good, as far as the trials go.
double RightAsBefore(const Field& field, const std::vector<PastTrial>& trials) {
  constexpr size_t kFirst = 4;  // fewer trials have no answer
  double spent = 0;
  for (const PastTrial& trial : trials) spent += trial.budget_flops;
  double right = kNever;
  for (size_t count = trials.size(); count >= kFirst; --count) {
    const double regret =
        RegretOfOldAnswer(trials, count, field.sheet, field.target);
    if (!(regret <= kTolerance)) break;
    right = spent / field.landscape.min_flops();
    spent -= trials[count - 1].budget_flops;
  }
  return right;
}

// Budgets one after the other, again with other seeds when it is through,
// answered by the same surface and stopped by the same rule.
Outcome RunInPasses(const BenchCase& problem, uint64_t seed,
                    const std::function<std::unique_ptr<SearchAlgorithm>(
                        const Field&, int pass)>& make,
                    double max_flops, bool as_before) {
  const Field field(problem, seed);
  Judge judge(field);
  std::vector<PastTrial> earlier;
  double spent = 0;
  constexpr int kPasses = 3;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto simulation = Simulate(
        *make(field, pass), field.Problem(3),
        {.seed = seed,
         .max_flops = max_flops * field.landscape.min_flops() - spent,
         .train = TrainIn(field.landscape, 100 * pass),
         .on_end = [&](const std::vector<PastTrial>& trials, double flops) {
           std::vector<PastTrial> all = earlier;
           all.insert(all.end(), trials.begin(), trials.end());
           judge.Look(all, spent + flops, false);
           return true;
         }});
    if (!simulation.ok()) std::abort();
    earlier.insert(earlier.end(), simulation->trials.begin(),
                   simulation->trials.end());
    spent += simulation->flops;
    if (judge.stopped() || !simulation->done) break;
  }
  Outcome outcome = judge.outcome();
  if (as_before) {
    outcome.right_as_before = RightAsBefore(field, earlier);
  }
  return outcome;
}

Outcome RunGrid(const BenchCase& problem, uint64_t seed) {
  return RunInPasses(
      problem, seed,
      [](const Field& field, int) -> std::unique_ptr<SearchAlgorithm> {
        return std::make_unique<GridSearch>(GridOptions{
            .center_aspect_ratio = field.landscape.center_aspect_ratio()});
      },
      2200, true);
}

Outcome RunSobol(const BenchCase& problem, uint64_t seed) {
  return RunInPasses(
      problem, seed,
      [seed](const Field& field, int pass) -> std::unique_ptr<SearchAlgorithm> {
        return std::make_unique<SobolSearch>(SobolOptions{
            .seed = 100 * seed + 10 * static_cast<uint64_t>(pass),
            .center_aspect_ratio = field.landscape.center_aspect_ratio()});
      },
      1500, false);
}

}  // namespace

const std::vector<Way>& Ways() {
  static const std::vector<Way> ways = {
      {"optimum, 1",
       [](const BenchCase& problem, uint64_t seed) {
         return RunOptimum(problem, seed, 1);
       }},
      {"optimum, 4",
       [](const BenchCase& problem, uint64_t seed) {
         return RunOptimum(problem, seed, 4);
       }},
      {"grid", RunGrid},
      {"sobol", RunSobol}};
  return ways;
}

}  // namespace isoshape
