#ifndef ISOSHAPE_BENCH_ANSWERS_TABLES_H_
#define ISOSHAPE_BENCH_ANSWERS_TABLES_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "scaling/laws/ratio_law.h"
#include "scaling/runs/runs.h"

namespace isoshape {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  double Uniform(double low, double high) {
    return low + (high - low) * uniform_(engine_);
  }
  double Normal() { return normal_(engine_); }
  int Whole(int low, int high) {
    return static_cast<int>(std::floor(Uniform(low, high + 1)));
  }

 private:
  std::mt19937_64 engine_;
  std::uniform_real_distribution<double> uniform_;
  std::normal_distribution<double> normal_;
};

// A truth and a table of runs of it.
struct GeneratedTable {
  RatioLaw law;
  Runs runs;
  double noise = 0;  // of ln loss
};

// Budgets, sizes and what else a table is made of.
struct TablePlan {
  int budgets = 5;
  double budget_ratio = 3;
  int sizes = 7;
  double half_range = 5;  // factor of size to either side of the centre
  double centre = 1;      // over the true best size
  int seeds = 1;          // runs of each place
  std::vector<double> ratios = {};  // aspect ratios; none: shapes not known
};

// N* of a law with C = 6 N D, at the best aspect ratio.
double BestSize(const RatioLaw& law, double flops);

// A law and the noise of its runs, and none of these yet.
GeneratedTable BeginTable(Random& random);

// Adds the budgets of a plan.
void AddSweep(const TablePlan& plan, Random& random, GeneratedTable& table);

// A kind of table.
struct Family {
  const char* name;
  GeneratedTable (*make)(Random& random);
};
// All kinds.
const std::vector<Family>& Families();

// Share of a whole in percent; 100 of nothing.
double Percent(int part, int whole);

// Compute asked for / the largest of the runs.
inline constexpr double kReach = 10;
// Of every fit.
inline constexpr int kResamples = 200;

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_ANSWERS_TABLES_H_
