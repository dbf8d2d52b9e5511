#include "bench/answers/learning.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bench/answers/lessons.h"
#include "bench/answers/tables.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/predict_law.h"
#include "scaling/runs/geometry.h"
#include "scaling/statistics/parallel.h"
#include "scaling/statistics/resampling.h"
#include "scaling/surface/surface_fit.h"

namespace isoshape {
namespace {

// N* at a compute by the ladder of before: the parametric law if it is
// identified, else the trend.
double SizeByOldLadder(const Runs& runs, double flops) {
  PredictLawOptions options;
  options.fit.law = Law::kParametric;
  options.fit.resamples = kResamples;
  options.fit.execution.threads = 1;
  options.allocation.flops = flops;
  const auto law = PredictByLaw(runs, options);
  if (law.ok() && law->problems.empty()) {
    return law->Figure("size").estimate.value;
  }
  const auto none = Resampling::CaseBootstrap(runs.rows(), {.count = 0});
  const auto fit = FitIsoflop(runs, *none, {}, {.threads = 1});
  return fit.ok() && fit->size ? fit->size->At(flops) : NAN;
}

double SizeBySurface(const Runs& runs, double flops) {
  const auto fit = FitSurface(runs, {}, RatiosTell(runs));
  return fit.ok() ? std::exp(fit->surface.LnBestSize(std::log(flops))) : NAN;
}

// N* by the ranked ladder, whatever it follows; NaN if it refuses.
double SizeByLadder(const Runs& runs, double flops) {
  PredictionQuestion question;
  question.flops = flops;
  question.fit.resamples = kResamples;
  question.fit.execution.threads = 1;
  const auto prediction = Predict(runs, question);
  return prediction.ok() ? prediction->size.value : NAN;
}

// A way to the best size, and when it was right for good: spent FLOPs / the
// largest budget; infinity: never.
struct Way {
  const char* name;
  double (*size)(const Runs&, double);
  std::vector<double> near_size = {};   // N* within 10 %
  std::vector<double> low_regret = {};  // loss within 0.2 % of the least
};

// Measures the budgets one after another, cheapest first.
void Learn(const Lesson& lesson, std::vector<Way>& ways, std::mutex& mutex) {
  const std::set<double> budgets(lesson.runs.budget.begin(),
                                 lesson.runs.budget.end());
  const double least = lesson.loss(lesson.best);
  for (Way& way : ways) {
    double near_since = INFINITY;
    double low_since = INFINITY;
    for (const double budget : budgets) {
      const Runs some = *RunsUpTo(lesson.runs, budget);
      double spent = 0;
      for (const double one : some.budget) spent += one / *budgets.rbegin();
      const double size = way.size(some, lesson.target);
      const bool near = std::abs(std::log(size / lesson.best)) <= std::log(1.1);
      const bool low = lesson.loss(size) <= 1.002 * least;
      near_since = near ? std::min(near_since, spent) : INFINITY;
      low_since = low ? std::min(low_since, spent) : INFINITY;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    way.near_size.push_back(near_since);
    way.low_regret.push_back(low_since);
  }
}

std::vector<Way> Ways() {
  return {{"ladder of before", SizeByOldLadder},
          {"surface", SizeBySurface},
          {"ranked ladder", SizeByLadder}};
}

void PrintWays(const char* truth, std::vector<Way>& ways) {
  const auto text = [](std::vector<double>& since) {
    std::sort(since.begin(), since.end());
    const double median = since[since.size() / 2];
    const auto never =
        static_cast<int>(std::count(since.begin(), since.end(), INFINITY));
    char line[64];
    std::snprintf(line, sizeof line, "%9.3g  never %3.0f %%", median,
                  Percent(never, static_cast<int>(since.size())));
    return std::string(line);
  };
  for (Way& way : ways) {
    std::printf("%-18s %-18s %24s %24s\n", truth, way.name,
                text(way.near_size).c_str(), text(way.low_regret).c_str());
  }
  std::fflush(stdout);
}

// Seven budgets of a law, or of one that loses more at few tokens than any
// power of them says, as real runs do.
Lesson Generated(int number, bool few_tokens) {
  Random random(static_cast<uint64_t>(number) + 77);
  GeneratedTable table = BeginTable(random);
  TablePlan plan;
  plan.budgets = 7;
  AddSweep(plan, random, table);
  const double limit = random.Uniform(3, 8);
  const auto more = [=](double size, double tokens) {
    return few_tokens ? 1 + 0.15 * std::exp(-tokens / size / limit) : 1.0;
  };
  Lesson lesson{.runs = table.runs};
  for (size_t i = 0; i < lesson.runs.rows(); ++i) {
    lesson.runs.loss[i] *= more(lesson.runs.size[i], lesson.runs.tokens[i]);
  }
  const double target = kReach * lesson.runs.FlopsRange().second;
  lesson.target = target;
  lesson.loss = [=, law = table.law](double size) {
    const double tokens = target / 6 / size;
    return more(size, tokens) *
           std::exp(law.LogLoss(std::log(size), std::log(tokens), law.c0));
  };
  double least = INFINITY;
  const double start = BestSize(table.law, target);
  for (double x = -3; x <= 3; x += 0.002) {
    const double loss = lesson.loss(start * std::exp(x));
    if (loss >= least) continue;
    least = loss;
    lesson.best = start * std::exp(x);
  }
  return lesson;
}

// Prints how the lessons that there are were learnt; a line if there are none.
void LearnPublished(const char* name, const std::vector<Lesson>& lessons) {
  std::vector<Way> ways = Ways();
  std::mutex mutex;
  for (const Lesson& lesson : lessons) Learn(lesson, ways, mutex);
  if (ways.front().near_size.empty()) {
    std::printf("%s.csv is absent; ISOSHAPE_PUBLISHED_DATA names its folder\n",
                name);
    return;
  }
  PrintWays(name, ways);
}

}  // namespace

void CompareLearning(int tables) {
  std::printf("%-18s %-18s %24s %24s\n", "TRUTH", "WAY", "N* WITHIN 10 %",
              "REGRET WITHIN 0.2 %");
  std::mutex mutex;
  for (const bool few_tokens : {false, true}) {
    std::vector<Way> ways = Ways();
    ForEachIndex(tables, {}, [&](int number) {
      Learn(Generated(number, few_tokens), ways, mutex);
    });
    PrintWays(few_tokens ? "few tokens" : "law", ways);
  }
  LearnPublished("porian", PorianLessons(kReach, 1));
  std::vector<Lesson> gemstones;
  for (const double target : {2e20, 3e20, 4e20, 6e20}) {
    if (auto lesson = GemstonesLesson(target)) gemstones.push_back(*lesson);
  }
  LearnPublished("gemstones", gemstones);
}

}  // namespace isoshape
