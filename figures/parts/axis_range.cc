#include "figures/parts/axis_range.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "scaling/statistics/intervals.h"

namespace isoshape {
namespace {

// Measured values beyond the quartiles by more than this multiple of their
// distance do not stretch an axis.
constexpr double kFar = 5;
// Fewer values say nothing about what is far.
constexpr size_t kMinValues = 12;
constexpr double kRoom = 0.04;  // of the span, on either side

}  // namespace

bool AxisRange::Counts(double value) const {
  return std::isfinite(value) && (!log_ || value > 0);
}

double AxisRange::Scale(double value) const {
  return log_ ? std::log(value) : value;
}

void AxisRange::Add(double value) {
  if (Counts(value)) measured_.push_back(Scale(value));
}

void AxisRange::Include(double value) {
  if (Counts(value)) included_.push_back(Scale(value));
}

void AxisRange::IncludeIfNear(double value) {
  if (Counts(value)) references_.push_back(Scale(value));
}

AxisRange::Limits AxisRange::Find() const {
  Limits limits{std::numeric_limits<double>::infinity(),
                -std::numeric_limits<double>::infinity()};
  const auto stretch = [&](double value) {
    limits.low = std::min(limits.low, value);
    limits.high = std::max(limits.high, value);
  };
  std::vector<double> sorted = measured_;
  std::sort(sorted.begin(), sorted.end());
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  if (sorted.size() >= kMinValues) {
    const double first = Quantile(sorted, 0.25);
    const double third = Quantile(sorted, 0.75);
    if (third > first) {
      low = first - kFar * (third - first);
      high = third + kFar * (third - first);
    }
  }
  for (const double value : sorted) {
    if (value >= low && value <= high) stretch(value);
  }
  for (const double value : included_) stretch(value);
  if (limits.low > limits.high) {
    if (references_.empty())
      return log_ ? Limits{0, std::log(10.0)} : Limits{0, 1};
    for (const double value : references_) stretch(value);
  }
  const double span = limits.high - limits.low;
  const Limits bare = limits;
  for (const double value : references_) {
    if (value >= bare.low - span && value <= bare.high + span) stretch(value);
  }
  double room = kRoom * (limits.high - limits.low);
  // A single value gets room on either side.
  if (!(room > 0)) {
    room = log_ ? std::log(1.5) : std::max(0.05 * std::abs(limits.low), 1e-6);
  }
  return {limits.low - room, limits.high + room};
}

v1::FigureAxis AxisRange::Axis(std::string label) const {
  const Limits limits = Find();
  v1::FigureAxis axis;
  axis.set_label(std::move(label));
  axis.set_log(log_);
  axis.set_min(log_ ? std::exp(limits.low) : limits.low);
  axis.set_max(log_ ? std::exp(limits.high) : limits.high);
  return axis;
}

int64_t AxisRange::Beyond() const {
  const Limits limits = Find();
  return std::count_if(measured_.begin(), measured_.end(), [&](double value) {
    return value < limits.low || value > limits.high;
  });
}

}  // namespace isoshape
