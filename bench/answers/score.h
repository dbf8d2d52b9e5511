#ifndef ISOSHAPE_BENCH_ANSWERS_SCORE_H_
#define ISOSHAPE_BENCH_ANSWERS_SCORE_H_

#include <string>
#include <vector>

namespace isoshape {

// Predicts `tables` tables of each family (all if none is named), from the one
// numbered `first` on, at kReach times their largest compute, and prints how
// often the answer is right or refused and intervals hold the truth.
// False, with a line on standard error, if a family is not known.
bool ScoreFamilies(int first, int tables,
                   const std::vector<std::string>& wanted);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_SCORE_H_
