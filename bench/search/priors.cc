#include "bench/search/priors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/search/problems.h"
#include "scaling/statistics/intervals.h"
#include "scaling/statistics/parallel.h"
#include "search/interface.h"
#include "shape/accounting.h"
#include "simulate/landscape.h"
#include "simulate/landscape_search.h"

namespace isoshape {
namespace {

// What a campaign begins from: nothing, a campaign in the same truth, one in
// another draw of its family (exponents 12 % off, the best aspect ratio 30 %,
// tokens for each parameter 40 %), one in another family of that space.
constexpr const char* kSources[] = {"none", "same truth", "same family",
                                    "other family"};
constexpr size_t kSourceCount = std::size(kSources);
using Outcomes = std::array<LandscapeOutcome, kSourceCount>;

// A problem of the same space and of another law.
std::string OtherFamily(const std::string& name) {
  if (name.rfind("byte", 0) == 0) return "steep";
  if (name.rfind("steep", 0) == 0) return "byte";
  return name.rfind("kaplan", 0) == 0 ? "asym" : "kaplan";
}

LandscapeOutcome Search(const std::string& name, uint64_t seed,
                        int64_t first_run, std::vector<PriorRun> priors) {
  absl::StatusOr<LandscapeOutcome> found =
      SearchLandscape({.landscape = name,
                       .seed = seed,
                       .tolerance = kTolerance,
                       .first_run = first_run,
                       .priors = std::move(priors)},
                      "optimum");
  if (!found.ok()) std::abort();
  return *std::move(found);
}

// Results of a whole campaign of optimum there.
std::vector<PriorRun> Earlier(const std::string& name, uint64_t seed) {
  constexpr int64_t kOtherRuns = 1000;
  std::vector<PriorRun> runs;
  for (const PastTrial& trial : Search(name, seed, kOtherRuns, {}).history) {
    if (trial.state != PastTrial::State::kSucceeded) continue;
    runs.push_back({.flops = trial.budget_flops,
                    .size = EffectiveSize(trial.shape),
                    .aspect_ratio = AspectRatio(trial.shape),
                    .validation_loss = trial.validation_loss});
  }
  return runs;
}

Outcomes SearchFromEach(const std::string& name, uint64_t seed) {
  constexpr uint64_t kOtherDraw = 500;
  Outcomes found;
  found[0] = Search(name, seed, 0, {});
  found[1] = Search(name, seed, 0, Earlier(name, seed));
  found[2] = Search(name, seed, 0, Earlier(name, seed + kOtherDraw));
  found[3] = Search(name, seed, 0, Earlier(OtherFamily(name), seed));
  return found;
}

std::vector<double> StopsOf(const std::vector<Outcomes>& campaigns,
                            size_t source) {
  std::vector<double> stops;
  for (const Outcomes& one : campaigns) stops.push_back(one[source].stop);
  return stops;
}

}  // namespace

void PrintPriors(int seeds) {
  const std::vector<std::string> names = Landscape::Names();
  std::vector<std::vector<Outcomes>> all(
      names.size(), std::vector<Outcomes>(static_cast<size_t>(seeds)));
  ForEachIndex(static_cast<int>(names.size()) * seeds, {}, [&](int i) {
    const auto problem = static_cast<size_t>(i / seeds);
    const auto seed = static_cast<size_t>(i % seeds);
    all[problem][seed] = SearchFromEach(names[problem], seed);
  });
  std::printf("FLOPs / smallest budget until certain, median\n%-12s",
              "PROBLEM");
  for (const char* source : kSources) std::printf(" %13s", source);
  std::printf("\n");
  std::array<std::vector<double>, kSourceCount> ratios;
  std::array<int, kSourceCount> right = {}, stopped = {};
  for (size_t problem = 0; problem < names.size(); ++problem) {
    std::printf("%-12s", names[problem].c_str());
    for (size_t k = 0; k < kSourceCount; ++k) {
      std::printf(" %13.0f", Median(StopsOf(all[problem], k)));
    }
    std::printf("\n");
    for (const Outcomes& one : all[problem]) {
      for (size_t k = 0; k < kSourceCount; ++k) {
        const bool ended = std::isfinite(one[k].stop);
        stopped[k] += ended ? 1 : 0;
        right[k] += ended && one[k].regret_ok ? 1 : 0;
        if (std::isfinite(one[0].stop)) {
          ratios[k].push_back(one[k].stop / one[0].stop);
        }
      }
    }
  }
  for (size_t k = 0; k < kSourceCount; ++k) {
    std::sort(ratios[k].begin(), ratios[k].end());
    std::printf(
        "%s: FLOPs / those without priors, median %.3g (10th to 90th "
        "percentile %.3g to %.3g); regret within tolerance in %d of %d\n",
        kSources[k], Median(ratios[k]), ratios[k][ratios[k].size() / 10],
        ratios[k][ratios[k].size() * 9 / 10], right[k], stopped[k]);
  }
}

}  // namespace isoshape
