#include "coordinator/table/thin_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

namespace isoshape {
namespace {

// Least, largest and first gap of a stretch.
std::set<size_t> Extremes(absl::Span<const double> losses, size_t begin,
                          size_t end) {
  std::optional<size_t> least;
  std::optional<size_t> largest;
  std::optional<size_t> gap;
  for (size_t i = begin; i < end; ++i) {
    if (!std::isfinite(losses[i])) {
      if (!gap) gap = i;
      continue;
    }
    if (!least || losses[i] < losses[*least]) least = i;
    if (!largest || losses[i] > losses[*largest]) largest = i;
  }
  std::set<size_t> kept;
  for (const auto& index : {least, largest, gap}) {
    if (index) kept.insert(*index);
  }
  return kept;
}

}  // namespace

std::vector<size_t> ThinCurve(absl::Span<const double> losses, size_t most) {
  std::vector<size_t> kept(losses.size());
  std::iota(kept.begin(), kept.end(), size_t{0});
  if (losses.size() <= most) return kept;
  kept = {0};
  const size_t last = losses.size() - 1;
  // Gaps take a third point of their stretch.
  const bool gaps = !std::all_of(losses.begin(), losses.end(), [](double loss) {
    return std::isfinite(loss);
  });
  const size_t stretches = std::max<size_t>(1, (most - 2) / (gaps ? 3 : 2));
  for (size_t i = 0; i < stretches; ++i) {
    const size_t begin = 1 + (last - 1) * i / stretches;
    const size_t end = 1 + (last - 1) * (i + 1) / stretches;
    for (const size_t index : Extremes(losses, begin, end)) {
      if (kept.size() + 1 < most) kept.push_back(index);
    }
  }
  kept.push_back(last);
  return kept;
}

}  // namespace isoshape
