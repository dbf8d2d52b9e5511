#ifndef ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_
#define ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_

#include <string>
#include <vector>

#include "search/interface.h"
#include "search/optimum/question.h"
#include "simulate/landscape.h"

namespace isoshape {

// What is asked of every search: the best shape at that many times the largest
// compute, to within a regret.
struct BenchCase {
  std::string name;
  double noise = 0.003;
  double reach = 10;
};
inline constexpr double kTolerance = 0.002;

// One campaign: what it cost and whether its answer was right. FLOPs are in
// units of the smallest budget; infinity: never.
struct Outcome {
  double stop = 0;   // until the search, or the stop rule, was certain
  int trials = 0;    // then
  double right = 0;  // until the regret stayed within the tolerance
  // The same by the answer that a grid had before the surface; grid only.
  double right_as_before = 0;
  bool regret_ok = false;  // at the stop
  bool size_ok = false;    // then the truth was in the interval of N*
  double regret = 0;       // then
};

// A way to search. `seed` is that of the landscape.
struct Way {
  const char* name;
  Outcome (*run)(const BenchCase& problem, uint64_t seed);
};
const std::vector<Way>& Ways();

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_
