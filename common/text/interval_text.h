#ifndef ISOSHAPE_COMMON_TEXT_INTERVAL_TEXT_H_
#define ISOSHAPE_COMMON_TEXT_INTERVAL_TEXT_H_

#include <functional>
#include <optional>
#include <string>

namespace isoshape {

// The end of an interval by `format`; `?` for one that is absent, as the data
// do not bound it.
std::string EndText(std::optional<double> end,
                    const std::function<std::string(double)>& format);

// `[0.33, 0.57]`, `[0.33, ?]`.
std::string IntervalText(std::optional<double> lower,
                         std::optional<double> upper,
                         const std::function<std::string(double)>& format);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_INTERVAL_TEXT_H_
