#ifndef ISOSHAPE_CLI_CONSOLE_FORMAT_H_
#define ISOSHAPE_CLI_CONSOLE_FORMAT_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "absl/time/time.h"
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Numbers as people read them. Three significant digits unless said otherwise;
// `-` for what is not finite.

// Stands for a number that was not measured: `-` in every format.
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

// `950`, `36.1k`, `1.5M`, `6.74B`; for counts and sizes.
std::string FormatCount(double count);
// `6,738,415,616`.
std::string FormatInteger(int64_t number);
// `7.5e+11`; for FLOPs.
std::string FormatFlops(double flops);
// `512 B`, `1.5 MiB`.
std::string FormatBytes(double bytes);
// `1.23 ms`, `2.5 s`.
std::string FormatSeconds(double seconds);
// Four digits after the point, for losses: `1.7702`.
std::string FormatLoss(double loss);
// `0.521`, for ratios and exponents.
std::string FormatRatio(double ratio);
// `42s`, `3m10s`, `2h05m`, `3d04h`.
std::string DurationText(absl::Duration duration);

// `0.52 [0.44, 0.61] (95 %)`; `0.52 [not identified]` without bounds, `0.52`
// without a method, for then no interval was asked for; a bound that is missing
// alone is shown as `?`.
std::string FormatEstimate(const v1::Estimate& estimate,
                           const std::function<std::string(double)>& format);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_FORMAT_H_
