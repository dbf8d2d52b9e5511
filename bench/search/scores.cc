#include "bench/search/scores.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "scaling/statistics/parallel.h"

namespace isoshape {
namespace {

// Places in Ways().
enum WayIndex : size_t { kOne, kFour, kGrid, kSobol };
// Who is never certain was followed for so many smallest budgets at least.
constexpr double kFollowed = 2200;

double AtQuantile(std::vector<double> values, double quantile) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(std::ceil(quantile * last))];
}

std::vector<double> Column(const Score& score, double Outcome::*which) {
  std::vector<double> values;
  for (const Outcome& one : score.outcomes) values.push_back(one.*which);
  return values;
}

double Share(const Score& score, bool Outcome::*which) {
  int held = 0;
  for (const Outcome& one : score.outcomes) {
    held += std::isfinite(one.stop) && one.*which ? 1 : 0;
  }
  return score.stopped() == 0 ? 1 : static_cast<double>(held) / score.stopped();
}

// A bar of the acceptance and what was reached.
struct Bar {
  std::string name, key;
  double reached, limit;
  bool at_least = false;

  bool Kept() const { return at_least ? reached >= limit : reached <= limit; }
};

// For each problem a figure.
std::vector<double> Each(
    const std::vector<ProblemScores>& problems,
    const std::function<double(const ProblemScores&)>& of) {
  std::vector<double> values;
  for (const ProblemScores& one : problems) values.push_back(of(one));
  return values;
}

double Most(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}
double Least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

void PrintProblems(const std::vector<ProblemScores>& problems) {
  std::printf(
      "FLOPs / smallest budget: median (90th percentile); of those that "
      "stopped, the share\nwith regret | N* as claimed\n%-12s",
      "PROBLEM");
  for (const Way& way : Ways()) std::printf(" %-23s", way.name);
  std::printf(" UNTIL RIGHT: optimum 1, 4, grid, sobol, grid of before\n");
  for (const ProblemScores& problem : problems) {
    std::printf("%-12s", problem.name.c_str());
    for (const Score& score : problem.ways) {
      std::printf(" %4.0f (%4.0f) %4.2f|%4.2f  ", score.Stop(.5),
                  score.Stop(.9), score.RegretOk(), score.SizeOk());
    }
    for (const Score& score : problem.ways) {
      std::printf(" %3.0f (%.0f)", score.Right(.5), score.Right(.9));
    }
    const auto before = Column(problem.ways[kGrid], &Outcome::right_as_before);
    std::printf(" %3.0f (%.0f)\n", AtQuantile(before, .5),
                AtQuantile(before, .9));
  }
}

std::vector<Bar> BarsOfProblems(const std::vector<ProblemScores>& problems) {
  const auto ratio = [](const ProblemScores& one, size_t way, double quantile) {
    return one.ways[way].Stop(quantile) /
           std::min(kFollowed, one.ways[kGrid].Stop(quantile));
  };
  const auto median_of = [&](size_t way) {
    return AtQuantile(
        Each(problems, [&](const auto& one) { return ratio(one, way, .5); }),
        .5);
  };
  const auto all = [&](double (Score::*share)() const) {
    double sum = 0;
    double stopped = 0;
    for (const ProblemScores& one : problems) {
      for (const size_t way : {kOne, kFour}) {
        sum += (one.ways[way].*share)() * one.ways[way].stopped();
        stopped += one.ways[way].stopped();
      }
    }
    return sum / stopped;
  };
  const auto worst = [&](double (Score::*share)() const) {
    return Least(Each(problems, [&](const auto& one) {
      return std::min((one.ways[kOne].*share)(), (one.ways[kFour].*share)());
    }));
  };
  const auto right = [](const ProblemScores& one) {
    return one.ways[kFour].Right(.5) /
           std::min(kFollowed, AtQuantile(Column(one.ways[kGrid],
                                                 &Outcome::right_as_before),
                                          .5));
  };
  return {{"FLOPs at the stop / grid, 1 worker, median", "stop_1",
           median_of(kOne), .40},
          {"the same, 4 workers", "stop_4", median_of(kFour), .60},
          {"worst problem, 4 workers", "stop_4_worst",
           Most(Each(problems,
                     [&](const auto& one) { return ratio(one, kFour, .5); })),
           1},
          {"90th percentiles, worst problem, 4 workers", "stop_4_p90",
           Most(Each(problems,
                     [&](const auto& one) { return ratio(one, kFour, .9); })),
           1},
          {"regret within tolerance at the stop", "regret_ok",
           all(&Score::RegretOk), .95, true},
          {"the same, worst problem", "regret_ok_worst",
           worst(&Score::RegretOk), .85, true},
          {"N* in its 90 % interval at the stop", "size_ok",
           all(&Score::SizeOk), .90, true},
          {"the same, worst problem", "size_ok_worst", worst(&Score::SizeOk),
           .80, true},
          {"FLOPs until right, 4 workers / grid of before, median", "right",
           AtQuantile(Each(problems, right), .5), 1.0 / 3}};
}

void AddTimes(std::vector<Bar>& bars) {
  for (const auto& [trials, limit] : {std::pair(1000, 50), {10000, 500}}) {
    for (const char* algorithm :
         {"optimum", "optimum_seconds", "gp", "gp_seconds", "pareto", "asha",
          "hyperband"}) {
      bars.push_back({absl::StrCat("proposal of ", algorithm, " at ", trials,
                                   " trials, ms"),
                      absl::StrCat("ms_", trials, "_", algorithm),
                      ProposalMilliseconds(algorithm, trials),
                      static_cast<double>(limit)});
    }
    // Seven forecasts instead of one, as long as the tolerance seems to take
    // too much: the larger bar, whatever the number.
    constexpr double kDearLimit = 500;
    bars.push_back({absl::StrCat("proposal of optimum, if dear, at ", trials,
                                 " trials, ms"),
                    absl::StrCat("ms_", trials, "_optimum_dear"),
                    ProposalMilliseconds("optimum_dear", trials), kDearLimit});
  }
}

// "porian rw|tuned|short" is porian_rw_tuned.
std::string KeyOf(const std::string& replay) {
  const std::vector<std::string> words =
      absl::StrSplit(replay, absl::ByAnyChar(" |"));
  return absl::StrJoin(
      words.begin(), words.begin() + std::min<long>(3, std::ssize(words)), "_");
}

bool PrintBars(const std::vector<Bar>& bars) {
  bool kept = true;
  std::printf("\n%-56s %9s  %s\n", "BAR", "REACHED", "ASKED");
  for (const Bar& bar : bars) {
    kept = kept && bar.Kept();
    std::printf("%-56s %9.3g  %s %-6.3g %s\n", bar.name.c_str(), bar.reached,
                bar.at_least ? ">=" : "<=", bar.limit,
                bar.Kept() ? "reached" : "NOT REACHED");
  }
  for (const Bar& bar : bars) {
    std::printf("%s=%.4g\n", bar.key.c_str(), bar.reached);
  }
  return kept;
}

}  // namespace

double Score::Stop(double quantile) const {
  return AtQuantile(Column(*this, &Outcome::stop), quantile);
}
double Score::Right(double quantile) const {
  return AtQuantile(Column(*this, &Outcome::right), quantile);
}
int Score::stopped() const {
  return static_cast<int>(std::count_if(
      outcomes.begin(), outcomes.end(),
      [](const Outcome& one) { return std::isfinite(one.stop); }));
}
double Score::RegretOk() const { return Share(*this, &Outcome::regret_ok); }
double Score::SizeOk() const { return Share(*this, &Outcome::size_ok); }

std::vector<ProblemScores> ScoreAll(const std::vector<std::string>& names,
                                    uint64_t first_seed, int seeds) {
  std::vector<ProblemScores> problems;
  for (const std::string& name : names) {
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
        Ways()[way].run({.name = problem.name}, first_seed + seed);
  });
  return problems;
}

void PrintHeldOut(const std::vector<ProblemScores>& problems) {
  PrintProblems(problems);
  PrintBars(BarsOfProblems(problems));
}

bool PrintScores(const std::vector<ProblemScores>& problems,
                 const std::vector<ReplayResult>& replays) {
  PrintProblems(problems);
  std::vector<Bar> bars = BarsOfProblems(problems);
  for (const ReplayResult& one : replays) {
    const double p90 = 100 * AtQuantile(one.share, .9);
    std::printf("%-46s until right %5.2f %% of the pool (%.2f)\n",
                one.name.c_str(), 100 * AtQuantile(one.share, .5), p90);
    bars.push_back({one.name + ", p90, %", KeyOf(one.name), p90,
                    one.of_porian ? 10.0 : 15.0});
  }
  AddTimes(bars);
  const bool kept = PrintBars(bars);
  std::printf("ratio=%.4g\n", 1 / bars.front().reached);
  return kept;
}

bool PrintTimes() {
  std::vector<Bar> bars;
  AddTimes(bars);
  return PrintBars(bars);
}

}  // namespace isoshape
