#include "bench/answers/learning.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bench/answers/tables.h"
#include "bench/published_runs.h"
#include "scaling/isoflop/isoflop.h"
#include "scaling/predict/predict.h"
#include "scaling/predict/predict_law.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/run_file.h"
#include "scaling/statistics/akima.h"
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

// Budgets of a sweep and what is true at a target beyond them.
struct Lesson {
  Runs runs;  // with budgets
  double target = 0;
  double best = 0;                               // N* at the target
  std::function<double(double size)> loss = {};  // at the target
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
  Table table = BeginTable(random);
  Plan plan;
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

// The runs as a lesson, and what was measured at the target.
Lesson LessonOf(Runs runs, double target, const SizeCurve& measured) {
  const CurveColumns curve = Columns(measured);
  std::vector<double> ln_loss;
  for (const double loss : curve.loss) ln_loss.push_back(std::log(loss));
  const Akima akima(curve.ln_size, ln_loss);
  Lesson lesson{.runs = std::move(runs),
                .target = target,
                .best = std::exp(akima.FindMinimum().x)};
  lesson.loss = [akima, low = curve.ln_size.front(),
                 high = curve.ln_size.back()](double size) {
    return std::isnan(size)
               ? INFINITY
               : std::exp(akima.At(std::clamp(std::log(size), low, high)));
  };
  return lesson;
}

// A published sweep: budgets of a tenth of the largest or less, and the largest
// as the truth.
std::optional<Lesson> Porian(const std::string& experiment) {
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", experiment}};
  const auto runs = ReadPublished("porian.csv", format);
  if (!runs) return std::nullopt;
  const SizeCurve largest = MakeSizeCurves(*runs).back();
  return LessonOf(*RunsUpTo(*runs, largest.budget / kReach), largest.budget,
                  largest);
}

// Points of the trunks of Gemstones (McLeish et al. 2025) of at most a quarter
// of the target, in levels of compute a factor of 1.78 apart. The truth is
// every trunk's loss at the tokens that the target buys it, linear in ln tokens
// between its points. Their sizes lie in a few heaps a factor of two and more
// apart, with other aspect ratios in each: a size is worth the best trunk of
// the nearest heap.
std::optional<Lesson> Gemstones(double target) {
  RunFormat format;
  format.loss = "val_loss";
  format.flops = "flops_6nd";
  format.run = "run_name";
  auto runs = ReadPublished("gemstones.csv", format);
  if (!runs) return std::nullopt;
  std::map<std::string, std::vector<size_t>> trunks;
  for (size_t i = 0; i < runs->rows(); ++i) trunks[runs->run[i]].push_back(i);
  Runs there;
  for (auto& [name, rows] : trunks) {
    std::sort(rows.begin(), rows.end(), [&](size_t a, size_t b) {
      return runs->tokens[a] < runs->tokens[b];
    });
    const double tokens = target / 6 / runs->size[rows.front()];
    for (size_t k = 1; k < rows.size(); ++k) {
      const size_t a = rows[k - 1];
      const size_t b = rows[k];
      if (tokens < runs->tokens[a] || tokens > runs->tokens[b]) continue;
      const double share = std::log(tokens / runs->tokens[a]) /
                           std::log(runs->tokens[b] / runs->tokens[a]);
      there.size.push_back(runs->size[a]);
      there.tokens.push_back(tokens);
      there.loss.push_back((1 - share) * runs->loss[a] + share * runs->loss[b]);
      there.width.push_back(runs->width[a]);
      there.depth.push_back(runs->depth[a]);
      there.budget.push_back(target);
      break;
    }
  }
  constexpr double kLevel = 1.78;
  constexpr double kPool = 4;
  runs->budget.clear();
  std::vector<bool> keep;
  for (const double flops : runs->flops) {
    const double below = std::log(target / kPool / flops) / std::log(kLevel);
    keep.push_back(below >= -1e-9);
    runs->budget.push_back(target / kPool *
                           std::pow(kLevel, -std::floor(below + 1e-9)));
  }
  constexpr double kHeap = 1.5;
  std::map<double, double> best;  // of each heap: loss by size
  double last = 0;
  double heap = 0;
  for (const SizePoint& point : MakeSizeCurves(there).front().points) {
    const ShapeMean& one = point.best;
    const bool same = last > 0 && one.size < kHeap * last;
    last = one.size;
    if (same && one.loss >= best[heap]) continue;
    if (same) best.erase(heap);
    heap = one.size;
    best[heap] = one.loss;
  }
  Lesson lesson{.runs = SelectRows(*runs, keep), .target = target};
  double least = INFINITY;
  for (const auto& [size, loss] : best) {
    if (loss >= least) continue;
    least = loss;
    lesson.best = size;
  }
  lesson.loss = [best](double size) {
    double nearest = INFINITY;
    double found = INFINITY;
    for (const auto& [at, loss] : best) {
      const double off = std::abs(std::log(size / at));
      if (!(off < nearest)) continue;
      nearest = off;
      found = loss;
    }
    return found;
  };
  return lesson;
}

// Prints how the lessons that there are were learnt; a line if there are none.
void LearnPublished(const char* name,
                    const std::vector<std::optional<Lesson>>& lessons) {
  std::vector<Way> ways = Ways();
  std::mutex mutex;
  for (const std::optional<Lesson>& lesson : lessons) {
    if (lesson) Learn(*lesson, ways, mutex);
  }
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
  LearnPublished("porian", {Porian("rw|tuned|short|const|standard|val"),
                            Porian("rw|base|short|kaplan|standard|val"),
                            Porian("owt2|base|long|kaplan|kaplan|train")});
  LearnPublished("gemstones", {Gemstones(2e20), Gemstones(3e20),
                               Gemstones(4e20), Gemstones(6e20)});
}

}  // namespace isoshape
