#ifndef ISOSHAPE_SCALING_STATISTICS_DRAWS_H_
#define ISOSHAPE_SCALING_STATISTICS_DRAWS_H_

#include <cstddef>
#include <limits>
#include <vector>

#include "common/threads/cancellation.h"

namespace isoshape {

// Calls turn(i) for every i in 0..count - 1 on this thread: what ForEachIndex
// (parallel.h) is to fits, for turns of nanoseconds to a few microseconds, such
// as a figure of each of 100,000 resamples. If the computation is cancelled,
// those that remain are left out. A look costs as much as a short turn, so that
// there is one in kTurnsToALook. Intervals of what is cancelled (intervals.h)
// have no ends, as if all resamples had failed: to sort 100,000 takes 10 ms,
// and an answer may show thousands.
inline constexpr size_t kTurnsToALook = 64;
template <typename Turn>
void ForEachDraw(size_t count, const Turn& turn) {
  for (size_t i = 0; i < count; ++i) {
    if (i % kTurnsToALook == 0 && Cancelled()) return;
    turn(i);
  }
}

// figure(i) of each draw i, or NaN, as of a fit that failed, if it was left
// out: there are always `count`.
template <typename Figure>
std::vector<double> OfEachDraw(size_t count, const Figure& figure) {
  std::vector<double> values(count, std::numeric_limits<double>::quiet_NaN());
  ForEachDraw(count, [&](size_t i) { values[i] = figure(i); });
  return values;
}

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_DRAWS_H_
