// Predictions from generated tables of runs, held against the truth; answers.sh
// says more.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "scaling/isoflop/isoflop.h"
#include "scaling/laws/ratio_law.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/predict_law.h"
#include "scaling/runs/runs.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

constexpr double kReach = 10;  // compute asked for / the largest of the runs
constexpr int kResamples = 200;

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  double Uniform(double low, double high) {
    return low + (high - low) * uniform_(engine_);
  }
  double Normal() { return normal_(engine_); }
  int Whole(int low, int high) {
    return static_cast<int>(std::floor(Uniform(low, high + 1)));
  }

 private:
  std::mt19937_64 engine_;
  std::uniform_real_distribution<double> uniform_;
  std::normal_distribution<double> normal_;
};

// A truth and a table of runs of it.
struct Table {
  RatioLaw law;
  Runs runs;
  double noise = 0;  // of ln loss
};

// Budgets, sizes and what else a table is made of.
struct Plan {
  int budgets = 5;
  double budget_ratio = 3;
  int sizes = 7;
  double half_range = 5;  // factor of size to either side of the centre
  double centre = 1;      // over the true best size
  std::vector<double> ratios = {};  // aspect ratios; none: shapes not known
};

double BestSize(const RatioLaw& law, double flops) {
  return std::pow(law.alpha * std::exp(law.ln_a) /
                      (law.beta * std::exp(law.ln_b)) *
                      std::pow(flops / 6, law.beta),
                  1 / (law.alpha + law.beta));
}

// A law whose best size at `flops` has `tokens_per_size`, and whose parts of
// size and tokens are there `reducible` together, beside E.
RatioLaw DrawLaw(Random& random, double flops) {
  RatioLaw law;
  law.alpha = random.Uniform(0.25, 0.5);
  law.beta = random.Uniform(0.25, 0.5);
  law.e = random.Uniform(0.8, 2);
  const double tokens_per_size = 20 * std::exp(0.6 * random.Normal());
  const double reducible = random.Uniform(0.8, 1.8);
  const double size = std::sqrt(flops / 6 / tokens_per_size);
  // At the best size alpha A N^-alpha = beta B D^-beta.
  const double of_size = reducible * law.beta / (law.alpha + law.beta);
  law.ln_a = std::log(of_size) + law.alpha * std::log(size);
  law.ln_b =
      std::log(reducible - of_size) + law.beta * std::log(flops / 6 / size);
  law.c0 = std::log(random.Uniform(20, 70));
  return law;
}

void AddRun(const Table& table, double size, double tokens, double ratio,
            double budget, Random& random, Runs& runs) {
  runs.size.push_back(size);
  runs.params.push_back(size);
  runs.tokens.push_back(tokens);
  if (budget > 0) runs.budget.push_back(budget);
  double ln_ratio = table.law.c0;
  if (ratio > 0) {
    const double depth = std::cbrt(size / 12 / ratio / ratio);
    runs.depth.push_back(depth);
    runs.width.push_back(ratio * depth);
    ln_ratio = std::log(ratio);
  }
  runs.loss.push_back(
      std::exp(table.law.LogLoss(std::log(size), std::log(tokens), ln_ratio) +
               table.noise * random.Normal()));
}

void AddSweep(const Plan& plan, double first, Random& random, Table& table) {
  for (int b = 0; b < plan.budgets; ++b) {
    const double budget = first * std::pow(plan.budget_ratio, b);
    const double centre = plan.centre * BestSize(table.law, budget) *
                          std::exp(0.2 * random.Normal());
    for (int i = 0; i < plan.sizes; ++i) {
      const double share = plan.sizes > 1 ? 2.0 * i / (plan.sizes - 1) - 1 : 0;
      const double size = centre * std::pow(plan.half_range, share);
      if (plan.ratios.empty()) {
        AddRun(table, size, budget / 6 / size, 0, budget, random, table.runs);
      }
      for (const double ratio : plan.ratios) {
        AddRun(table, size, budget / 6 / size, ratio, budget, random,
               table.runs);
      }
    }
  }
}

Plan DrawPlan(Random& random) {
  Plan plan;
  plan.budgets = random.Whole(3, 6);
  plan.budget_ratio = random.Uniform(2, 4);
  plan.sizes = random.Whole(5, 9);
  plan.half_range = random.Uniform(3, 8);
  return plan;
}

Table Begin(Random& random, double first) {
  Table table;
  table.law = DrawLaw(random, 10 * first);
  table.noise = random.Uniform(0.002, 0.008);
  return table;
}

using MakeTable = Table (*)(Random&);
constexpr double kFirst = 1e18;

Table Sweep(Random& random) {
  Table table = Begin(random, kFirst);
  AddSweep(DrawPlan(random), kFirst, random, table);
  return table;
}

// All runs at one number of tokens a parameter, but for `spread` of ln D.
Table Ladder(Random& random, double spread) {
  Table table = Begin(random, kFirst);
  const int count = random.Whole(7, 14);
  const double ratio = 20 * std::exp(0.5 * random.Normal());
  for (int i = 0; i < count; ++i) {
    const double size = 1e7 * std::pow(100, i / (count - 1.0));
    AddRun(table, size, ratio * size * std::exp(spread * random.Normal()), 0, 0,
           random, table.runs);
  }
  return table;
}
Table Collinear(Random& random) { return Ladder(random, 0); }
Table NearlyCollinear(Random& random) {
  return Ladder(random, random.Uniform(0.02, 0.4));
}

Table OneBudget(Random& random) {
  Table table = Begin(random, kFirst);
  Plan plan = DrawPlan(random);
  plan.budgets = 1;
  AddSweep(plan, kFirst, random, table);
  return table;
}

Table FewRuns(Random& random) {
  Table table = Begin(random, kFirst);
  const int count = random.Whole(4, 10);
  for (int i = 0; i < count; ++i) {
    const double flops = kFirst * std::pow(50, random.Uniform(0, 1));
    const double size =
        BestSize(table.law, flops) * std::exp(0.7 * random.Normal());
    AddRun(table, size, flops / 6 / size, 0, 0, random, table.runs);
  }
  return table;
}

// Nothing in the runs shows E: exponents are small and losses far above it.
Table FloorBeyondReach(Random& random) {
  Table table = Begin(random, kFirst);
  table.law.alpha = random.Uniform(0.08, 0.2);
  table.law.beta = random.Uniform(0.08, 0.2);
  table.law.e = random.Uniform(0.1, 0.6);
  const double size = std::sqrt(10 * kFirst / 120);
  const double of_size =
      2.5 * table.law.beta / (table.law.alpha + table.law.beta);
  table.law.ln_a = std::log(of_size) + table.law.alpha * std::log(size);
  table.law.ln_b =
      std::log(2.5 - of_size) + table.law.beta * std::log(20 * size);
  AddSweep(DrawPlan(random), kFirst, random, table);
  return table;
}

Table WithShapes(Random& random, double g, double low, double high) {
  Table table = Begin(random, kFirst);
  table.law.g = g * std::exp(table.law.ln_a);
  Plan plan = DrawPlan(random);
  plan.sizes = 5;
  const double middle =
      std::exp(table.law.c0) * std::exp(0.3 * random.Normal());
  plan.ratios = {middle * low, middle, middle * high};
  AddSweep(plan, kFirst, random, table);
  return table;
}
Table NoShape(Random& random) { return WithShapes(random, 0, 0.25, 4); }
Table Shape(Random& random) {
  return WithShapes(random, random.Uniform(0.02, 0.1), 0.25, 4);
}
Table NarrowAspects(Random& random) {
  return WithShapes(random, random.Uniform(0, 0.1), 0.9, 1.1);
}

Table Outliers(Random& random) {
  Table table = Sweep(random);
  for (double& loss : table.runs.loss) {
    if (random.Uniform(0, 1) < 0.05)
      loss *= std::exp(random.Uniform(0.02, 0.3));
  }
  return table;
}

Table Duplicates(Random& random) {
  Table table = Sweep(random);
  Runs& runs = table.runs;
  const size_t rows = runs.rows();
  for (size_t i = 0; i < rows; ++i) {
    for (auto* column :
         {&runs.size, &runs.params, &runs.tokens, &runs.loss, &runs.budget}) {
      column->push_back((*column)[i]);
    }
  }
  return table;
}

// Centres far from the best size, so that some budgets do not bracket it.
Table OffCentre(Random& random) {
  Table table = Begin(random, kFirst);
  Plan plan = DrawPlan(random);
  plan.centre = std::exp(random.Uniform(-1.2, 1.2));
  AddSweep(plan, kFirst, random, table);
  return table;
}

struct Family {
  const char* name;
  MakeTable make;
};
constexpr Family kFamilies[] = {{"sweep", Sweep},
                                {"collinear", Collinear},
                                {"nearly-collinear", NearlyCollinear},
                                {"one-budget", OneBudget},
                                {"few-runs", FewRuns},
                                {"floor-beyond-reach", FloorBeyondReach},
                                {"shape", Shape},
                                {"no-shape", NoShape},
                                {"narrow-aspects", NarrowAspects},
                                {"outliers", Outliers},
                                {"duplicates", Duplicates},
                                {"off-centre", OffCentre}};

struct Score {
  int tables = 0, answered = 0, near = 0;
  int size_shown = 0, size_held = 0, loss_shown = 0, loss_held = 0;
  int tested = 0, rejected = 0;
  double worst = 1;
};

bool Holds(const Interval& interval, double truth) {
  return interval.lower.value_or(-INFINITY) <= truth &&
         truth <= interval.upper.value_or(INFINITY);
}

void ScoreTable(const Family& family, int number, std::mutex& mutex,
                Score& score) {
  Random random(static_cast<uint64_t>(number) * 1000003 +
                static_cast<uint64_t>(family.name[0]) * 131 +
                static_cast<uint64_t>(family.name[1]));
  const Table table = family.make(random);
  const double target = kReach * table.runs.FlopsRange().second;
  PredictionQuestion question;
  question.flops = target;
  question.fit.resamples = kResamples;
  question.fit.execution.threads = 1;
  question.candidates.space.max_depth = 100000;
  question.candidates.space.max_width = 1 << 22;
  question.candidates.space.base.head_dim = 64;
  const auto prediction = Predict(table.runs, question);
  const double best = BestSize(table.law, target);
  bool tested = false;
  bool rejected = false;
  if (table.runs.has_shapes()) {
    const auto comparison = CompareShapeLaws(table.runs, {});
    if (comparison.ok()) {
      const ShapeTest test = TestShape(table.runs, comparison->none.law);
      tested = test.problem.empty();
      rejected = tested && comparison->ratio.converged &&
                 comparison->ratio.law.g > 0 && test.p_value < 0.025;
    }
  }
  const std::lock_guard<std::mutex> lock(mutex);
  ++score.tables;
  score.tested += tested ? 1 : 0;
  score.rejected += rejected ? 1 : 0;
  if (!prediction.ok()) return;
  ++score.answered;
  const double factor =
      std::exp(std::abs(std::log(prediction->size.value / best)));
  score.worst = std::max(score.worst, factor);
  score.near += factor <= 2 ? 1 : 0;
  if (std::getenv("ISOSHAPE_ANSWERS_VERBOSE") != nullptr && factor > 2) {
    std::fprintf(stderr, "%s %d: %s %.3g for %.3g: %s\n", family.name, number,
                 prediction->law.c_str(), prediction->size.value, best,
                 prediction->method.c_str());
  }
  if (prediction->size.percentile.lower) {
    ++score.size_shown;
    score.size_held += Holds(prediction->size.percentile, best) ? 1 : 0;
  }
  if (prediction->loss.lower && !table.runs.has_shapes()) {
    const double size = prediction->size.value;
    const double truth =
        std::exp(table.law.LogLoss(std::log(size), std::log(target / 6 / size),
                                   table.law.c0) +
                 table.noise * random.Normal());
    ++score.loss_shown;
    score.loss_held += Holds(prediction->loss, truth) ? 1 : 0;
  }
}

double Percent(int part, int whole) {
  return whole == 0 ? 100 : 100.0 * part / whole;
}

int Run(int tables, const std::vector<std::string>& wanted) {
  std::printf("%-20s %8s %10s %12s %8s %10s %10s %10s\n", "FAMILY", "TABLES",
              "ANSWERED", "NEAR/REFUSED", "WORST", "N* HELD", "LOSS HELD",
              "G=0 REJ");
  double min_near = 100;
  double min_held = 100;
  double false_shape = 0;
  for (const Family& family : kFamilies) {
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), family.name) == wanted.end()) {
      continue;
    }
    Score score;
    std::mutex mutex;
    ForEachIndex(tables, {},
                 [&](int number) { ScoreTable(family, number, mutex, score); });
    const int refused = score.tables - score.answered;
    const double near = Percent(score.near + refused, score.tables);
    const double size_held = Percent(score.size_held, score.size_shown);
    const double loss_held = Percent(score.loss_held, score.loss_shown);
    std::printf("%-20s %8d %10d %11.1f%% %8.2f %9.1f%% %9.1f%% %9.1f%%\n",
                family.name, score.tables, score.answered, near, score.worst,
                size_held, loss_held, Percent(score.rejected, score.tables));
    std::fflush(stdout);
    min_near = std::min(min_near, near);
    min_held = std::min({min_held, size_held, loss_held});
    if (std::string(family.name) == "no-shape") {
      false_shape = Percent(score.rejected, score.tested);
    }
  }
  std::printf("near_or_refused_min=%.1f held_min=%.1f shape_false=%.1f\n",
              min_near, min_held, false_shape);
  return 0;
}

// N* at a compute by the ladder of before: the parametric law if it is
// identified, else the trend.
double SizeByOldLadder(const Runs& runs, double flops) {
  PredictLawOptions options;
  options.fit.law = Law::kParametric;
  options.fit.resamples = kResamples;
  options.fit.execution.threads = 1;
  options.flops = flops;
  const auto law = PredictByLaw(runs, options);
  if (law.ok() && law->problems.empty()) {
    return law->Figure("size").estimate.value;
  }
  const auto none = Resampling::CaseBootstrap(runs.rows(), {.count = 0});
  const auto fit = FitIsoflop(runs, *none, {}, {.threads = 1});
  return fit.ok() && fit->size ? fit->size->At(flops) : NAN;
}

double SizeBySurface(const Runs& runs, double flops) {
  const auto fit = FitSurface(runs, {}, false);
  return fit.ok() ? std::exp(fit->surface.LnBestSize(std::log(flops))) : NAN;
}

// The budgets of a grid are measured one after another, cheapest first: how
// many runs and FLOPs until the best size at ten times the largest stays within
// 10 % of the truth?
int Learn(int tables) {
  struct Way {
    const char* name;
    double (*size)(const Runs&, double);
    std::vector<double> flops = {}, runs = {};  // never: infinity
  };
  Way ways[] = {{"ladder of before", SizeByOldLadder},
                {"surface", SizeBySurface}};
  std::mutex mutex;
  ForEachIndex(tables, {}, [&](int number) {
    Random random(static_cast<uint64_t>(number) + 77);
    Table table = Begin(random, kFirst);
    Plan plan;
    plan.budgets = 7;
    AddSweep(plan, kFirst, random, table);
    const double largest = table.runs.FlopsRange().second;
    const double target = kReach * largest;
    const double best = BestSize(table.law, target);
    for (Way& way : ways) {
      double right_since = INFINITY;
      double runs_since = INFINITY;
      double spent = 0;
      for (int b = 1; b <= plan.budgets; ++b) {
        const double budget = kFirst * std::pow(plan.budget_ratio, b - 1);
        const Runs some = *RunsUpTo(table.runs, budget);
        spent += plan.sizes * budget;
        const double off = std::abs(std::log(way.size(some, target) / best));
        const bool right = off <= std::log(1.1);
        if (!right) right_since = runs_since = INFINITY;
        if (right && !std::isfinite(right_since)) {
          right_since = spent / largest;
          runs_since = static_cast<double>(some.rows());
        }
      }
      const std::lock_guard<std::mutex> lock(mutex);
      way.flops.push_back(right_since);
      way.runs.push_back(runs_since);
    }
  });
  std::printf("%-18s %22s %14s %10s\n", "WAY", "FLOPS / LARGEST BUDGET",
              "RUNS (MEDIAN)", "NEVER");
  std::vector<double> medians;
  for (Way& way : ways) {
    std::sort(way.flops.begin(), way.flops.end());
    std::sort(way.runs.begin(), way.runs.end());
    const auto never = std::count(way.flops.begin(), way.flops.end(), INFINITY);
    const size_t middle = way.flops.size() / 2;
    std::printf("%-18s %22.3g %14.0f %9.0f%%\n", way.name, way.flops[middle],
                way.runs[middle], Percent(static_cast<int>(never), tables));
    medians.push_back(way.flops[middle]);
  }
  std::printf("flops_surface_over_before=%.3g\n", medians[1] / medians[0]);
  return 0;
}

}  // namespace
}  // namespace isoshape

int main(int argc, char** argv) {
  const int tables = argc > 1 ? std::atoi(argv[1]) : 200;
  if (tables < 1) {
    std::fprintf(stderr, "usage: answers [TABLES [FAMILY ...]]\n");
    return 2;
  }
  if (argc > 2 && std::string(argv[2]) == "learning") {
    return isoshape::Learn(tables);
  }
  return isoshape::Run(tables, {argv + std::min(argc, 2), argv + argc});
}
