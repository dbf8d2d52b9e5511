// Searches held against each other where the truth is known; bench/search.sh
// says more.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "bench/search/oracle.h"
#include "bench/search/priors.h"
#include "bench/search/problems.h"
#include "bench/search/replays.h"
#include "bench/search/scores.h"
#include "scaling/statistics/parallel.h"
#include "simulate/landscape.h"

namespace isoshape {
namespace {

std::vector<ProblemScores> ScoreAll(int seeds, const std::string& only) {
  std::vector<ProblemScores> problems;
  for (const std::string& name : Landscape::Names()) {
    if (!only.empty() && name != only) continue;
    problems.push_back({name, {}});
    for (size_t way = 0; way < Ways().size(); ++way) {
      problems.back().ways.push_back(
          {std::vector<Outcome>(static_cast<size_t>(seeds))});
    }
  }
  const auto ways = static_cast<int>(Ways().size());
  const int campaigns = static_cast<int>(problems.size()) * ways * seeds;
  ForEachIndex(campaigns, {}, [&](int i) {
    const auto seed = static_cast<size_t>(i % seeds);
    const auto way = static_cast<size_t>(i / seeds % ways);
    ProblemScores& problem = problems[static_cast<size_t>(i / seeds / ways)];
    problem.ways[way].outcomes[seed] =
        Ways()[way].run({.name = problem.name}, seed);
  });
  return problems;
}

}  // namespace
}  // namespace isoshape

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
  if (arguments.size() > (quick ? 2 : 1)) {
    std::fprintf(stderr,
                 "usage: search [--quick] [PROBLEM] | --times | --priors\n");
    return 2;
  }
  const std::string only =
      arguments.size() > (quick ? 1 : 0) ? arguments.back() : "";
  const auto names = isoshape::Landscape::Names();
  if (!only.empty() &&
      std::find(names.begin(), names.end(), only) == names.end()) {
    std::fprintf(stderr, "search: no problem of that name\n");
    return 2;
  }
  const int seeds = quick ? 4 : 20;
  const auto problems = isoshape::ScoreAll(seeds, only);
  const auto replays = isoshape::ReplayPublished(seeds);
  return isoshape::PrintScores(problems, replays) ? 0 : 1;
}
