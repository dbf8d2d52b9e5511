#include "bench/answers/lessons.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "bench/published_runs.h"
#include "scaling/isoflop/size_curve.h"
#include "scaling/isoflop/size_optimum.h"
#include "scaling/runs/run_file.h"
#include "scaling/statistics/akima.h"

namespace isoshape {
namespace {

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

// The lessons of one sweep, the largest target first.
std::vector<Lesson> PorianSweep(const std::string& experiment, double reach) {
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", experiment}};
  const auto runs = PublishedRuns("porian.csv", format);
  std::vector<Lesson> lessons;
  if (!runs) return lessons;
  std::vector<SizeCurve> curves = MakeSizeCurves(*runs);
  std::reverse(curves.begin(), curves.end());
  for (const SizeCurve& curve : curves) {
    auto smaller = RunsUpTo(*runs, curve.budget / reach);
    if (!smaller.ok() || !FindSizeOptimum(Columns(curve), {}).problem.empty()) {
      continue;
    }
    Lesson& lesson = lessons.emplace_back(
        LessonOf(*std::move(smaller), curve.budget, curve));
    lesson.name = experiment;
  }
  return lessons;
}

}  // namespace

std::vector<Lesson> PorianLessons(double reach, int targets) {
  std::vector<std::vector<Lesson>> sweeps;
  for (const char* experiment : {"rw|tuned|short|const|standard|val",
                                 "rw|base|short|kaplan|standard|val",
                                 "owt2|base|long|kaplan|kaplan|train"}) {
    sweeps.push_back(PorianSweep(experiment, reach));
  }
  std::vector<Lesson> lessons;
  for (size_t i = 0; i < static_cast<size_t>(targets); ++i) {
    for (const std::vector<Lesson>& sweep : sweeps) {
      if (i < sweep.size()) lessons.push_back(sweep[i]);
    }
  }
  return lessons;
}

namespace {

// Interpolates every trunk at a compute, between its two nearest points.
Runs TrunksAt(const Runs& runs, double target) {
  std::map<std::string, std::vector<size_t>> trunks;
  for (size_t i = 0; i < runs.rows(); ++i) trunks[runs.run[i]].push_back(i);
  Runs there;
  for (auto& [name, rows] : trunks) {
    std::sort(rows.begin(), rows.end(), [&](size_t a, size_t b) {
      return runs.tokens[a] < runs.tokens[b];
    });
    const double tokens = target / 6 / runs.size[rows.front()];
    for (size_t k = 1; k < rows.size(); ++k) {
      const size_t a = rows[k - 1];
      const size_t b = rows[k];
      if (tokens < runs.tokens[a] || tokens > runs.tokens[b]) continue;
      const double share = std::log(tokens / runs.tokens[a]) /
                           std::log(runs.tokens[b] / runs.tokens[a]);
      there.size.push_back(runs.size[a]);
      there.tokens.push_back(tokens);
      there.loss.push_back((1 - share) * runs.loss[a] + share * runs.loss[b]);
      there.width.push_back(runs.width[a]);
      there.depth.push_back(runs.depth[a]);
      there.budget.push_back(target);
      break;
    }
  }
  return there;
}

// Sets budgets in levels from the largest compute of the pool down, and says
// which runs are in the pool.
std::vector<bool> PoolBelow(double target, Runs& runs) {
  constexpr double kLevel = 1.78;
  constexpr double kPool = 4;
  runs.budget.clear();
  std::vector<bool> keep;
  for (const double flops : runs.flops) {
    const double below = std::log(target / kPool / flops) / std::log(kLevel);
    keep.push_back(below >= -1e-9);
    runs.budget.push_back(target / kPool *
                          std::pow(kLevel, -std::floor(below + 1e-9)));
  }
  return keep;
}

// The best loss of each heap of nearly equal sizes, by its size.
std::map<double, double> BestOfHeaps(const Runs& there) {
  constexpr double kHeap = 1.5;
  std::map<double, double> best;
  double last = 0;
  double heap = 0;
  const std::vector<SizeCurve> curves = MakeSizeCurves(there);
  for (const SizePoint& point : curves.front().points) {
    const ShapeMean& one = point.best;
    const bool same = last > 0 && one.size < kHeap * last;
    last = one.size;
    if (same && one.loss >= best[heap]) continue;
    if (same) best.erase(heap);
    heap = one.size;
    best[heap] = one.loss;
  }
  return best;
}

}  // namespace

std::optional<Lesson> GemstonesLesson(double target) {
  RunFormat format;
  format.loss = "val_loss";
  format.flops = "flops_6nd";
  format.run = "run_name";
  auto runs = PublishedRuns("gemstones.csv", format);
  if (!runs) return std::nullopt;
  const std::map<double, double> best = BestOfHeaps(TrunksAt(*runs, target));
  const std::vector<bool> keep = PoolBelow(target, *runs);
  Lesson lesson{.runs = SelectRows(*runs, keep), .target = target};
  lesson.name = "gemstones";
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

}  // namespace isoshape
