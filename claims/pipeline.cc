#include "claims/pipeline.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "claims/curve.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "shape/accounting.h"
#include "shape/reference.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

using Group = std::vector<const ClaimCell*>;

// What is known of all cells alike stays known, as their mean: of shapes of
// about one size, the size is, and the aspect ratio is not.
constexpr double kAlike = 1.5;

constexpr char kSmallest[] = "smallest";
constexpr char kLargest[] = "largest";

absl::Status CheckDimension(const v1::ClaimStep& step) {
  static const auto& dimensions =
      *new std::vector<std::string>{"campaign", "variant", "shape", "budget"};
  if (std::find(dimensions.begin(), dimensions.end(), step.over()) !=
      dimensions.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "over '", step.over(), "' is none of ", absl::StrJoin(dimensions, ", "),
      DidYouMean(step.over(), dimensions)));
}

using Place = std::map<std::string, std::string>;

using Groups = std::map<Place, Group>;

// The cells that differ in `over` alone. A seed that lacks one that another
// seed has is left out: its `largest` would be another than theirs.
Groups CompleteGroups(const std::vector<ClaimCell>& cells,
                      const std::string& over) {
  Groups groups;
  std::map<Place, size_t> most;  // of the seeds together
  const auto without_seed = [](Place place) {
    place.erase("seed");
    return place;
  };
  for (const ClaimCell& cell : cells) {
    Place place = cell.place;
    place.erase(over);
    Group& group = groups[place];
    group.push_back(&cell);
    size_t& size = most[without_seed(std::move(place))];
    size = std::max(size, group.size());
  }
  std::erase_if(groups, [&](const auto& entry) {
    return entry.second.size() < most[without_seed(entry.first)];
  });
  return groups;
}

// The cell that `name` says: by its name, or an end along `along`. None if the
// group has no such cell.
const ClaimCell* Find(const Group& group, const std::string& over,
                      const std::string& along, const std::string& name) {
  if (name == kSmallest || name == kLargest) {
    const ClaimCell* found = nullptr;
    for (const ClaimCell* cell : group) {
      const auto at = cell->along.find(along);
      if (at == cell->along.end()) return nullptr;
      if (found == nullptr ||
          (name == kLargest) == (at->second > found->along.at(along))) {
        found = cell;
      }
    }
    return found;
  }
  const auto at = std::find_if(
      group.begin(), group.end(),
      [&](const ClaimCell* cell) { return cell->place.at(over) == name; });
  return at == group.end() ? nullptr : *at;
}

// A name that a step gives must be somewhere in the cells, or it is misspelt.
absl::Status CheckName(const std::vector<ClaimCell>& cells,
                       const std::string& over, const std::string& along,
                       const std::string& name) {
  if (name == kSmallest || name == kLargest) {
    if (!along.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "'", name, "' of ", over, " needs `along`, such as `along: aspect`"));
  }
  std::set<std::string> names;
  for (const ClaimCell& cell : cells) names.insert(cell.place.at(over));
  if (names.contains(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("no ", over, " '", name, "' among ",
                   absl::StrJoin(names, ", ").substr(0, 200)));
}

// The points of a group along a scale; none if it has no place on it.
std::vector<CurvePoint> PointsOf(const Group& group, const std::string& along) {
  std::vector<CurvePoint> points;
  for (const ClaimCell* cell : group) {
    const auto at = cell->along.find(along);
    if (at == cell->along.end()) return {};
    const double x = along == "setting" ? at->second : std::log(at->second);
    points.push_back({x, cell->value});
  }
  return SortedCurve(std::move(points));
}

// How far the line through the best values lies from a known model's at its
// size.
std::optional<double> FromModel(const std::vector<CurvePoint>& points,
                                const std::string& along,
                                const ReferenceShape& model) {
  const std::optional<Line> line = LineOf(points);
  if (!line.has_value()) return std::nullopt;
  const Shape& shape = *model.shape;
  const double x = along == "parameters"
                       ? static_cast<double>(CountParameters(shape).total())
                       : EffectiveSize(shape);
  return std::log(AspectRatio(shape)) - line->At(std::log(x));
}

using Reduce = std::function<std::optional<double>(const Group&)>;

Reduce Contrast(const v1::ClaimContrast& contrast, const std::string& over,
                const std::string& along, bool logarithm) {
  return [=](const Group& group) -> std::optional<double> {
    const ClaimCell* of = Find(group, over, along, contrast.of());
    const ClaimCell* from = Find(group, over, along, contrast.from());
    if (of == nullptr || from == nullptr || of == from) return std::nullopt;
    if (!logarithm) return of->value - from->value;
    if (of->value <= 0 || from->value <= 0) return std::nullopt;
    return std::log(of->value / from->value);
  };
}

absl::StatusOr<Reduce> ModelStep(const std::string& along,
                                 const std::string& name) {
  const ReferenceShape* model = FindReferenceShape(name);
  if (model == nullptr || !model->shape.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("model '", name,
                     "' has no published shape here; isoshape describe "
                     "--list names those that have"));
  }
  if (along != "size" && along != "parameters") {
    return absl::InvalidArgumentError(
        "a model is compared `along: size` or `along: parameters`");
  }
  return [=](const Group& group) {
    return FromModel(PointsOf(group, along), along, *model);
  };
}

Reduce OnCurve(const std::string& along, std::optional<double> (*reduce)(
                                             const std::vector<CurvePoint>&)) {
  return [=](const Group& group) { return reduce(PointsOf(group, along)); };
}

std::optional<double> MeanOf(const Group& group) {
  double sum = 0;
  for (const ClaimCell* cell : group) sum += cell->value;
  return sum / static_cast<double>(group.size());
}

// What a step makes of a group, with its names checked against the cells.
absl::StatusOr<Reduce> ReduceOf(const v1::ClaimStep& step,
                                const std::string& along,
                                const std::vector<ClaimCell>& cells) {
  const std::string& over = step.over();
  const auto check = [&](const std::string& name) {
    return CheckName(cells, over, along, name);
  };
  switch (step.kind_case()) {
    case v1::ClaimStep::kOnly: {
      ISOSHAPE_RETURN_IF_ERROR(check(step.only()));
      return
          [=, name = step.only()](const Group& group) -> std::optional<double> {
            const ClaimCell* cell = Find(group, over, along, name);
            if (cell == nullptr) return std::nullopt;
            return cell->value;
          };
    }
    case v1::ClaimStep::kDifference:
    case v1::ClaimStep::kLogRatio: {
      const bool logarithm = step.kind_case() == v1::ClaimStep::kLogRatio;
      const v1::ClaimContrast& contrast =
          logarithm ? step.log_ratio() : step.difference();
      ISOSHAPE_RETURN_IF_ERROR(check(contrast.of()));
      ISOSHAPE_RETURN_IF_ERROR(check(contrast.from()));
      return Contrast(contrast, over, along, logarithm);
    }
    case v1::ClaimStep::kModel:
      return ModelStep(along, step.model());
    case v1::ClaimStep::kMean:
      return MeanOf;
    case v1::ClaimStep::KIND_NOT_SET:
      return absl::InvalidArgumentError(absl::StrCat(
          "what to do over ", over,
          " is not said; give it only, difference, log_ratio, slope, "
          "curvature, minimum, basin, least_at_most, model or mean"));
    default:
      break;
  }
  if (along.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "along what is not said; give `along`, such as `along: depth`"));
  }
  switch (step.kind_case()) {
    case v1::ClaimStep::kSlope:
      return OnCurve(along, SlopeOf);
    case v1::ClaimStep::kCurvature:
      return OnCurve(along, CurvatureOf);
    case v1::ClaimStep::kMinimum:
      return OnCurve(along, MinimumOf);
    case v1::ClaimStep::kBasin:
      return [along, within = step.basin()](const Group& group) {
        return BasinOf(PointsOf(group, along), within);
      };
    default:
      return [along, most = step.least_at_most()](const Group& group) {
        return LeastAtMost(PointsOf(group, along), most);
      };
  }
}

// The cell that stands for a group: what its cells have in common.
ClaimCell Merged(const Group& group, const std::string& over, double value) {
  ClaimCell merged = *group.front();
  merged.place.erase(over);
  merged.value = value;
  merged.along.clear();
  for (const auto& [along, first] : group.front()->along) {
    double least = first;
    double most = first;
    double sum = 0;
    size_t known = 0;
    for (const ClaimCell* cell : group) {
      const auto at = cell->along.find(along);
      if (at == cell->along.end()) break;
      least = std::min(least, at->second);
      most = std::max(most, at->second);
      sum += at->second;
      ++known;
    }
    if (known == group.size() && (least == most || most <= kAlike * least)) {
      merged.along[along] = sum / static_cast<double>(known);
    }
  }
  return merged;
}

// One step: takes the dimension `step.over` away from the cells. A group of
// cells that lacks what the step needs (one of the two to compare, a second
// point of a slope) is left out.
absl::StatusOr<std::vector<ClaimCell>> TakeStep(
    const v1::ClaimStep& step, const std::vector<ClaimCell>& cells) {
  ISOSHAPE_RETURN_IF_ERROR(CheckDimension(step));
  if (cells.empty()) return cells;
  if (!cells.front().place.contains(step.over())) {
    return absl::InvalidArgumentError(
        absl::StrCat("an earlier step has taken ", step.over(), " away"));
  }
  const std::string along = AlongOf(step);
  ISOSHAPE_ASSIGN_OR_RETURN(const Reduce reduce, ReduceOf(step, along, cells));
  std::vector<ClaimCell> left;
  for (const auto& [place, group] : CompleteGroups(cells, step.over())) {
    const std::optional<double> value = reduce(group);
    if (!value.has_value() || !std::isfinite(*value)) continue;
    if (step.has_only()) {
      left.push_back(*Find(group, step.over(), along, step.only()));
      left.back().place.erase(step.over());
      continue;
    }
    left.push_back(Merged(group, step.over(), *value));
  }
  return left;
}

}  // namespace

std::string AlongOf(const v1::ClaimStep& step) {
  if (!step.along().empty()) return step.along();
  if (step.over() == "campaign") return "setting";
  if (step.over() == "budget") return "flops";
  return "";
}

absl::StatusOr<std::vector<ClaimCell>> CellsAfter(
    const v1::ClaimPipeline& pipeline, int steps,
    const std::vector<ClaimRuns>& runs) {
  ISOSHAPE_ASSIGN_OR_RETURN(std::vector<ClaimCell> cells,
                            CellsOf(runs, pipeline.measure()));
  if (pipeline.logarithm()) {
    std::erase_if(cells, [](const ClaimCell& cell) { return cell.value <= 0; });
    for (ClaimCell& cell : cells) cell.value = std::log(cell.value);
  }
  if (pipeline.absolute()) {
    for (ClaimCell& cell : cells) cell.value = std::abs(cell.value);
  }
  for (int i = 0; i < steps; ++i) {
    absl::StatusOr<std::vector<ClaimCell>> next =
        TakeStep(pipeline.steps(i), cells);
    if (!next.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", i + 1, ": ", next.status().message()));
    }
    cells = *std::move(next);
  }
  return cells;
}

absl::StatusOr<std::map<std::string, double>> RunPipeline(
    const v1::ClaimPipeline& pipeline, const std::vector<ClaimRuns>& runs) {
  ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<ClaimCell> cells,
                            CellsAfter(pipeline, pipeline.steps_size(), runs));
  std::map<std::string, Group> seeds;
  for (const ClaimCell& cell : cells) {
    seeds[cell.place.at("seed")].push_back(&cell);
  }
  size_t most = 0;
  for (const auto& [seed, group] : seeds) most = std::max(most, group.size());
  std::map<std::string, double> values;
  for (const auto& [seed, group] : seeds) {
    if (group.size() == most) values[seed] = *MeanOf(group);
  }
  return values;
}

}  // namespace isoshape
