#include "figures/gnuplot/gnuplot_text.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/text/one_line.h"

namespace isoshape {

std::string GnuplotQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(OneLine(text), {{"'", "''"}}),
                      "'");
}

std::string GnuplotNumber(double value, int digits, double low, double high) {
  constexpr double kNarrow = 1e-4;
  constexpr int kAllDigits = 15;
  const double largest = std::max(std::abs(low), std::abs(high));
  return absl::StrFormat(
      "%.*g", high - low < kNarrow * largest ? kAllDigits : digits, value);
}

std::string GnuplotTickText(absl::string_view text) {
  return GnuplotQuoted(absl::StrReplaceAll(text, {{"%", "%%"}}));
}

}  // namespace isoshape
