#ifndef ISOSHAPE_SEARCH_SPREAD_SOBOL_POINTS_H_
#define ISOSHAPE_SEARCH_SPREAD_SOBOL_POINTS_H_

#include <array>
#include <cstdint>

namespace isoshape {

// Point `index` of a two-dimensional Sobol sequence, in [0, 1)^2, with nested
// uniform (Owen 1995) scrambling by `seed`: every aligned block of 2^k points
// keeps exactly one point in each elementary interval of area 2^-k, and each
// point alone is uniform over seeds. Direction numbers of Joe & Kuo 2008
// (new-joe-kuo-6, dimensions 1 and 2).
std::array<double, 2> ScrambledSobolPoint(uint32_t index, uint64_t seed);

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_SPREAD_SOBOL_POINTS_H_
