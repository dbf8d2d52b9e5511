#ifndef ISOSHAPE_SHAPE_ROUNDED_UP_H_
#define ISOSHAPE_SHAPE_ROUNDED_UP_H_

#include <cmath>

namespace isoshape {

// `value`, above 0, rounded up to three digits, so that a remedy is enough.
inline double RoundedUp(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 2);
  return std::ceil(value / unit) * unit;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SHAPE_ROUNDED_UP_H_
