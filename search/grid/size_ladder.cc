#include "search/grid/size_ladder.h"

#include <algorithm>
#include <cmath>

#include "search/nearest_feasible.h"
#include "shape/accounting.h"

namespace isoshape {
namespace {

// Min distance of neighbours, as a share of the wanted one in log size.
constexpr double kMinGap = 0.4;

bool FarFromAll(const Ladder& ladder, const Shape& shape, double gap) {
  return std::all_of(ladder.begin(), ladder.end(), [&](const Shape& other) {
    return std::abs(std::log(EffectiveSize(shape) / EffectiveSize(other))) >=
           gap;
  });
}

void Insert(const Shape& shape, Ladder* ladder) {
  ladder->insert(std::upper_bound(ladder->begin(), ladder->end(), shape,
                                  [](const Shape& a, const Shape& b) {
                                    return EffectiveSize(a) < EffectiveSize(b);
                                  }),
                 shape);
}

absl::StatusOr<Shape> Snap(const LadderSpec& spec, double size) {
  return NearestFeasible(*spec.space, spec.tokens_per_step, spec.budget_flops,
                         {size, spec.aspect_ratio});
}

}  // namespace

double LadderSpec::ratio() const {
  return std::pow(size_range, 2.0 / std::max(1, sizes - 1));
}

absl::StatusOr<Ladder> BaseLadder(const LadderSpec& spec, double center_size) {
  absl::StatusOr<Shape> smallest = Snap(spec, 1e-3);
  if (!smallest.ok()) return smallest.status();
  absl::StatusOr<Shape> largest = Snap(spec, 1e30);
  if (!largest.ok()) return largest.status();
  const double min_size = EffectiveSize(*smallest);
  const double max_size = EffectiveSize(*largest);
  double low = center_size / spec.size_range;
  double high = center_size * spec.size_range;
  if (low < min_size) {
    low = min_size;
    high = std::max(high, low * spec.size_range);
  }
  if (high > max_size) {
    high = max_size;
    low = std::max(min_size, std::min(low, high / spec.size_range));
  }

  Ladder ladder;
  const double gap = kMinGap * std::log(high / low) / (spec.sizes - 1);
  // Snapped sizes that lie too close together are moved apart; if the space is
  // too coarse for that, they may come nearer.
  for (const double min_gap : {gap, gap / 2, gap / 8, 1e-9}) {
    for (int i = 0; i < spec.sizes; ++i) {
      if (static_cast<int>(ladder.size()) >= spec.sizes) return ladder;
      const double target =
          low * std::pow(high / low, static_cast<double>(i) / (spec.sizes - 1));
      absl::StatusOr<Shape> shape = NearestFeasible(
          *spec.space, spec.tokens_per_step, spec.budget_flops,
          {target, spec.aspect_ratio}, [&](const Shape& candidate) {
            return FarFromAll(ladder, candidate, min_gap);
          });
      if (shape.ok()) Insert(*shape, &ladder);
    }
  }
  return ladder;
}

int ExtendLadder(const LadderSpec& spec, bool larger, Ladder* ladder) {
  const double edge = EffectiveSize(larger ? ladder->back() : ladder->front());
  int added = 0;
  for (int step = 1; step <= 2; ++step) {
    const double factor = std::pow(spec.ratio(), larger ? step : -step);
    absl::StatusOr<Shape> shape = NearestFeasible(
        *spec.space, spec.tokens_per_step, spec.budget_flops,
        {edge * factor, spec.aspect_ratio}, [&](const Shape& candidate) {
          return (EffectiveSize(candidate) > edge) == larger &&
                 FarFromAll(*ladder, candidate,
                            kMinGap * std::log(spec.ratio()));
        });
    if (!shape.ok()) continue;
    Insert(*shape, ladder);
    ++added;
  }
  return added;
}

}  // namespace isoshape
