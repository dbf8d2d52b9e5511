#include "common/text/interval_text.h"

#include "absl/strings/str_cat.h"

namespace isoshape {

std::string EndText(std::optional<double> end,
                    const std::function<std::string(double)>& format) {
  return end ? format(*end) : "?";
}

std::string IntervalText(std::optional<double> lower,
                         std::optional<double> upper,
                         const std::function<std::string(double)>& format) {
  return absl::StrCat("[", EndText(lower, format), ", ", EndText(upper, format),
                      "]");
}

}  // namespace isoshape
