#include "scaling/surface/crowds.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace isoshape {
namespace {

// Deviations of the kernel: of ln N, ln C, ln ratio.
constexpr double kSizeReach = 0.35;
constexpr double kFlopsReach = 0.8;
constexpr double kRatioReach = 0.5;
// What points of one run share at least.
constexpr double kOneRun = 0.5;

}  // namespace

Crowds::Crowds(const std::vector<SurfacePoint>& points,
               const std::vector<int>& runs) {
  constexpr double kSamePlace = 1e-9;
  constexpr double kClose = 0.1;
  constexpr size_t kManyPlaces = 1000;
  Fill(points, kSamePlace);
  for (double step = kClose; places_.size() > kManyPlaces; step *= 2) {
    Fill(points, step);
  }
  if (step_ > kSamePlace) {
    for (const auto& [place, count] : places_) {
      sums_[CellOf(place, step_)] = SumAt(place);
    }
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto run = static_cast<size_t>(runs[i]);
    if (run >= of_run_.size()) of_run_.resize(run + 1);
    of_run_[run].push_back(Scale(points[i]));
  }
}

double Crowds::Kernel(const Scaled& a, const Scaled& b) {
  double square = 0;
  for (size_t k = 0; k < a.size(); ++k) square += (a[k] - b[k]) * (a[k] - b[k]);
  constexpr double kFar = 40;  // the kernel is below 1e-8
  return square < kFar ? std::exp(-square / 2) : 0;
}

double Crowds::Share(const SurfacePoint& a, const SurfacePoint& b) {
  return Kernel(Scale(a), Scale(b));
}

double Crowds::At(const SurfacePoint& point, int run) const {
  const Scaled at = Scale(point);
  const auto cell = sums_.find(CellOf(at, step_));
  double sum = cell != sums_.end() ? cell->second : SumAt(at);
  if (of_run_.empty()) return sum;
  for (const Scaled& other : of_run_[static_cast<size_t>(run)]) {
    sum += std::max(0.0, kOneRun - Kernel(other, at));
  }
  return sum;
}

Crowds::Scaled Crowds::Scale(const SurfacePoint& point) {
  return {point.ln_flops / kFlopsReach, point.ln_size / kSizeReach,
          point.ln_ratio.value_or(0) / kRatioReach};
}

Crowds::Cell Crowds::CellOf(const Scaled& at, double step) {
  Cell cell = {};
  for (size_t k = 0; k < at.size(); ++k) cell[k] = std::llround(at[k] / step);
  return cell;
}

double Crowds::SumAt(const Scaled& at) const {
  double sum = 0;
  for (const auto& [place, count] : places_) sum += count * Kernel(place, at);
  return sum;
}

void Crowds::Fill(const std::vector<SurfacePoint>& points, double step) {
  step_ = step;
  std::map<Cell, std::pair<Scaled, double>> cells;
  for (const SurfacePoint& point : points) {
    const Scaled at = Scale(point);
    auto& [place, count] = cells[CellOf(at, step)];
    ++count;
    for (size_t k = 0; k < at.size(); ++k) {
      place[k] += (at[k] - place[k]) / count;
    }
  }
  places_.clear();
  for (const auto& [key, cell] : cells) places_.push_back(cell);
}

}  // namespace isoshape
