#include "scaling/runs/recipe_hint.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "scaling/tables/column_values.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

// A table of more columns is no list of runs that people wrote.
constexpr size_t kMaxColumns = 32;
constexpr int kMinRows = 5;       // of each recipe
constexpr size_t kMaxSizes = 64;  // that are remembered of one
constexpr size_t kNamed = 3;

bool IsText(absl::string_view text) {
  double number = 0;
  return !absl::StripAsciiWhitespace(text).empty() &&
         !absl::SimpleAtod(text, &number);
}

}  // namespace

RecipeHint::RecipeHint(const std::vector<Cell>& header,
                       const std::vector<size_t>& taken, size_t of_size)
    : of_size_(of_size) {
  if (header.size() > kMaxColumns) return;
  for (size_t place = 0; place < header.size(); ++place) {
    if (std::find(taken.begin(), taken.end(), place) != taken.end()) continue;
    places_.push_back(place);
    columns_.push_back({.name = std::string(header[place].text)});
  }
}

void RecipeHint::Add(const Row& row) {
  for (size_t k = 0; k < places_.size();) {
    const absl::string_view text = row.cells[places_[k]].text;
    std::map<absl::string_view, Kind>& kinds = columns_[k].kinds;
    const bool fits = IsText(text) && (kinds.size() < kMaxRecipes ||
                                       kinds.find(text) != kinds.end());
    if (!fits) {
      const auto at = static_cast<std::ptrdiff_t>(k);
      places_.erase(places_.begin() + at);
      columns_.erase(columns_.begin() + at);
      continue;
    }
    Kind& kind = kinds[text];
    ++kind.rows;
    if (kind.sizes.size() < kMaxSizes) {
      kind.sizes.insert(row.cells[of_size_].text);
    }
    ++k;
  }
}

std::string RecipeHint::Note() const {
  for (const Column& column : columns_) {
    if (column.kinds.size() < 2) continue;
    std::set<absl::string_view> sizes;
    std::vector<std::string> names;
    bool several_rows = true;
    bool one_size = false;
    for (const auto& [text, kind] : column.kinds) {
      several_rows = several_rows && kind.rows >= kMinRows;
      names.emplace_back(text);
      for (const absl::string_view size : kind.sizes) {
        one_size = !sizes.insert(size).second || one_size;
      }
    }
    if (!several_rows || !one_size) continue;
    return absl::StrFormat(
        "all runs are taken together, and column %s holds %d texts (%s); if "
        "these are recipes, --where %s takes the runs of one and fit --by %s "
        "compares them",
        Shown(column.name), names.size(), ShownNames(names, kNamed),
        Shown(absl::StrCat(column.name, "=", names.front())),
        Shown(column.name));
  }
  return "";
}

}  // namespace isoshape
