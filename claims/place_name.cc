#include "claims/place_name.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/nearest_name.h"

namespace isoshape {
namespace {

constexpr char kSmallest[] = "smallest";
constexpr char kLargest[] = "largest";
constexpr char kNextSmallest[] = "next-smallest";
constexpr char kNextLargest[] = "next-largest";
constexpr size_t kMaxNames = 200;  // characters of a list in an error

const ClaimCell* CellAlong(const Group& group, const std::string& along,
                           bool from_largest, bool next) {
  Group sorted = group;
  for (const ClaimCell* cell : sorted) {
    if (!cell->along.contains(along)) return nullptr;
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const ClaimCell* a, const ClaimCell* b) {
                     const double x = a->along.at(along);
                     const double y = b->along.at(along);
                     return from_largest ? x > y : x < y;
                   });
  if (!next) return sorted.empty() ? nullptr : sorted.front();
  const auto found =
      std::find_if(sorted.begin(), sorted.end(), [&](const ClaimCell* cell) {
        return cell->along.at(along) != sorted.front()->along.at(along);
      });
  return found == sorted.end() ? nullptr : *found;
}

}  // namespace

bool IsPlaceAlong(const std::string& name) {
  return name == kSmallest || name == kLargest || name == kNextSmallest ||
         name == kNextLargest;
}

const ClaimCell* CellNamed(const Group& group, const std::string& over,
                           const std::string& along, const std::string& name) {
  if (IsPlaceAlong(name)) {
    return CellAlong(group, along, name == kLargest || name == kNextLargest,
                     name == kNextSmallest || name == kNextLargest);
  }
  const auto at = std::find_if(
      group.begin(), group.end(),
      [&](const ClaimCell* cell) { return cell->place.at(over) == name; });
  return at == group.end() ? nullptr : *at;
}

absl::Status CheckPlaceName(const std::vector<ClaimCell>& cells,
                            const std::string& over, const std::string& along,
                            const std::string& name) {
  if (IsPlaceAlong(name)) {
    if (!along.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "'", name, "' of ", over, " needs `along`, such as `along: aspect`"));
  }
  std::set<std::string> names;
  for (const ClaimCell& cell : cells) names.insert(cell.place.at(over));
  if (names.contains(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "no ", over, " '", name, "' among ",
      absl::StrJoin(names, ", ").substr(0, kMaxNames),
      DidYouMean(name, std::vector<std::string>(names.begin(), names.end()))));
}

}  // namespace isoshape
