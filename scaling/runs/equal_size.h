#ifndef ISOSHAPE_SCALING_RUNS_EQUAL_SIZE_H_
#define ISOSHAPE_SCALING_RUNS_EQUAL_SIZE_H_

namespace isoshape {

// Sizes that differ by less than this factor count as one size.
inline constexpr double kEqualSizeFactor = 1.02;

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_EQUAL_SIZE_H_
