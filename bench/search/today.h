#ifndef ISOSHAPE_BENCH_SEARCH_TODAY_H_
#define ISOSHAPE_BENCH_SEARCH_TODAY_H_

#include <cstddef>
#include <vector>

#include "search/interface.h"
#include "simulate/landscape.h"

namespace isoshape {

// The regret of the answer that a grid had before the surface: the trend of the
// isoFLOP optima while fewer than three budgets are there, then the ratio law
// without priors. Of the first `count` trials, which all succeeded; infinite if
// there is no answer.
double RegretOfOldAnswer(const std::vector<PastTrial>& trials, size_t count,
                         const AnswerSheet& sheet, double target_flops);

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_TODAY_H_
