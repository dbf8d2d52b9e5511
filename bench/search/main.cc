// Searches held against each other where the truth is known; bench/search.sh
// says more.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "bench/search/oracle.h"
#include "bench/search/priors.h"
#include "bench/search/problems.h"
#include "bench/search/replays.h"
#include "bench/search/scores.h"
#include "simulate/landscape.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"--times"}) {
    return isoshape::PrintTimes() ? 0 : 1;
  }
  if (arguments == std::vector<std::string>{"--priors"}) {
    constexpr int kSeeds = 6;
    isoshape::PrintPriors(kSeeds);
    return 0;
  }
  if (arguments == std::vector<std::string>{"--oracle"}) {
    return isoshape::AnswerQuestions(std::cin, std::cout) ? 0 : 1;
  }
  const bool quick = !arguments.empty() && arguments[0] == "--quick";
  const bool held_out = !arguments.empty() && arguments[0] == "--held-out";
  const size_t flags = quick || held_out ? 1 : 0;
  if (arguments.size() > flags + 1) {
    std::fprintf(stderr,
                 "usage: search [--quick | --held-out] [PROBLEM] | --times | "
                 "--priors\n");
    return 2;
  }
  std::vector<std::string> names = isoshape::Landscape::Names();
  if (held_out) {
    const std::vector<std::string> more = isoshape::Landscape::HeldOutNames();
    names.insert(names.end(), more.begin(), more.end());
  }
  if (arguments.size() > flags) {
    const bool known =
        std::find(names.begin(), names.end(), arguments.back()) != names.end();
    if (!known) {
      std::fprintf(stderr, "search: no problem of that name\n");
      return 2;
    }
    names = {arguments.back()};
  }
  if (held_out) {
    return isoshape::PrintHeldOut(isoshape::ScoreAll(
               names, isoshape::kHeldOutSeed, isoshape::kHeldOutSeeds))
               ? 0
               : 1;
  }
  const int seeds = quick ? 4 : 20;
  const auto problems = isoshape::ScoreAll(names, 0, seeds);
  const auto replays = isoshape::ReplayPublished(seeds);
  return isoshape::PrintScores(problems, replays) ? 0 : 1;
}
