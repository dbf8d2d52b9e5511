#ifndef ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_
#define ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/landscape_search.h"

namespace isoshape {

// What is asked of every search: the best shape at that many times the largest
// compute, to within a regret.
struct BenchCase {
  std::string name;
  double noise = 0.003;
  double reach = 10;
};
inline constexpr double kTolerance = 0.002;

struct Outcome : LandscapeOutcome {
  // FLOPs until right by the answer that a grid had before the surface; grid
  // only.
  double right_as_before = 0;
};

// A way to search. `seed` is that of the landscape.
struct Way {
  const char* name;
  Outcome (*run)(const BenchCase& problem, uint64_t seed);
};
const std::vector<Way>& Ways();

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_PROBLEMS_H_
