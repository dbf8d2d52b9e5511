// Searches held against each other where the truth is known; bench/search.sh
// says more.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench/search/oracle.h"
#include "bench/search/priors.h"
#include "bench/search/problems.h"
#include "bench/search/replays.h"
#include "bench/search/scores.h"
#include "simulate/landscape.h"

namespace {

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

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
  const std::vector<std::string> more = isoshape::Landscape::HeldOutNames();
  if (held_out) names.insert(names.end(), more.begin(), more.end());
  if (arguments.size() > flags) {
    const std::string& name = arguments.back();
    if (!Holds(names, name)) {
      const std::string remedy =
          Holds(more, name)
              ? "it is held out; give --held-out before it"
              : absl::StrCat("there are ", absl::StrJoin(names, ", "));
      std::fprintf(stderr, "search: no problem '%s'; %s\n", name.c_str(),
                   remedy.c_str());
      return 2;
    }
    names = {name};
  }
  if (held_out) {
    isoshape::PrintHeldOut(isoshape::ScoreAll(names, isoshape::kHeldOutSeed,
                                              isoshape::kHeldOutSeeds));
    return 0;  // it judges nothing
  }
  const int seeds = quick ? 4 : 20;
  const auto problems = isoshape::ScoreAll(names, 0, seeds);
  const auto replays = isoshape::ReplayPublished(seeds);
  return isoshape::PrintScores(problems, replays) ? 0 : 1;
}
