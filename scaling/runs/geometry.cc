#include "scaling/runs/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/format_number.h"
#include "scaling/runs/equal_size.h"
#include "scaling/runs/run_clusters.h"
#include "scaling/runs/size_remedy.h"
#include "scaling/statistics/cluster_covariance.h"
#include "scaling/statistics/line.h"
#include "scaling/statistics/logs.h"
#include "scaling/statistics/mean.h"

namespace isoshape {
namespace {

// Runs that leave a straight line of ln D over ln N by less than this, one
// standard deviation, lie on one line. At 0.1 the part of tokens changes by 4 %
// at equal size, which moves the loss by about one percent.
constexpr double kOneLine = 0.1;
// The same of ln(width / depth) at equal size: a factor of 1.2. At twice off
// the best ratio the loss is higher by about half a percent.
constexpr double kOneRatio = 0.2;
// How far off the line a run must be to tell.
constexpr double kOtherRatio = 4;

// The line of y over x; level if x does not vary.
Line LineOver(const std::vector<double>& x, const std::vector<double>& y) {
  constexpr double kSameValue = 1e-6;
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  if (*high - *low > kSameValue) return FitLine(x, y);
  return {.intercept = Mean(y)};
}

double Span(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high / *low;
}

// The row whose compute is in the middle.
size_t MiddleRun(const Runs& runs) {
  const std::vector<double> flops = runs.TrainingFlops();
  std::vector<size_t> rows(flops.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  std::sort(rows.begin(), rows.end(),
            [&](size_t a, size_t b) { return flops[a] < flops[b]; });
  return rows[rows.size() / 2];
}

std::string RunsThatTell(const Runs& runs) {
  const size_t middle = MiddleRun(runs);
  const double step = std::sqrt(kOtherRatio);
  const double flops = runs.TrainingFlops()[middle];
  std::string examples;
  std::string none;
  for (const SizeRemedy side : {SizeRemedy::kLarger, SizeRemedy::kSmaller}) {
    const double factor = side == SizeRemedy::kLarger ? step : 1 / step;
    const double size = runs.size[middle] * factor;
    // Beyond sizes that are just short of it: whether there is that size
    // itself.
    none = NoneToRun(side, {.flops = flops,
                            .smallest = size * kEqualSizeFactor,
                            .largest = size / kEqualSizeFactor,
                            .measure = runs.measure});
    if (!none.empty()) continue;
    absl::StrAppendFormat(&examples, "%ssize %s on %s%s",
                          examples.empty() ? "" : " and ", FormatCount(size),
                          FormatCount(runs.tokens[middle] / factor),
                          examples.empty() ? " tokens" : "");
  }
  if (examples.empty()) return none;
  return absl::StrCat("add runs at another ratio, such as ", examples);
}

std::string OneLine(const Runs& runs, const RunGeometry& geometry) {
  const std::string remedy = RunsThatTell(runs);
  if (std::abs(geometry.token_slope - 1) < kSameSlope) {
    return absl::StrFormat(
        "all %d runs have about %s tokens per unit of size, so the parts of "
        "size and of tokens in the loss cannot be told apart, and no best size "
        "is seen; %s",
        geometry.runs, FormatRatio(geometry.tokens_per_size), remedy);
  }
  return absl::StrFormat(
      "the tokens of all %d runs grow with their size as N^%.2f, so the parts "
      "of size and of tokens in the loss cannot be told apart; %s",
      geometry.runs, geometry.token_slope, remedy);
}

// Sizes and tokens that only trade against each other, even if the FLOPs are
// not quite equal.
bool OneBudget(const RunGeometry& geometry) {
  return geometry.flops_span < kOneBudget ||
         (geometry.token_deviation < kOneLine &&
          std::abs(geometry.token_slope + 1) < kSameSlope);
}

// Why the parts of size and tokens cannot be told apart, or empty.
std::string LineProblem(const Runs& runs, const RunGeometry& geometry,
                        const std::vector<double>& ln_size,
                        const std::vector<double>& ln_tokens) {
  // One size or one number of tokens is said where a fit asks for two.
  constexpr double kVaries = 1.05;
  if (geometry.size_span <= kVaries || geometry.token_span <= kVaries) {
    return "";
  }
  if (geometry.token_deviation < kOneLine) return OneLine(runs, geometry);
  if (LineOver(ln_tokens, ln_size).Departure(ln_tokens, ln_size) < kOneLine) {
    return absl::StrFormat(
        "the sizes of all %d runs are nearly the same, or follow their tokens, "
        "so the part of size in the loss is not seen; %s",
        geometry.runs, RunsThatTell(runs));
  }
  return "";
}

// Returns how many places of size, tokens and shape differ.
int DifferentPlaces(const Runs& runs) {
  std::vector<std::array<double, 4>> places;
  places.reserve(runs.rows());
  for (size_t i = 0; i < runs.rows(); ++i) {
    places.push_back({runs.size[i], runs.tokens[i],
                      runs.has_shapes() ? runs.width[i] : 0,
                      runs.has_shapes() ? runs.depth[i] : 0});
  }
  std::sort(places.begin(), places.end());
  return static_cast<int>(std::unique(places.begin(), places.end()) -
                          places.begin());
}

// Measures what the aspect ratios of runs with shapes can tell.
void MeasureRatios(const Runs& runs, const std::vector<double>& ln_size,
                   RunGeometry& geometry) {
  std::vector<double> ln_ratio;
  for (size_t i = 0; i < runs.rows(); ++i) {
    ln_ratio.push_back(std::log(runs.width[i] / runs.depth[i]));
  }
  geometry.ratio_deviation =
      LineOver(ln_size, ln_ratio).Departure(ln_size, ln_ratio);
  if (geometry.ratio_deviation < kOneRatio) {
    const double mean_ratio = std::exp(Mean(ln_ratio));
    geometry.one_ratio = absl::StrFormat(
        "aspect ratios hardly vary at equal size (by a factor of %.2f), so "
        "none is shown to be best; add runs of one size at aspect ratios such "
        "as %.3g and %.3g",
        std::exp(geometry.ratio_deviation), mean_ratio / kOtherRatio,
        mean_ratio * kOtherRatio);
  }
}

}  // namespace

bool RatiosTell(const Runs& runs) {
  return runs.has_shapes() && MeasureGeometry(runs).one_ratio.empty();
}

RunGeometry MeasureGeometry(const Runs& runs) {
  RunGeometry geometry;
  geometry.runs = static_cast<int>(runs.rows());
  const std::vector<double> ln_size = Logs(runs.size);
  const std::vector<double> ln_tokens = Logs(runs.tokens);
  geometry.different = DifferentPlaces(runs);
  geometry.clusters = CountClusters(RunClusters(runs));
  geometry.tokens_per_size = std::exp(Mean(ln_tokens) - Mean(ln_size));
  geometry.flops_span = Span(runs.TrainingFlops());
  geometry.size_span = Span(runs.size);
  geometry.token_span = Span(runs.tokens);
  const Line tokens = LineOver(ln_size, ln_tokens);
  geometry.token_slope = tokens.slope;
  geometry.token_deviation = tokens.Departure(ln_size, ln_tokens);
  if (OneBudget(geometry)) {
    geometry.one_budget = absl::StrFormat(
        "all runs are of one budget, about %s FLOPs: size and tokens only "
        "trade against each other, so nothing here says what more compute "
        "brings; add a second budget",
        FormatFlops(runs.FlopsRange().second));
  } else {
    geometry.one_line = LineProblem(runs, geometry, ln_size, ln_tokens);
  }
  if (runs.has_shapes()) MeasureRatios(runs, ln_size, geometry);
  return geometry;
}

}  // namespace isoshape
