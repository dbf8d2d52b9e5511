#ifndef ISOSHAPE_COMMON_TEXT_FORMAT_NUMBER_H_
#define ISOSHAPE_COMMON_TEXT_FORMAT_NUMBER_H_

#include <cstdint>
#include <limits>
#include <string>

namespace isoshape {

// Numbers as people read them. Three significant digits unless said otherwise;
// `-` for what is not finite.

// Stands for a number that was not measured: `-` in every format.
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

// `950`, `36.1k`, `1.5M`, `6.74B`; for counts and sizes.
std::string FormatCount(double count);
// `6,738,415,616`.
std::string FormatInteger(int64_t number);
// `7.5e11`; for FLOPs.
std::string FormatFlops(double flops);
// `512 B`, `1.5 MiB`.
std::string FormatBytes(double bytes);
// `1.23 ms`, `2.5 s`.
std::string FormatSeconds(double seconds);
// Four digits after the point, for losses: `1.7702`.
std::string FormatLoss(double loss);
// `0.521`, for ratios and exponents.
std::string FormatRatio(double ratio);
// `12.5 %` of the share 0.125.
std::string FormatPercent(double share);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_FORMAT_NUMBER_H_
