#include "scaling/surface/far_off.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "scaling/runs/geometry.h"
#include "scaling/runs/row_name.h"
#include "scaling/statistics/robust_deviation.h"

namespace isoshape {
namespace {

// Standard deviation of ln loss of one run. That of published sweeps is .003 to
// .009 about the surface, of generated ones without outliers at most .011, and
// of those with outliers that mislead it .018 to .07 (docs/science.md).
constexpr double kMaxScatter = 0.02;

// The standard deviation of the residuals of one compute about their mean;
// infinite if no two runs used have one compute.
double ScatterAtOneCompute(const SurfaceFit& surface, const Runs& runs) {
  const std::vector<double> levels = runs.ComputeLevels();
  std::map<double, std::vector<double>> residuals;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (surface.used[i]) residuals[levels[i]].push_back(surface.residuals[i]);
  }
  double squares = 0;
  double degrees = 0;
  for (const auto& [level, of_level] : residuals) {
    const auto count = static_cast<double>(of_level.size());
    const double mean =
        std::accumulate(of_level.begin(), of_level.end(), 0.0) / count;
    for (const double one : of_level) squares += (one - mean) * (one - mean);
    degrees += count - 1;
  }
  return degrees > 0 ? std::sqrt(squares / degrees)
                     : std::numeric_limits<double>::infinity();
}

}  // namespace

std::string FarOff(const SurfaceFit& surface, const Runs& runs) {
  std::vector<std::string> names;
  for (size_t i = 0; i < runs.rows(); ++i) {
    if (surface.used[i] &&
        std::abs(surface.residuals[i]) > kOutlier * surface.noise) {
      names.push_back(RowName(runs, i));
    }
  }
  constexpr size_t kNamed = 3;
  const size_t more = names.size() - std::min(names.size(), kNamed);
  names.resize(names.size() - more);
  return absl::StrCat(absl::StrJoin(names, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

std::string WideScatter(const SurfaceFit& surface, const Runs& runs) {
  if (surface.noise <= kMaxScatter ||
      ScatterAtOneCompute(surface, runs) <= kMaxScatter) {
    return "";
  }
  return absl::StrFormat(
      "one run scatters by %.2g %% about the curves of all, so runs that went "
      "wrong are not told from the others; leave out those that are off, or "
      "give the mean loss of repeats of a run as one row",
      100 * surface.noise);
}

std::string TrendProblem(const Runs& runs, const ComputeRule& rule) {
  const auto surface = FitSurface(runs, rule, RatiosTell(runs));
  if (!surface.ok()) return "";
  std::string scatter = WideScatter(*surface, runs);
  if (!scatter.empty()) return scatter;
  const std::string far_off = FarOff(*surface, runs);
  return far_off.empty() ? "" : absl::StrCat(kFarOffDraw, " (", far_off, ")");
}

}  // namespace isoshape
