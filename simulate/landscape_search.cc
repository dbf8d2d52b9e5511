#include "simulate/landscape_search.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "scaling/surface/design.h"
#include "search/asha/asha.h"
#include "search/candidates.h"
#include "search/gp/gp.h"
#include "search/grid/grid.h"
#include "search/hyperband/hyperband.h"
#include "search/optimum/history.h"
#include "search/optimum/optimum.h"
#include "search/random/random.h"
#include "search/rungs/rungs.h"
#include "search/sobol/sobol.h"
#include "simulate/campaign.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kBound = OptimumDecision::kBound;
constexpr double kDeviations = 1.645;  // 90 % of a normal figure

// A landscape and what is asked of it.
struct Field {
  Field(const Landscape& truth, const LandscapeQuestion& asked)
      : landscape(truth),
        tolerance(asked.tolerance),
        target(asked.reach * landscape.max_flops()),
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
  double tolerance;
  double target;
  AnswerSheet sheet;
  OptimumQuestion question;
};

// Follows a campaign: when it was right for good, when the rule stops it.
class Judge {
 public:
  explicit Judge(const Field& field) : field_(field) {}

  void Look(const std::vector<PastTrial>& trials, double flops) {
    const SurfaceFit fit = field_.Fit(trials);
    const double regret = field_.Regret(fit);
    const double spent = flops / field_.landscape.min_flops();
    if (regret > field_.tolerance) outcome_.right = kNever;
    if (regret <= field_.tolerance && outcome_.right == kNever) {
      outcome_.right = spent;
    }
    const bool certain =
        kBound * ExpectedRegret(fit, field_.question.ln_target, true) <=
        field_.tolerance;
    in_a_row_ = certain ? in_a_row_ + 1 : 0;
    if (stopped() || in_a_row_ < 2) return;
    outcome_.stop = spent;
    outcome_.trials = static_cast<int>(trials.size());
    outcome_.regret = regret;
    outcome_.regret_ok = regret <= field_.tolerance;
    const double off = fit.surface.LnBestSize(field_.question.ln_target) -
                       field_.sheet.ln_best_size();
    const double deviation = fit.Deviation(
        fit.surface.GradientOfLnBestSize(field_.question.ln_target));
    outcome_.size_ok = std::abs(off) <= kDeviations * deviation;
  }

  bool stopped() const { return outcome_.stop < kNever; }
  LandscapeOutcome Take() { return std::move(outcome_); }

 private:
  const Field& field_;
  LandscapeOutcome outcome_;
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

absl::StatusOr<LandscapeOutcome> RunOptimum(const LandscapeQuestion& asked,
                                            const Field& field) {
  Judge judge(field);
  const OptimumSearch search(
      {.tolerance = asked.tolerance, .in_flight = asked.workers});
  SearchProblem problem = field.Problem(std::pow(10.0, 0.25));
  problem.priors = asked.priors;
  ISOSHAPE_ASSIGN_OR_RETURN(
      Simulation simulation,
      Simulate(
          search, problem,
          {.workers = asked.workers,
           .seed = asked.seed,
           .max_flops = asked.max_flops * field.landscape.min_flops(),
           .train = TrainIn(field.landscape, asked.first_run),
           .on_end = [&](const std::vector<PastTrial>& trials, double flops) {
             judge.Look(trials, flops);
             return true;
           }}));
  const bool certain = judge.stopped();
  LandscapeOutcome outcome = judge.Take();
  // A search that gives up is done too, and not certain.
  if (certain && simulation.done && simulation.last.done) {
    outcome.stop = simulation.flops / field.landscape.min_flops();
    outcome.trials = static_cast<int>(simulation.trials.size());
  } else {
    outcome.stop = kNever;
  }
  outcome.history = std::move(simulation.trials);
  return outcome;
}

// Between budgets, but for those of optimum.
constexpr double kFactor = 3;

// Budgets one after the other, again with other seeds when it is through,
// answered by the same surface and stopped by the same rule.
absl::StatusOr<LandscapeOutcome> RunInPasses(
    const LandscapeQuestion& asked, const Field& field,
    const std::function<std::unique_ptr<SearchAlgorithm>(int pass)>& make) {
  Judge judge(field);
  std::vector<PastTrial> earlier;
  double spent = 0;
  constexpr int kPasses = 3;
  for (int pass = 0; pass < kPasses; ++pass) {
    ISOSHAPE_ASSIGN_OR_RETURN(
        const Simulation simulation,
        Simulate(
            *make(pass), field.Problem(kFactor),
            {.workers = asked.workers,
             .seed = asked.seed,
             .max_flops = asked.max_flops * field.landscape.min_flops() - spent,
             .train = TrainIn(field.landscape,
                              asked.first_run + int64_t{100} * pass),
             .on_end = [&](const std::vector<PastTrial>& trials, double flops) {
               std::vector<PastTrial> all = earlier;
               all.insert(all.end(), trials.begin(), trials.end());
               judge.Look(all, spent + flops);
               return true;
             }}));
    earlier.insert(earlier.end(), simulation.trials.begin(),
                   simulation.trials.end());
    spent += simulation.flops;
    if (judge.stopped() || !simulation.done) break;
  }
  LandscapeOutcome outcome = judge.Take();
  outcome.history = std::move(earlier);
  return outcome;
}

// Where a search draws: of a seed for each pass, about the aspect ratio that
// the landscape's grid has.
SpreadOptions DrawOf(const LandscapeQuestion& asked, const Field& field,
                     int pass, SpreadOptions draw = {}) {
  draw.seed = 100 * asked.seed + 10 * static_cast<uint64_t>(pass);
  draw.center_aspect_ratio = field.landscape.center_aspect_ratio();
  return draw;
}

SpreadOptions RungDrawOf(const LandscapeQuestion& asked, const Field& field,
                         int pass) {
  return DrawOf(
      asked, field, pass,
      RungSpread(field.landscape.min_flops(), field.landscape.max_flops()));
}

using Made = std::unique_ptr<SearchAlgorithm>;

Made MakeGrid(const LandscapeQuestion& /*asked*/, const Field& field,
              int /*pass*/) {
  return std::make_unique<GridSearch>(GridOptions{
      .center_aspect_ratio = field.landscape.center_aspect_ratio()});
}

Made MakeSobol(const LandscapeQuestion& asked, const Field& field, int pass) {
  return std::make_unique<SobolSearch>(DrawOf(asked, field, pass));
}

Made MakeRandom(const LandscapeQuestion& asked, const Field& field, int pass) {
  return std::make_unique<RandomSearch>(DrawOf(asked, field, pass));
}

Made MakeGp(const LandscapeQuestion& asked, const Field& field, int pass) {
  return std::make_unique<GpSearch>(
      GpOptions{.draw = DrawOf(asked, field, pass),
                .in_flight = asked.workers,
                .tolerance = asked.tolerance});
}

Made MakeAsha(const LandscapeQuestion& asked, const Field& field, int pass) {
  AshaOptions options = {.draw = RungDrawOf(asked, field, pass),
                         .in_flight = asked.workers};
  options.draw.trials_per_budget = DefaultAshaShapes(
      options.eta, static_cast<int>(field.Problem(kFactor).budgets.size()));
  return std::make_unique<AshaSearch>(options);
}

Made MakeHyperband(const LandscapeQuestion& asked, const Field& field,
                   int pass) {
  return std::make_unique<HyperbandSearch>(
      HyperbandOptions{.draw = RungDrawOf(asked, field, pass)});
}

// Those that go through their budgets in passes.
struct Algorithm {
  const char* name;
  Made (*make)(const LandscapeQuestion& asked, const Field& field, int pass);
};
constexpr Algorithm kAlgorithms[] = {
    {"grid", MakeGrid}, {"sobol", MakeSobol}, {"random", MakeRandom},
    {"gp", MakeGp},     {"asha", MakeAsha},   {"hyperband", MakeHyperband}};
constexpr char kOptimum[] = "optimum";

}  // namespace

std::vector<std::string> LandscapeAlgorithms() {
  std::vector<std::string> names = {kOptimum};
  for (const Algorithm& one : kAlgorithms) names.emplace_back(one.name);
  return names;
}

absl::StatusOr<LandscapeOutcome> SearchLandscape(
    const LandscapeQuestion& question, absl::string_view algorithm) {
  const auto* const chosen =
      std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                   [&](const Algorithm& one) { return one.name == algorithm; });
  const bool optimum = algorithm == kOptimum;
  if (!optimum && chosen == std::end(kAlgorithms)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no algorithm of that name; there are ",
                     absl::StrJoin(LandscapeAlgorithms(), ", ")));
  }
  ISOSHAPE_ASSIGN_OR_RETURN(
      Landscape truth,
      Landscape::Make(question.landscape, question.seed, question.noise));
  const Field field(truth, question);
  if (optimum) return RunOptimum(question, field);
  return RunInPasses(question, field, [&](int pass) {
    return chosen->make(question, field, pass);
  });
}

}  // namespace isoshape
