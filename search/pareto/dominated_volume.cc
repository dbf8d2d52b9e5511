#include "search/pareto/dominated_volume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "scaling/statistics/pareto_front.h"
#include "search/kriging/improvement.h"

namespace isoshape {
namespace {

using Points = std::vector<std::vector<double>>;

constexpr double kLowest = -std::numeric_limits<double>::infinity();

// Minus infinity, the coordinates of the points, and the reference.
std::vector<double> CutsOf(const Points& front, size_t axis, double reference) {
  std::vector<double> cuts = {kLowest, reference};
  for (const std::vector<double>& point : front) cuts.push_back(point[axis]);
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

// What a point gains on each cut, in expectation.
std::vector<double> Gains(const NormalFigure& figure,
                          const std::vector<double>& cuts) {
  std::vector<double> gains;
  gains.reserve(cuts.size());
  for (const double cut : cuts) {
    gains.push_back(ExpectedImprovement(figure.mean, figure.deviation, cut));
  }
  return gains;
}

}  // namespace

DominatedVolume::DominatedVolume(const Points& points,
                                 std::vector<double> reference)
    : reference_(std::move(reference)), heights_{reference_.back()} {
  Points inside;
  for (const std::vector<double>& point : points) {
    bool below = true;
    for (size_t k = 0; k < point.size(); ++k) {
      below = below && point[k] < reference_[k];
    }
    if (below) inside.push_back(point);
  }
  const std::vector<bool> on_front = ParetoFront(inside);
  Points front;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (on_front[i]) front.push_back(inside[i]);
  }
  front_ = front.size();
  const bool three = reference_.size() > 2;
  first_ = CutsOf(front, 0, reference_[0]);
  if (three) second_ = CutsOf(front, 1, reference_[1]);
  for (const std::vector<double>& point : front) {
    heights_.push_back(point[last()]);
  }
  const size_t columns = three ? second_.size() - 1 : 1;
  for (size_t i = 0; i + 1 < first_.size(); ++i) {
    for (size_t j = 0; j < columns; ++j) {
      size_t height = 0;
      for (size_t p = 0; p < front.size(); ++p) {
        if (front[p][0] <= first_[i] && (!three || front[p][1] <= second_[j]) &&
            heights_[p + 1] < heights_[height]) {
          height = p + 1;
        }
      }
      box_height_.push_back(height);
      if (height == 0) continue;
      const double side = three ? second_[j + 1] - second_[j] : 1;
      volume_ +=
          (first_[i + 1] - first_[i]) * side * (heights_[0] - heights_[height]);
    }
  }
}

double DominatedVolume::ExpectedGrowth(
    const std::vector<NormalFigure>& point) const {
  const bool three = reference_.size() > 2;
  const std::vector<double> first = Gains(point[0], first_);
  const std::vector<double> second =
      three ? Gains(point[1], second_) : std::vector<double>{0, 1};
  const std::vector<double> below = Gains(point[last()], heights_);
  const size_t columns = second.size() - 1;
  double growth = 0;
  for (size_t i = 0; i + 1 < first.size(); ++i) {
    const double width = first[i + 1] - first[i];
    if (width <= 0) continue;
    double strip = 0;
    for (size_t j = 0; j < columns; ++j) {
      strip +=
          (second[j + 1] - second[j]) * below[box_height_[i * columns + j]];
    }
    growth += width * strip;
  }
  return growth;
}

}  // namespace isoshape
