#ifndef ISOSHAPE_BENCH_ANSWERS_LESSONS_H_
#define ISOSHAPE_BENCH_ANSWERS_LESSONS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scaling/runs/runs.h"

namespace isoshape {

// Budgets of a sweep and what is true at a target beyond them.
struct Lesson {
  std::string name = {};
  Runs runs;  // with budgets
  double target = 0;
  double best = 0;                               // N* at the target
  std::function<double(double size)> loss = {};  // at the target
};

// The three published sweeps of Porian et al. 2024: the budgets of the target /
// `reach` or less, and what was measured at the target, each of the `targets`
// largest budgets that show a best size; those of the largest come first. None
// if the file is absent.
std::vector<Lesson> PorianLessons(double reach, int targets);

// Points of the trunks of Gemstones (McLeish et al. 2025) of at most a quarter
// of the target, in levels of compute a factor of 1.78 apart. The truth is
// every trunk's loss at the tokens that the target buys it, linear in ln tokens
// between its points. Their sizes lie in a few heaps a factor of two and more
// apart, with other aspect ratios in each: a size is worth the best trunk of
// the nearest heap.
std::optional<Lesson> GemstonesLesson(double target);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_LESSONS_H_
