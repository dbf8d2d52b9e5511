#ifndef ISOSHAPE_FIGURES_PARTS_PUBLISHED_H_
#define ISOSHAPE_FIGURES_PARTS_PUBLISHED_H_

#include <cmath>

namespace isoshape {

// What others found, for comparison. Twenty tokens for each parameter are in
// scaling/laws/weak_prior.h.

// The exponent of N* ~ C^a (Hoffmann et al. 2022, table 2, approach 1).
inline constexpr double kChinchillaExponent = 0.50;

// N = 1.3e9 C^0.73, D = 2e10 C^0.27, C in PF-days (Kaplan et al. 2020, table 6,
// parameters without embeddings).
inline constexpr double kKaplanExponent = 0.73;
inline constexpr double kPfDay = 8.64e19;
inline double KaplanSize(double flops) {
  return 1.3e9 * std::pow(flops / kPfDay, kKaplanExponent);
}
inline double KaplanTokens(double flops) {
  return 2e10 * std::pow(flops / kPfDay, 0.27);
}

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_PARTS_PUBLISHED_H_
