// Searches held against each other where the truth is known; bench/search.sh
// says more.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "bench/search/problems.h"
#include "scaling/statistics/parallel.h"

int main(int argc, char** argv) {
  int seeds = 20;
  if (argc > 1 && !absl::SimpleAtoi(argv[1], &seeds)) seeds = 0;
  const auto names = isoshape::Landscape::Names();
  const auto& ways = isoshape::Ways();
  for (const std::string& name : names) {
    if (argc > 2 && name != argv[2]) continue;
    for (const auto& way : ways) {
      if (argc > 3 && std::string(way.name) != argv[3]) continue;
      std::vector<isoshape::Outcome> all(seeds);
      isoshape::ForEachIndex(seeds, {}, [&](int seed) {
        all[seed] = way.run({.name = name}, seed);
      });
      std::vector<double> stop, right, trials;
      int ok = 0, covered = 0;
      for (const auto& one : all) {
        stop.push_back(one.stop);
        right.push_back(one.right);
        trials.push_back(one.trials);
        ok += one.regret_ok;
        covered += one.size_ok;
      }
      std::sort(stop.begin(), stop.end());
      std::sort(right.begin(), right.end());
      std::sort(trials.begin(), trials.end());
      const auto at = [&](std::vector<double>& v, double q) {
        return v[std::min<size_t>(v.size() - 1, std::ceil(q * (v.size() - 1)))];
      };
      std::printf(
          "%-12s %-11s stop %5.0f (%5.0f) trials %3.0f right %5.0f (%5.0f) "
          "regret ok %.2f covered %.2f\n",
          name.c_str(), way.name, at(stop, .5), at(stop, .9), at(trials, .5),
          at(right, .5), at(right, .9), double(ok) / seeds,
          double(covered) / seeds);
      std::fflush(stdout);
    }
  }
  return 0;
}
