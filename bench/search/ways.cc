#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bench/search/problems.h"
#include "bench/search/today.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

constexpr absl::string_view kGrid = "grid";

// FLOPs until the answer of before was right for good, as far as the trials go.
double RightAsBefore(const LandscapeQuestion& question,
                     const std::vector<PastTrial>& trials) {
  const Landscape landscape =
      *Landscape::Make(question.landscape, question.seed, question.noise);
  const double target = question.reach * landscape.max_flops();
  const AnswerSheet sheet(landscape, target);
  constexpr size_t kFirst = 4;  // fewer trials have no answer
  double spent = 0;
  for (const PastTrial& trial : trials) spent += trial.budget_flops;
  double right = std::numeric_limits<double>::infinity();
  for (size_t count = trials.size(); count >= kFirst; --count) {
    const double regret = RegretOfOldAnswer(trials, count, sheet, target);
    if (!(regret <= question.tolerance)) break;
    right = spent / landscape.min_flops();
    spent -= trials[count - 1].budget_flops;
  }
  return right;
}

Outcome Run(const BenchCase& problem, uint64_t seed,
            absl::string_view algorithm, int workers, double max_flops) {
  const LandscapeQuestion question = {.landscape = problem.name,
                                      .seed = seed,
                                      .noise = problem.noise,
                                      .reach = problem.reach,
                                      .tolerance = kTolerance,
                                      .workers = workers,
                                      .max_flops = max_flops};
  absl::StatusOr<LandscapeOutcome> found = SearchLandscape(question, algorithm);
  if (!found.ok()) std::abort();
  Outcome outcome = {*std::move(found)};
  if (algorithm == kGrid) {
    outcome.right_as_before = RightAsBefore(question, outcome.history);
  }
  outcome.history.clear();
  return outcome;
}

}  // namespace

const std::vector<Way>& Ways() {
  constexpr double kMax = 2200;
  static const std::vector<Way> ways = {
      {"optimum, 1",
       [](const BenchCase& problem, uint64_t seed) {
         return Run(problem, seed, "optimum", 1, kMax);
       }},
      {"optimum, 4",
       [](const BenchCase& problem, uint64_t seed) {
         return Run(problem, seed, "optimum", 4, kMax);
       }},
      {"grid",
       [](const BenchCase& problem, uint64_t seed) {
         return Run(problem, seed, kGrid, 1, kMax);
       }},
      {"sobol", [](const BenchCase& problem, uint64_t seed) {
         return Run(problem, seed, "sobol", 1, 1500);
       }}};
  return ways;
}

}  // namespace isoshape
