#include "bench/answers/score.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "bench/answers/tables.h"
#include "scaling/laws/shape_laws.h"
#include "scaling/predict/predict.h"
#include "scaling/statistics/parallel.h"

namespace isoshape {
namespace {

struct Score {
  int tables = 0, answered = 0, near = 0;
  int size_shown = 0, size_held = 0, loss_shown = 0, loss_held = 0;
  int tested = 0, rejected = 0;
  double worst = 1;
};

// Whether the test of G = 0 was made of a table, and whether it rejected.
struct ShapeTested {
  bool tested = false;
  bool rejected = false;
};

ShapeTested TestShapeOf(const Runs& runs) {
  if (!runs.has_shapes()) return {};
  const auto comparison = CompareShapeLaws(runs, {});
  if (!comparison.ok()) return {};
  const ShapeTest test = TestShape(runs, comparison->none.law);
  const bool tested = test.problem.empty();
  return {tested, tested && comparison->ratio.converged &&
                      comparison->ratio.law.g > 0 && test.p_value < 0.025};
}

bool Holds(const Interval& interval, double truth) {
  return interval.lower.value_or(-INFINITY) <= truth &&
         truth <= interval.upper.value_or(INFINITY);
}

void ScoreTable(const Family& family, int number, std::mutex& mutex,
                Score& score) {
  Random random(static_cast<uint64_t>(number) * 1000003 +
                static_cast<uint64_t>(family.name[0]) * 131 +
                static_cast<uint64_t>(family.name[1]));
  const GeneratedTable table = family.make(random);
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
  const auto [tested, rejected] = TestShapeOf(table.runs);
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
  const Interval& interval = prediction->size.percentile;
  const bool held = Holds(interval, best);
  if (std::getenv("ISOSHAPE_ANSWERS_VERBOSE") != nullptr &&
      (factor > 2 || !held)) {
    std::fprintf(stderr, "%s %d: %s %.3g [%.3g, %.3g] for %.3g: %s\n",
                 family.name, number, prediction->law.c_str(),
                 prediction->size.value, interval.lower.value_or(-INFINITY),
                 interval.upper.value_or(INFINITY), best,
                 prediction->method.c_str());
  }
  if (interval.lower) {
    ++score.size_shown;
    score.size_held += held ? 1 : 0;
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

std::string Rejections(const Score& score) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%",
                Percent(score.rejected, score.tested));
  return text;
}

}  // namespace

bool ScoreFamilies(int first, int tables,
                   const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted) {
    const bool known =
        std::any_of(Families().begin(), Families().end(),
                    [&](const Family& family) { return name == family.name; });
    if (known) continue;
    std::fprintf(stderr, "answers: no family '%s'\n", name.c_str());
    return false;
  }
  std::printf("%-20s %8s %10s %12s %8s %10s %10s %10s\n", "FAMILY", "TABLES",
              "ANSWERED", "NEAR/REFUSED", "WORST", "N* HELD", "LOSS HELD",
              "G=0 REJ");
  double min_near = 100;
  double min_held = 100;
  double false_shape = 0;
  for (const Family& family : Families()) {
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), family.name) == wanted.end()) {
      continue;
    }
    Score score;
    std::mutex mutex;
    ForEachIndex(tables, {}, [&](int number) {
      ScoreTable(family, first + number, mutex, score);
    });
    const int refused = score.tables - score.answered;
    const double near = Percent(score.near + refused, score.tables);
    const double size_held = Percent(score.size_held, score.size_shown);
    const double loss_held = Percent(score.loss_held, score.loss_shown);
    std::printf("%-20s %8d %10d %11.1f%% %8.2f %9.1f%% %9.1f%% %10s\n",
                family.name, score.tables, score.answered, near, score.worst,
                size_held, loss_held,
                score.tested == 0 ? "-" : Rejections(score).c_str());
    std::fflush(stdout);
    min_near = std::min(min_near, near);
    min_held = std::min({min_held, size_held, loss_held});
    if (std::string(family.name).starts_with("no-shape")) {
      false_shape =
          std::max(false_shape, Percent(score.rejected, score.tested));
    }
  }
  std::printf("near_or_refused_min=%.1f held_min=%.1f shape_false=%.1f\n",
              min_near, min_held, false_shape);
  return true;
}

}  // namespace isoshape
