#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "claims/pipeline.h"
#include "claims/place_name.h"
#include "cli/claims/claim_figures.h"
#include "common/text/counted.h"
#include "common/text/short_exponent.h"
#include "figures/parts/axis_range.h"
#include "figures/parts/marks.h"
#include "scaling/statistics/paired.h"

namespace isoshape {
namespace {

using Series = v1::FigureSeries;

constexpr size_t kMinPlaces = 3;
constexpr double kLevel = 0.95;

// What is compared along a scale: the values of each seed at each place.
struct ClaimCurve {
  std::map<std::string, std::string> place;  // of the dimensions that are left
  std::string part;
  // What earlier steps compared.
  std::vector<std::string> words;
  std::map<double, std::map<std::string, double>> values;  // by x, by seed
  // Where it comes among others: setting and FLOPs, 0 if they are not known.
  std::pair<double, double> order;
};

// What the values of a curve are.
enum class Kind { kMeasured, kDifference, kRatio };

// What one picture of a claim shows.
struct Scale {
  std::string measure, over, along;
  Kind kind = Kind::kMeasured;
  bool log_y = false;
  bool operator==(const Scale&) const = default;
};

// One side of a comparison, such as `largest budget`, `no-norm`.
std::string Side(const v1::ClaimStep& step, const std::string& name) {
  return IsPlaceAlong(name) ? absl::StrCat(name, " ", step.over()) : name;
}

// Adds to `words` what a step compares, and says it to the scale. False if the
// step makes something else of the measure, such as the place of a least value.
bool Follow(const v1::ClaimStep& step, Scale& scale,
            std::vector<std::string>& words) {
  if (step.has_mean() || step.has_only()) return true;
  if (!step.has_difference() && !step.has_log_ratio()) return false;
  const bool ratio = step.has_log_ratio() || scale.log_y;
  const v1::ClaimContrast& sides =
      step.has_difference() ? step.difference() : step.log_ratio();
  scale.kind = ratio ? Kind::kRatio : Kind::kDifference;
  scale.log_y = ratio;
  words.push_back(absl::StrCat(Side(step, sides.of()),
                               ratio ? " over " : " less ",
                               Side(step, sides.from())));
  return true;
}

double NumberAlong(const ClaimCell& cell, const std::string& along) {
  const auto at = cell.along.find(along);
  return at == cell.along.end() ? 0 : at->second;
}

// The curves before a step that goes along a scale; none if they have fewer
// than kMinPlaces.
std::vector<ClaimCurve> CurvesBefore(const v1::ClaimPart& part, int step,
                                     const Scale& scale,
                                     const std::vector<std::string>& words,
                                     const std::vector<ClaimRuns>& runs) {
  const auto cells = CellsAfter(part.pipeline(), step, runs);
  if (!cells.ok()) return {};
  std::map<std::map<std::string, std::string>, ClaimCurve> curves;
  for (const ClaimCell& cell : *cells) {
    const auto x = cell.along.find(scale.along);
    if (x == cell.along.end()) return {};
    if (std::isnan(cell.value)) continue;
    std::map<std::string, std::string> place = cell.place;
    place.erase(scale.over);
    place.erase("seed");
    ClaimCurve& curve = curves[place];
    curve.place = place;
    curve.part = part.name();
    curve.words = words;
    curve.order = {NumberAlong(cell, "setting"), NumberAlong(cell, "flops")};
    curve.values[x->second][cell.place.at("seed")] =
        scale.log_y ? std::exp(cell.value) : cell.value;
  }
  std::vector<ClaimCurve> found;
  size_t places = 0;
  for (auto& [place, curve] : curves) {
    places = std::max(places, curve.values.size());
    found.push_back(std::move(curve));
  }
  if (places < kMinPlaces) found.clear();
  std::stable_sort(found.begin(), found.end(),
                   [](const ClaimCurve& a, const ClaimCurve& b) {
                     return a.order < b.order;
                   });
  return found;
}

// All curves of the claim along the scale of its first part that has one.
// Parts that begin with the same steps have the same curves.
std::vector<ClaimCurve> CurvesOf(const ClaimRecord& record, Scale& scale) {
  std::vector<ClaimCurve> all;
  std::set<std::string> seen;
  for (const v1::ClaimPart& part : record.claim.parts()) {
    const v1::ClaimPipeline& pipeline = part.pipeline();
    std::string before = absl::StrCat(pipeline.measure(), pipeline.logarithm(),
                                      pipeline.absolute());
    Scale of_step;
    of_step.measure = pipeline.measure();
    of_step.log_y = pipeline.logarithm() && !pipeline.absolute();
    std::vector<std::string> words;
    for (int i = 0; i < pipeline.steps_size(); ++i) {
      const v1::ClaimStep& step = pipeline.steps(i);
      of_step.over = step.over();
      of_step.along = AlongOf(step);
      std::vector<ClaimCurve> curves;
      if (!of_step.along.empty() && (all.empty() || of_step == scale)) {
        curves = CurvesBefore(part, i, of_step, words, record.runs);
      }
      if (!curves.empty()) {
        scale = of_step;
        if (!seen.insert(before).second) break;
        all.insert(all.end(), curves.begin(), curves.end());
        break;
      }
      if (!Follow(step, of_step, words)) break;
      absl::StrAppend(&before, "|", step.ShortDebugString());
    }
  }
  return all;
}

// What tells the curves apart, of each.
std::vector<std::string> NamesOf(const std::vector<ClaimCurve>& curves) {
  std::map<std::string, std::set<std::string>> values;
  std::set<std::string> parts;
  for (const ClaimCurve& curve : curves) {
    parts.insert(curve.part);
    for (const auto& [dimension, name] : curve.place) {
      values[dimension].insert(name);
    }
  }
  std::vector<std::string> names;
  for (const ClaimCurve& curve : curves) {
    std::vector<std::string> words;
    for (const auto& [dimension, name] : curve.place) {
      if (values[dimension].size() < 2) continue;
      words.push_back(dimension == "budget"
                          ? absl::StrCat(ShortExponent(name), " FLOPs")
                          : name);
    }
    words.insert(words.end(), curve.words.begin(), curve.words.end());
    if (curve.words.empty() && parts.size() > 1) words.push_back(curve.part);
    names.push_back(words.empty() ? "mean over seeds"
                                  : absl::StrJoin(words, ", "));
  }
  return names;
}

// The mean at each place over the seeds that have all places, with the interval
// of what differs between places: what a seed has in common at all of them is
// taken away (Cousineau 2005, with the correction of Morey 2008).
std::map<double, Interval> WithinSeeds(const ClaimCurve& curve) {
  std::map<std::string, std::vector<double>> by_seed;
  for (const auto& [x, seeds] : curve.values) {
    for (const auto& [seed, value] : seeds) by_seed[seed].push_back(value);
  }
  const double places = static_cast<double>(curve.values.size());
  std::map<std::string, double> level;
  double all = 0;
  for (const auto& [seed, values] : by_seed) {
    if (values.size() != curve.values.size()) continue;
    double sum = 0;
    for (const double value : values) sum += value;
    level[seed] = sum / places;
    all += sum / places;
  }
  std::map<double, Interval> means;
  if (level.empty()) return means;
  all /= static_cast<double>(level.size());
  const double correction = places > 1 ? std::sqrt(places / (places - 1)) : 1.0;
  for (const auto& [x, seeds] : curve.values) {
    std::vector<double> values;
    for (const auto& [seed, value] : seeds) {
      const auto own = level.find(seed);
      if (own != level.end()) values.push_back(value - own->second + all);
    }
    Interval interval = MeanOfDifferences(values, kLevel).mean;
    for (std::optional<double>* end : {&interval.lower, &interval.upper}) {
      if (end->has_value()) {
        **end = interval.value + correction * (**end - interval.value);
      }
    }
    means[x] = interval;
  }
  return means;
}

std::string AxisLabel(const std::string& name) {
  if (name == "aspect") return "width / depth";
  if (name == "flops") return "training FLOPs";
  return absl::StrReplaceAll(name, {{"_", " "}});
}

// What the x axis is; settings by the labels of their campaigns.
std::string ScaleLabel(const ClaimRecord& record, const Scale& scale) {
  if (scale.along != "setting") return AxisLabel(scale.along);
  std::map<double, std::string> settings;
  for (const ClaimRuns& runs : record.runs) {
    settings[runs.setting] = absl::StrCat(runs.setting, " ", runs.label);
  }
  return absl::StrCat(
      "setting: ",
      absl::StrJoin(settings, ", ", [](std::string* out, const auto& entry) {
        *out += entry.second;
      }));
}

std::string ValueLabel(const Scale& scale) {
  std::string prefix;
  if (scale.kind == Kind::kDifference) prefix = "difference in ";
  if (scale.kind == Kind::kRatio) prefix = "ratio of ";
  return prefix + AxisLabel(scale.measure);
}

v1::Figure FigureOf(const ClaimRecord& record, const Scale& scale,
                    const std::vector<ClaimCurve>& curves) {
  v1::Figure figure;
  const std::string value = ValueLabel(scale);
  const std::string along = ScaleLabel(record, scale);
  figure.set_title(absl::StrCat(record.claim.id(), ": ", value, " over ",
                                AxisLabel(scale.along)));
  v1::FigurePanel& panel = *figure.add_panels();
  AxisRange x(scale.along != "setting");
  AxisRange y(scale.log_y);
  const std::vector<std::string> names = NamesOf(curves);
  v1::FigureTable& table = *figure.mutable_table();
  for (const std::string& column :
       {std::string("curve"), along, value, std::string("lower"),
        std::string("upper")}) {
    table.add_columns(column);
  }
  for (size_t i = 0; i < curves.size(); ++i) {
    figure.add_color_values(static_cast<double>(i + 1));
  }
  int64_t marks = 0;
  for (size_t i = 0; i < curves.size(); ++i) {
    const int color = static_cast<int>(i);
    Series& line =
        *AddSeries(panel, names[i], Series::LINE, Series::SAMPLED, color);
    Series& points =
        *AddSeries(panel, names[i], Series::POINTS, Series::MEASURED, color);
    for (const auto& [at, mean] : WithinSeeds(curves[i])) {
      AddPoint(at, mean.value, line);
      AddPoint(at, mean.value, points);
      AddYInterval(mean, points);
      points.add_labels(absl::StrCat(names[i], ": ", Cell(mean.value)));
      x.Add(at);
      for (const double end : {mean.value, mean.lower.value_or(mean.value),
                               mean.upper.value_or(mean.value)}) {
        y.Add(end);
      }
      AddRow({names[i], Cell(at), Cell(mean.value), Cell(mean.lower),
              Cell(mean.upper)},
             table);
      ++marks;
    }
  }
  *panel.mutable_x() = x.Axis(along);
  *panel.mutable_y() = y.Axis(value);
  figure.set_sentence(absl::StrCat(record.claim.statement(),
                                   " Measured: ", value, " over ", along, "."));
  figure.set_method(
      "Means over seeds; whiskers: 95 % intervals of what differs along the "
      "axis, each seed's own level taken away.");
  figure.set_drawn(marks);
  figure.set_total(marks);
  return figure;
}

}  // namespace

std::vector<ClaimFigure> CurveFigures(const std::vector<ClaimRecord>& records) {
  std::vector<ClaimFigure> figures;
  std::set<std::string> drawn;
  for (const ClaimRecord& record : records) {
    Scale scale;
    const std::vector<ClaimCurve> curves = CurvesOf(record, scale);
    if (curves.empty()) continue;
    v1::Figure figure = FigureOf(record, scale, curves);
    // Claims that share runs may ask them for the same curves.
    if (!drawn.insert(figure.panels(0).SerializeAsString()).second) continue;
    figures.push_back(
        {record.claim.id(), record.claim.id(), std::move(figure)});
  }
  return figures;
}

}  // namespace isoshape
