#include "bench/search/replays.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <utility>

#include "bench/published_runs.h"
#include "bench/search/problems.h"
#include "scaling/runs/run_file.h"
#include "scaling/statistics/akima.h"
#include "scaling/statistics/parallel.h"
#include "simulate/replay.h"

namespace isoshape {
namespace {

constexpr double kPool = 4;      // the target over the largest of the pool
constexpr double kHidden = 0.2;  // rows that a lane is without
constexpr double kLooked = 0.3;  // share of the pool's FLOPs looked at

struct Pool {
  std::string name;
  ReplayPool rows = {};
  double target = 0;
  // The regret that is measured at what a surface answers.
  std::function<double(const Surface&)> regret = {};
};

std::optional<Pool> Porian(const std::string& experiment) {
  RunFormat format;
  format.budget = "flops";
  format.where = {{"experiment", experiment}};
  const auto runs = PublishedRuns("porian.csv", format);
  if (!runs) return std::nullopt;
  Pool pool{.name = "porian " + experiment};
  pool.target = *std::max_element(runs->budget.begin(), runs->budget.end());
  std::map<double, double> top;  // ln loss by ln size
  for (size_t i = 0; i < runs->rows(); ++i) {
    const double ln_size = std::log(runs->size[i]);
    const double ln_loss = std::log(runs->loss[i]);
    if (runs->budget[i] == pool.target) top[ln_size] = ln_loss;
    if (runs->budget[i] > pool.target / kPool * 1.01) continue;
    pool.rows.places.push_back(
        {.ln_flops = std::log(runs->budget[i]), .ln_size = ln_size});
    pool.rows.ln_loss.push_back(ln_loss);
  }
  std::vector<double> x, y;
  for (const auto& [size, loss] : top) {
    x.push_back(size);
    y.push_back(loss);
  }
  const Akima curve(x, y);
  pool.regret = [curve, low = x.front(), high = x.back(),
                 least = curve.FindMinimum().y,
                 target = pool.target](const Surface& surface) {
    const double size =
        std::clamp(surface.LnBestSize(std::log(target)), low, high);
    return std::exp(curve.At(size) - least) - 1;
  };
  return pool;
}

// Shapes that were trained to the target, by their loss there, linear in ln
// tokens between the points measured.
std::vector<std::pair<SurfacePoint, double>> MeasuredAt(const Runs& runs,
                                                        double target) {
  std::map<std::string, std::map<double, size_t>> trunks;
  for (size_t i = 0; i < runs.rows(); ++i) {
    trunks[runs.run[i]][runs.tokens[i]] = i;
  }
  std::vector<std::pair<SurfacePoint, double>> measured;
  for (const auto& [name, rows] : trunks) {
    const size_t first = rows.begin()->second;
    const double size = runs.flops[first] / runs.tokens[first] / 6;
    const double tokens = target / 6 / size;
    const auto after = rows.lower_bound(tokens);
    if (after == rows.end() || after == rows.begin()) continue;
    const auto before = std::prev(after);
    const double share = std::log(tokens / before->first) /
                         std::log(after->first / before->first);
    measured.push_back(
        {{.ln_flops = std::log(target),
          .ln_size = std::log(size),
          .ln_ratio = std::log(runs.width[first] / runs.depth[first])},
         (1 - share) * runs.loss[before->second] +
             share * runs.loss[after->second]});
  }
  return measured;
}

std::optional<Pool> Gemstones(double target) {
  RunFormat format;
  format.loss = "val_loss";
  format.run = "run_name";
  const auto runs = PublishedRuns("gemstones.csv", format);
  if (!runs) return std::nullopt;
  Pool pool{
      .name = "gemstones " + std::to_string(std::lround(target / 1e20)) + "e20",
      .target = target};
  for (size_t i = 0; i < runs->rows(); ++i) {
    if (runs->flops[i] > target / kPool) continue;
    pool.rows.places.push_back(
        {.ln_flops = std::log(runs->flops[i]),
         .ln_size = std::log(runs->flops[i] / runs->tokens[i] / 6),
         .ln_ratio = std::log(runs->width[i] / runs->depth[i])});
    pool.rows.ln_loss.push_back(std::log(runs->loss[i]));
  }
  pool.regret = [measured = MeasuredAt(*runs, target)](const Surface& surface) {
    double least = std::numeric_limits<double>::infinity();
    double chosen = least;
    double chosen_loss = least;
    for (const auto& [place, loss] : measured) {
      least = std::min(least, loss);
      const double by_surface = surface.LogLoss(place);
      if (by_surface >= chosen) continue;
      chosen = by_surface;
      chosen_loss = loss;
    }
    return chosen_loss / least - 1;
  };
  return pool;
}

double ShareUntilRight(const Pool& pool, int lane) {
  std::mt19937 random(static_cast<unsigned>(lane) + 3);
  ReplayPool rows;
  for (size_t i = 0; i < pool.rows.places.size(); ++i) {
    if (random() < kHidden * std::mt19937::max()) continue;
    rows.places.push_back(pool.rows.places[i]);
    rows.ln_loss.push_back(pool.rows.ln_loss[i]);
  }
  const double all = rows.flops();
  double right = std::numeric_limits<double>::infinity();
  ReplayOptimum(rows, pool.target, 1e-12, [&](const ReplayStep& step) {
    if (step.runs == 0) return true;
    const bool within = pool.regret(step.fit.surface) <= kTolerance;
    if (!within) right = std::numeric_limits<double>::infinity();
    if (within && std::isinf(right)) right = step.spent / all;
    return step.spent < kLooked * all;
  });
  return right;
}

}  // namespace

std::vector<ReplayResult> ReplayPublished(int lanes) {
  std::vector<std::optional<Pool>> pools;
  for (const char* experiment : {"rw|tuned|short|const|standard|val",
                                 "rw|base|short|kaplan|standard|val",
                                 "owt2|base|long|kaplan|kaplan|train"}) {
    pools.push_back(Porian(experiment));
  }
  for (const double target : {2e20, 3e20, 4e20, 6e20}) {
    pools.push_back(Gemstones(target));
  }
  std::vector<ReplayResult> results;
  for (const std::optional<Pool>& pool : pools) {
    if (!pool) continue;
    ReplayResult& result = results.emplace_back();
    result.name = pool->name;
    result.of_porian = result.name.starts_with("porian");
    result.share.resize(static_cast<size_t>(lanes));
    ForEachIndex(lanes, {}, [&](int lane) {
      result.share[static_cast<size_t>(lane)] = ShareUntilRight(*pool, lane);
    });
  }
  return results;
}

}  // namespace isoshape
