#ifndef ISOSHAPE_CLI_OUTPUT_FORMAT_H_
#define ISOSHAPE_CLI_OUTPUT_FORMAT_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "common/text/format_number.h"  // IWYU pragma: export
#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// Texts of times and estimates on the console; those of numbers are in
// common/text/format_number.h.

// `42s`, `3m10s`, `2h05m`, `3d04h`; from two years on `2 years`, and beyond a
// thousand `more than 1,000 years`. Infinite: `-`.
std::string DurationText(absl::Duration duration);

// `0.52 [0.44, 0.61] (95 %)`; `0.52 [not identified]` without bounds, `0.52`
// without a method, for then no interval was asked for; a bound that is missing
// alone is shown as `?`.
std::string FormatEstimate(const v1::Estimate& estimate,
                           const std::function<std::string(double)>& format);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_FORMAT_H_
