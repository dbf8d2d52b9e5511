#ifndef ISOSHAPE_BENCH_SEARCH_SCORES_H_
#define ISOSHAPE_BENCH_SEARCH_SCORES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bench/search/problems.h"
#include "bench/search/replays.h"

namespace isoshape {

// The campaigns of one way on one problem.
struct Score {
  std::vector<Outcome> outcomes = {};

  // Quantile of FLOPs at the stop, or until right; infinity sorts last.
  double Stop(double quantile) const;
  double Right(double quantile) const;
  int stopped() const;
  // Of those that stopped, the share with the regret or N* as claimed.
  double RegretOk() const;
  double SizeOk() const;
};

// All ways on one problem, in the order of Ways().
struct ProblemScores {
  std::string name;
  std::vector<Score> ways;
};

// Runs every way on each problem, with so many seeds from `first_seed` on, by
// all processors.
std::vector<ProblemScores> ScoreAll(const std::vector<std::string>& names,
                                    uint64_t first_seed, int seeds);

// Seeds by which nothing was chosen.
inline constexpr uint64_t kHeldOutSeed = 1000;
inline constexpr int kHeldOutSeeds = 10;
// Prints the table and the bars that are of problems alone. Nothing is judged
// by them there.
void PrintHeldOut(const std::vector<ProblemScores>& problems);

// Milliseconds of one proposal of optimum, gp, pareto, asha or hyperband, by
// the number of trials; optimum_seconds and gp_seconds: with `--cost seconds`;
// optimum_dear: where every forecast says that the tolerance takes too much.
double ProposalMilliseconds(absl::string_view algorithm, int trials);

// Prints the table of problems, the replays, the bars with what was reached,
// and lines of key=value. True if every bar is kept.
bool PrintScores(const std::vector<ProblemScores>& problems,
                 const std::vector<ReplayResult>& replays);

// Measures and prints the times of proposals alone.
bool PrintTimes();

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_SEARCH_SCORES_H_
