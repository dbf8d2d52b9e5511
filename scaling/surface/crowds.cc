#include "scaling/surface/crowds.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>

namespace isoshape {
namespace {

// Deviations of the kernel: of ln N, ln C, ln ratio.
constexpr double kSizeReach = 0.35;
constexpr double kFlopsReach = 0.8;
constexpr double kRatioReach = 0.5;

}  // namespace

Crowds::Crowds(const std::vector<SurfacePoint>& points) {
  constexpr double kSamePlace = 1e-9;
  constexpr double kClose = 0.1;
  constexpr size_t kManyPlaces = 1000;
  Fill(points, kSamePlace);
  if (places_.size() > kManyPlaces) Fill(points, kClose);
}

double Crowds::At(const SurfacePoint& point) const {
  const Scaled at = Scale(point);
  double sum = 0;
  for (const auto& [place, count] : places_) {
    double square = 0;
    for (size_t k = 0; k < at.size(); ++k) {
      square += (place[k] - at[k]) * (place[k] - at[k]);
    }
    constexpr double kFar = 40;  // its kernel is below 1e-8
    if (square < kFar) sum += count * std::exp(-square / 2);
  }
  return sum;
}

Crowds::Scaled Crowds::Scale(const SurfacePoint& point) {
  return {point.ln_flops / kFlopsReach, point.ln_size / kSizeReach,
          point.ln_ratio.value_or(0) / kRatioReach};
}

void Crowds::Fill(const std::vector<SurfacePoint>& points, double step) {
  std::map<std::array<int64_t, 3>, std::pair<Scaled, double>> cells;
  for (const SurfacePoint& point : points) {
    const Scaled at = Scale(point);
    std::array<int64_t, 3> key = {};
    for (size_t k = 0; k < at.size(); ++k) key[k] = std::llround(at[k] / step);
    auto& [place, count] = cells[key];
    ++count;
    for (size_t k = 0; k < at.size(); ++k) {
      place[k] += (at[k] - place[k]) / count;
    }
  }
  places_.clear();
  for (const auto& [key, cell] : cells) places_.push_back(cell);
}

}  // namespace isoshape
