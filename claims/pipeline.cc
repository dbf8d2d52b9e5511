#include "claims/pipeline.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "claims/curve.h"
#include "claims/place_name.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "shape/accounting.h"
#include "shape/reference.h"
#include "shape/shape.h"

namespace isoshape {
namespace {

// What is known of all cells alike stays known, as their mean: of shapes of
// about one size, the size is, and the aspect ratio is not.
constexpr double kAlike = 1.5;

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

// What SetPlace of cells.cc knows of runs.
absl::Status CheckScale(const std::string& along) {
  static const auto& scales = *new std::vector<std::string>{
      "setting",    "flops", "depth",         "width",          "aspect",
      "parameters", "size",  "learning_rate", "warmup_fraction"};
  if (along.empty() ||
      std::find(scales.begin(), scales.end(), along) != scales.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("along '", along, "' is none of ",
                   absl::StrJoin(scales, ", "), DidYouMean(along, scales)));
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

// The points of a group along a scale; none if it has no place on it, or if one
// of them is not known: a curve with a hole has another least value.
std::vector<CurvePoint> PointsOf(const Group& group, const std::string& along) {
  std::vector<CurvePoint> points;
  for (const ClaimCell* cell : group) {
    const auto at = cell->along.find(along);
    if (at == cell->along.end() || std::isnan(cell->value)) return {};
    const double x = along == "setting" ? at->second : std::log(at->second);
    points.push_back({x, cell->value});
  }
  return SortedCurve(std::move(points));
}

// The size of a known model, as a `model` step goes along it.
double SizeOf(const ReferenceShape& model, const std::string& along) {
  return along == "parameters"
             ? static_cast<double>(CountParameters(*model.shape).total())
             : EffectiveSize(*model.shape);
}

// How far the line through the best values lies from a known model's at its
// size.
std::optional<double> FromModel(const std::vector<CurvePoint>& points,
                                const std::string& along,
                                const ReferenceShape& model) {
  const std::optional<Line> line = LineOf(points);
  if (!line.has_value()) return std::nullopt;
  return std::log(AspectRatio(*model.shape)) -
         line->At(std::log(SizeOf(model, along)));
}

using Reduce = std::function<std::optional<double>(const Group&)>;

Reduce Contrast(const v1::ClaimContrast& contrast, const std::string& over,
                const std::string& along, bool logarithm) {
  return [=](const Group& group) -> std::optional<double> {
    const ClaimCell* of = CellNamed(group, over, along, contrast.of());
    const ClaimCell* from = CellNamed(group, over, along, contrast.from());
    if (of == nullptr || from == nullptr || of == from) return std::nullopt;
    if (!logarithm) return of->value - from->value;
    if (of->value <= 0 || from->value <= 0) return NAN;
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
    return CheckPlaceName(cells, over, along, name);
  };
  switch (step.kind_case()) {
    case v1::ClaimStep::kOnly: {
      ISOSHAPE_RETURN_IF_ERROR(check(step.only()));
      return
          [=, name = step.only()](const Group& group) -> std::optional<double> {
            const ClaimCell* cell = CellNamed(group, over, along, name);
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

// Whether x, which a step found along a scale, is where the points of a group
// end: nothing was tried beyond it.
bool IsAtEnd(const v1::ClaimStep& step, const Group& group,
             const std::string& along, double x) {
  const std::vector<CurvePoint> points = PointsOf(group, along);
  if (x <= points.front().x) return true;
  // The largest of all may be the least that is good enough.
  return step.has_minimum() ? x == points.back().x : x > points.back().x;
}

// The cell that stands for a group: what its cells have in common.
ClaimCell Merged(const Group& group, const std::string& over, double value) {
  ClaimCell merged = *group.front();
  merged.place.erase(over);
  merged.value = value;
  merged.minima = 0;
  merged.at_ends = 0;
  for (const ClaimCell* cell : group) {
    merged.minima += cell->minima;
    merged.at_ends += cell->at_ends;
  }
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

// Whether a run that tells nothing is among what a group rests on.
bool HasHole(const Group& group) {
  return std::any_of(group.begin(), group.end(), [](const ClaimCell* cell) {
    return std::isnan(cell->value);
  });
}

// One step: takes the dimension `step.over` away from the cells. A group of
// cells that lacks what the step needs (one of the two to compare, a second
// point of a slope) is left out; one that cannot tell it for what its cells
// are (a hole, a ratio of what is not above 0) is a hole.
absl::StatusOr<std::vector<ClaimCell>> TakeStep(
    const v1::ClaimStep& step, const std::vector<ClaimCell>& cells) {
  ISOSHAPE_RETURN_IF_ERROR(CheckDimension(step));
  if (cells.empty()) return cells;
  if (!cells.front().place.contains(step.over())) {
    return absl::InvalidArgumentError(
        absl::StrCat("an earlier step has taken ", step.over(), " away"));
  }
  const std::string along = AlongOf(step);
  ISOSHAPE_RETURN_IF_ERROR(CheckScale(along));
  ISOSHAPE_ASSIGN_OR_RETURN(const Reduce reduce, ReduceOf(step, along, cells));
  std::vector<ClaimCell> left;
  for (const auto& [place, group] : CompleteGroups(cells, step.over())) {
    const std::optional<double> value = reduce(group);
    if (!value.has_value() && !HasHole(group)) continue;
    if (!value.has_value() || !std::isfinite(*value)) {
      left.push_back(Merged(group, step.over(), NAN));
      continue;
    }
    if (step.has_only()) {
      left.push_back(*CellNamed(group, step.over(), along, step.only()));
      left.back().place.erase(step.over());
      continue;
    }
    left.push_back(Merged(group, step.over(), *value));
    if (step.has_minimum() || step.has_least_at_most()) {
      ++left.back().minima;
      left.back().at_ends += IsAtEnd(step, group, along, *value) ? 1 : 0;
    }
  }
  return left;
}

}  // namespace

std::vector<const v1::ClaimPipeline*> PipelinesOf(const v1::ClaimPart& part) {
  std::vector<const v1::ClaimPipeline*> pipelines = {&part.pipeline()};
  if (part.has_divided_by()) pipelines.push_back(&part.divided_by());
  return pipelines;
}

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
    for (ClaimCell& cell : cells) {
      cell.value = cell.value > 0 ? std::log(cell.value) : NAN;
    }
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
    if (group.size() == most && !HasHole(group)) values[seed] = *MeanOf(group);
  }
  return values;
}

absl::StatusOr<std::optional<double>> ExtrapolationOf(
    const v1::ClaimPipeline& pipeline, const std::vector<ClaimRuns>& runs) {
  for (int i = 0; i < pipeline.steps_size(); ++i) {
    const v1::ClaimStep& step = pipeline.steps(i);
    if (!step.has_model()) continue;
    ISOSHAPE_ASSIGN_OR_RETURN(const std::vector<ClaimCell> cells,
                              CellsAfter(pipeline, i, runs));
    double largest = 0;
    for (const ClaimCell& cell : cells) {
      const auto at = cell.along.find(AlongOf(step));
      if (at != cell.along.end()) largest = std::max(largest, at->second);
    }
    const ReferenceShape* model = FindReferenceShape(step.model());
    if (largest == 0 || model == nullptr || !model->shape.has_value()) break;
    return SizeOf(*model, AlongOf(step)) / largest;
  }
  return std::nullopt;
}

}  // namespace isoshape
