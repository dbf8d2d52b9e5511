#include "bench/answers/published.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/answers/lessons.h"
#include "bench/answers/tables.h"
#include "scaling/predict/predict.h"

namespace isoshape {
namespace {

// Compute asked for / the largest of the runs that are given.
constexpr double kStep = 4;
constexpr int kTargets = 6;

struct Answers {
  int asked = 0, answered = 0, held = 0;
  std::vector<double> regrets = {};
};

void Score(const Lesson& lesson, Answers& answers) {
  PredictionQuestion question;
  question.flops = lesson.target;
  question.candidates.space.max_depth = 100000;
  question.candidates.space.max_width = 1 << 22;
  question.candidates.space.base.head_dim = 64;
  const auto prediction = Predict(lesson.runs, question);
  ++answers.asked;
  if (!prediction.ok()) {
    std::printf("%-36s %9.3g refused\n", lesson.name.c_str(), lesson.target);
    return;
  }
  const double size = prediction->size.value;
  const Interval& interval = prediction->size.percentile;
  const bool held = interval.lower.value_or(0) <= lesson.best &&
                    lesson.best <= interval.upper.value_or(INFINITY);
  const double regret =
      std::max(0.0, lesson.loss(size) / lesson.loss(lesson.best) - 1);
  ++answers.answered;
  answers.held += held ? 1 : 0;
  answers.regrets.push_back(regret);
  std::printf("%-36s %9.3g %-10s %10.4g %10.4g %6.2f %7.3f %%  %s\n",
              lesson.name.c_str(), lesson.target, prediction->law.c_str(), size,
              lesson.best, size / lesson.best, 100 * regret,
              held ? "yes" : "no");
  std::fflush(stdout);
}

void Print(const char* what, Answers answers) {
  std::sort(answers.regrets.begin(), answers.regrets.end());
  if (answers.regrets.empty()) return;
  std::printf(
      "%s: %d answered of %d, regret %.3f %% in the median, %.3f %% at worst; "
      "N* held in %.0f %%\n",
      what, answers.answered, answers.asked,
      100 * answers.regrets[answers.regrets.size() / 2],
      100 * answers.regrets.back(), Percent(answers.held, answers.answered));
}

}  // namespace

bool ScorePublished() {
  const std::vector<Lesson> porian = PorianLessons(kStep, kTargets);
  if (porian.empty()) {
    std::fprintf(stderr,
                 "porian.csv is absent; ISOSHAPE_PUBLISHED_DATA names its "
                 "folder\n");
    return false;
  }
  std::printf("%-36s %9s %-10s %10s %10s %6s %9s  %s\n", "SWEEP", "TARGET",
              "LAW", "N*", "MEASURED", "RATIO", "REGRET", "HELD");
  Answers largest;
  Answers others;
  for (size_t i = 0; i < porian.size(); ++i) {
    Score(porian[i], i < 3 ? largest : others);
  }
  for (const double target : {2e20, 3e20, 4e20, 6e20}) {
    if (const auto lesson = GemstonesLesson(target)) Score(*lesson, others);
  }
  Print("at the largest budgets of three sweeps", largest);
  Print("at smaller ones, and of gemstones", others);
  return true;
}

}  // namespace isoshape
