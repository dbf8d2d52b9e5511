#include "common/console/one_of.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"

namespace isoshape {

CLI::Validator OneOf(std::vector<std::string> names) {
  std::string shown = absl::StrCat("{", absl::StrJoin(names, ","), "}");
  return CLI::Validator(
      [names = std::move(names)](const std::string& text) {
        if (std::find(names.begin(), names.end(), text) != names.end()) {
          return std::string();
        }
        return absl::StrCat("'", OneLine(text), "' is not one of ",
                            absl::StrJoin(names, ", "),
                            DidYouMean(text, names));
      },
      std::move(shown));
}

}  // namespace isoshape
