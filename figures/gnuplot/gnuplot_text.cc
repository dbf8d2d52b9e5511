#include "figures/gnuplot/gnuplot_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/one_line.h"

namespace isoshape {

std::string GnuplotQuoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(OneLine(text), {{"'", "''"}}),
                      "'");
}

std::string GnuplotTickText(absl::string_view text) {
  return GnuplotQuoted(absl::StrReplaceAll(text, {{"%", "%%"}}));
}

}  // namespace isoshape
