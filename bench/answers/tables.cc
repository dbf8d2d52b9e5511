#include "bench/answers/tables.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_format.h"
#include "scaling/runs/run_file.h"

namespace isoshape {
namespace {

constexpr double kFirst = 1e18;  // FLOPs of the smallest budget

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

void AddRun(const GeneratedTable& table, double size, double tokens,
            double ratio, double budget, Random& random, Runs& runs) {
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

}  // namespace

double BestSize(const RatioLaw& law, double flops) {
  return std::pow(law.alpha * std::exp(law.ln_a) /
                      (law.beta * std::exp(law.ln_b)) *
                      std::pow(flops / 6, law.beta),
                  1 / (law.alpha + law.beta));
}

GeneratedTable BeginTable(Random& random) {
  GeneratedTable table;
  table.law = DrawLaw(random, 10 * kFirst);
  table.noise = random.Uniform(0.002, 0.008);
  return table;
}

void AddSweep(const TablePlan& plan, Random& random, GeneratedTable& table) {
  const std::vector<double> ratios =
      plan.ratios.empty() ? std::vector<double>{0} : plan.ratios;
  for (int b = 0; b < plan.budgets; ++b) {
    const double budget = kFirst * std::pow(plan.budget_ratio, b);
    const double centre = plan.centre * BestSize(table.law, budget) *
                          std::exp(0.2 * random.Normal());
    for (int i = 0; i < plan.sizes; ++i) {
      const double share = plan.sizes > 1 ? 2.0 * i / (plan.sizes - 1) - 1 : 0;
      const double size = centre * std::pow(plan.half_range, share);
      for (const double ratio : ratios) {
        for (int seed = 0; seed < plan.seeds; ++seed) {
          AddRun(table, size, budget / 6 / size, ratio, budget, random,
                 table.runs);
        }
      }
    }
  }
}

namespace {

TablePlan DrawPlan(Random& random) {
  TablePlan plan;
  plan.budgets = random.Whole(3, 6);
  plan.budget_ratio = random.Uniform(2, 4);
  plan.sizes = random.Whole(5, 9);
  plan.half_range = random.Uniform(3, 8);
  return plan;
}

GeneratedTable Sweep(Random& random) {
  GeneratedTable table = BeginTable(random);
  AddSweep(DrawPlan(random), random, table);
  return table;
}

// All runs at one number of tokens a parameter, but for `spread` of ln D.
GeneratedTable Ladder(Random& random, double spread) {
  GeneratedTable table = BeginTable(random);
  const int count = random.Whole(7, 14);
  const double ratio = 20 * std::exp(0.5 * random.Normal());
  for (int i = 0; i < count; ++i) {
    const double size = 1e7 * std::pow(100, i / (count - 1.0));
    AddRun(table, size, ratio * size * std::exp(spread * random.Normal()), 0, 0,
           random, table.runs);
  }
  return table;
}
GeneratedTable Collinear(Random& random) { return Ladder(random, 0); }
GeneratedTable NearlyCollinear(Random& random) {
  return Ladder(random, random.Uniform(0.02, 0.4));
}

GeneratedTable OneBudget(Random& random) {
  GeneratedTable table = BeginTable(random);
  TablePlan plan = DrawPlan(random);
  plan.budgets = 1;
  AddSweep(plan, random, table);
  return table;
}

GeneratedTable FewRuns(Random& random) {
  GeneratedTable table = BeginTable(random);
  const int count = random.Whole(4, 10);
  for (int i = 0; i < count; ++i) {
    const double flops = kFirst * std::pow(50, random.Uniform(0, 1));
    const double size =
        BestSize(table.law, flops) * std::exp(0.7 * random.Normal());
    AddRun(table, size, flops / 6 / size, 0, 0, random, table.runs);
  }
  return table;
}

// A sweep of a law of such small exponents that nothing in the runs shows E.
GeneratedTable SmallExponents(Random& random, double low, double high) {
  GeneratedTable table = BeginTable(random);
  table.law.alpha = random.Uniform(low, high);
  table.law.beta = random.Uniform(low, high);
  table.law.e = random.Uniform(0.1, 0.6);
  const double size = std::sqrt(10 * kFirst / 120);
  const double of_size =
      2.5 * table.law.beta / (table.law.alpha + table.law.beta);
  table.law.ln_a = std::log(of_size) + table.law.alpha * std::log(size);
  table.law.ln_b =
      std::log(2.5 - of_size) + table.law.beta * std::log(20 * size);
  AddSweep(DrawPlan(random), random, table);
  return table;
}
GeneratedTable FloorBeyondReach(Random& random) {
  return SmallExponents(random, 0.08, 0.2);
}
// Curves over size are nearly flat: noise hides where they are lowest.
GeneratedTable TinyExponents(Random& random) {
  return SmallExponents(random, 0.02, 0.08);
}

GeneratedTable WithShapes(Random& random, double g, double low, double high) {
  GeneratedTable table = BeginTable(random);
  table.law.g = g * std::exp(table.law.ln_a);
  TablePlan plan = DrawPlan(random);
  plan.sizes = 5;
  const double middle =
      std::exp(table.law.c0) * std::exp(0.3 * random.Normal());
  plan.ratios = {middle * low, middle, middle * high};
  AddSweep(plan, random, table);
  return table;
}
GeneratedTable NoShape(Random& random) {
  return WithShapes(random, 0, 0.25, 4);
}
GeneratedTable Shape(Random& random) {
  return WithShapes(random, random.Uniform(0.02, 0.1), 0.25, 4);
}
GeneratedTable NarrowAspects(Random& random) {
  return WithShapes(random, random.Uniform(0, 0.1), 0.9, 1.1);
}

GeneratedTable WithOutliers(double share, Random& random,
                            GeneratedTable table) {
  for (double& loss : table.runs.loss) {
    if (random.Uniform(0, 1) < share) {
      loss *= std::exp(random.Uniform(0.02, 0.3));
    }
  }
  return table;
}
GeneratedTable Outliers(Random& random) {
  return WithOutliers(0.05, random, Sweep(random));
}
GeneratedTable NoShapeOutliers(Random& random) {
  return WithOutliers(0.1, random, NoShape(random));
}

// A file in which rows come twice, as logs of a run that was resumed do: half
// of the rows, or all. It is read as files of users are.
GeneratedTable Duplicates(Random& random) {
  GeneratedTable table = Sweep(random);
  const Runs& runs = table.runs;
  const double share = random.Whole(0, 1) == 0 ? 0.5 : 1;
  std::string text = "params,tokens,loss,budget\n";
  for (size_t i = 0; i < runs.rows(); ++i) {
    const std::string line =
        absl::StrFormat("%.17g,%.17g,%.17g,%.17g\n", runs.params[i],
                        runs.tokens[i], runs.loss[i], runs.budget[i]);
    text += line;
    if (random.Uniform(0, 1) < share) text += line;
  }
  table.runs = ReadRuns(text, "duplicates", {})->runs;
  return table;
}

// Every place is run with two or three seeds.
GeneratedTable Repeats(Random& random) {
  GeneratedTable table = BeginTable(random);
  TablePlan plan = DrawPlan(random);
  plan.seeds = random.Whole(2, 3);
  AddSweep(plan, random, table);
  return table;
}

// Centres far from the best size, so that some budgets do not bracket it.
GeneratedTable OffCentre(Random& random) {
  GeneratedTable table = BeginTable(random);
  TablePlan plan = DrawPlan(random);
  plan.centre = std::exp(random.Uniform(-1.2, 1.2));
  AddSweep(plan, random, table);
  return table;
}

}  // namespace

const std::vector<Family>& Families() {
  static const std::vector<Family> families = {
      {"sweep", Sweep},
      {"collinear", Collinear},
      {"nearly-collinear", NearlyCollinear},
      {"one-budget", OneBudget},
      {"few-runs", FewRuns},
      {"floor-beyond-reach", FloorBeyondReach},
      {"tiny-exponents", TinyExponents},
      {"shape", Shape},
      {"no-shape", NoShape},
      {"no-shape-outliers", NoShapeOutliers},
      {"narrow-aspects", NarrowAspects},
      {"outliers", Outliers},
      {"duplicates", Duplicates},
      {"repeats", Repeats},
      {"off-centre", OffCentre}};
  return families;
}

double Percent(int part, int whole) {
  return whole == 0 ? 100 : 100.0 * part / whole;
}

}  // namespace isoshape
